-- Stores a batch of acknowledgements in one round trip and one transaction.
--
-- Element i of every array is acknowledgement i: with message_ids[i] null a cumulative one of conversation_ids[i] up to
-- sequence_numbers[i], else one of that message only. The first row for an acknowledgement tells its conversation and peer, the
-- sequence meant and whether that lies beyond the head; no row at all: there is no such conversation or message, or the
-- user does not take part in it. Then follows a row (with message_id) for every message of the peer of which this is
-- the first acknowledgement by any device of the user, the newest 500 at most: a cumulative one implies the older.
--
-- The rows of read_receipts are locked in order before anything is read: that decides who was first, exactly once.
-- For the settings, OFFSET 0 and ctid see append_messages.
CREATE FUNCTION acknowledge_messages(
    user_ids uuid[], device_ids uuid[], conversation_ids uuid[], sequence_numbers bigint[], message_ids uuid[])
RETURNS TABLE (
    ordinal bigint, conversation_id uuid, peer_id uuid, beyond_head boolean, message_id uuid, sequence_number bigint, acknowledged_at timestamptz)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    now_ms timestamptz;
BEGIN
    -- An operator's synchronous_commit = off must not make a lie of "durable".
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    IF array_remove(message_ids, NULL) <> '{}' THEN
        SELECT array_agg(coalesce(m.conversation_id, a.conversation_id) ORDER BY a.ordinal),
               array_agg(coalesce(m.sequence_number, a.sequence_number) ORDER BY a.ordinal)
          INTO conversation_ids, sequence_numbers
          FROM unnest(conversation_ids, sequence_numbers, message_ids)
               WITH ORDINALITY AS a (conversation_id, sequence_number, message_id, ordinal)
          LEFT JOIN LATERAL (
               SELECT m.conversation_id, m.sequence_number FROM messages m WHERE m.message_id = a.message_id OFFSET 0) m ON true;
    END IF;

    PERFORM 1
       FROM (SELECT DISTINCT a.user_id, a.conversation_id
               FROM unnest(user_ids, conversation_ids) AS a (user_id, conversation_id) ORDER BY 1, 2) a
      CROSS JOIN LATERAL (
            SELECT 1 FROM read_receipts r
             WHERE r.user_id = a.user_id AND r.conversation_id = a.conversation_id FOR NO KEY UPDATE) r;

    now_ms := date_trunc('milliseconds', clock_timestamp());

    RETURN QUERY
    WITH ack AS MATERIALIZED (
        SELECT a.ordinal, a.user_id, a.device_id, a.conversation_id,
               a.message_id IS NOT NULL AS single,
               CASE WHEN a.message_id IS NULL THEN 0 ELSE a.sequence_number - 1 END AS lower,
               a.sequence_number AS upper,
               r.delivered_sequence, r.delivered_ahead, r.locked_row,
               CASE a.user_id WHEN c.participant_1 THEN c.participant_2 ELSE c.participant_1 END AS peer_id,
               a.sequence_number > c.last_sequence AS beyond_head
          FROM unnest(user_ids, device_ids, conversation_ids, sequence_numbers, message_ids)
               WITH ORDINALITY AS a (user_id, device_id, conversation_id, sequence_number, message_id, ordinal)
          CROSS JOIN LATERAL (
               SELECT r.delivered_sequence, r.delivered_ahead, r.ctid AS locked_row FROM read_receipts r
                WHERE r.user_id = a.user_id AND r.conversation_id = a.conversation_id
               OFFSET 0) r
          CROSS JOIN LATERAL (
               SELECT c.participant_1, c.participant_2, c.last_sequence FROM conversations c
                WHERE c.conversation_id = a.conversation_id
               OFFSET 0) c
    ), delivered AS MATERIALIZED (
        SELECT DISTINCT ON (m.message_id)
               a.ordinal, a.conversation_id, a.peer_id, a.device_id, a.single, m.message_id, m.sequence_number
          FROM ack a
          CROSS JOIN LATERAL (
               SELECT m.message_id, m.sequence_number FROM messages m
                WHERE m.conversation_id = a.conversation_id AND m.sender_id <> a.user_id
                  AND m.sequence_number > greatest(a.lower, a.delivered_sequence) AND m.sequence_number <= a.upper
                  AND (m.sequence_number > a.delivered_ahead OR NOT EXISTS (
                       SELECT 1 FROM message_status s JOIN devices d ON d.device_id = s.device_id
                        WHERE s.message_id = m.message_id AND s.status = 'delivered' AND d.user_id = a.user_id))
                ORDER BY m.sequence_number DESC LIMIT 500) m
         WHERE NOT a.beyond_head
         ORDER BY m.message_id, a.ordinal
    ), emptied AS (
        UPDATE message_status s SET status = 'delivered', updated_at = now_ms
          FROM ack a
          CROSS JOIN LATERAL (
               SELECT p.ctid AS pending_row FROM message_status p
                WHERE p.device_id = a.device_id AND p.conversation_id = a.conversation_id
                  AND p.sequence_number > a.lower AND p.sequence_number <= a.upper AND p.status = 'sent'
               OFFSET 0) p
         WHERE NOT a.beyond_head AND s.ctid = p.pending_row
    ), held AS (
        -- A device that is younger than the message had no row, yet its single acknowledgement has to be remembered.
        INSERT INTO message_status (message_id, device_id, status, updated_at, conversation_id, sequence_number)
        SELECT d.message_id, d.device_id, 'delivered', now_ms, d.conversation_id, d.sequence_number
          FROM delivered d
         WHERE d.single
           AND NOT EXISTS (SELECT 1 FROM message_status s WHERE s.message_id = d.message_id AND s.device_id = d.device_id)
    ), marked AS (
        UPDATE read_receipts r
           SET delivered_sequence = greatest(r.delivered_sequence, a.up_to),
               delivered_ahead = greatest(r.delivered_ahead, a.ahead)
          FROM (SELECT a.locked_row,
                       max(a.upper) FILTER (WHERE NOT a.single) AS up_to, max(a.upper) FILTER (WHERE a.single) AS ahead
                  FROM ack a WHERE NOT a.beyond_head GROUP BY a.locked_row) a
         WHERE r.ctid = a.locked_row
           AND (a.up_to > r.delivered_sequence OR a.ahead > greatest(r.delivered_ahead, r.delivered_sequence))
    )
    SELECT a.ordinal, a.conversation_id, a.peer_id, a.beyond_head, NULL::uuid, a.upper, now_ms FROM ack a
    UNION ALL
    SELECT d.ordinal, d.conversation_id, d.peer_id, false, d.message_id, d.sequence_number, now_ms FROM delivered d;

    -- Where messages ahead of the mark were acknowledged one by one, the mark moves over them until the first that was not.
    UPDATE read_receipts r
       SET delivered_sequence = w.reached
      FROM (SELECT DISTINCT a.user_id, a.conversation_id FROM unnest(user_ids, conversation_ids) AS a (user_id, conversation_id)) a
      CROSS JOIN LATERAL (
           SELECT o.*, o.ctid AS locked_row FROM read_receipts o
            WHERE o.user_id = a.user_id AND o.conversation_id = a.conversation_id AND o.delivered_ahead > o.delivered_sequence
           OFFSET 0) o
      CROSS JOIN LATERAL (
           SELECT coalesce((
               SELECT m.sequence_number FROM messages m
                WHERE m.conversation_id = o.conversation_id AND m.sequence_number > o.delivered_sequence
                  AND m.sequence_number <= o.delivered_ahead AND m.sender_id <> o.user_id
                  AND NOT EXISTS (
                      SELECT 1 FROM message_status s JOIN devices d ON d.device_id = s.device_id
                       WHERE s.message_id = m.message_id AND s.status = 'delivered' AND d.user_id = o.user_id)
                ORDER BY m.sequence_number LIMIT 1), o.delivered_ahead + 1) AS stop) f
      CROSS JOIN LATERAL (
           SELECT max(m.sequence_number) AS reached FROM messages m
            WHERE m.conversation_id = o.conversation_id AND m.sequence_number > o.delivered_sequence
              AND m.sequence_number < f.stop AND m.sender_id <> o.user_id) w
     WHERE r.ctid = o.locked_row AND w.reached > r.delivered_sequence;
END
$$;
