-- The message log's group commit: stores a batch of drafts in one round trip and one transaction.
--
-- Element i of every array is draft i; the caller has removed drafts that repeat (conversation, sender, client_message_id)
-- within the batch, unless that id is known to be stored already. One row comes back per draft, none for a draft whose
-- conversation does not exist or whose sender does not take part in it.
--
--   stored_id, sequence_number, created_at   those of the first message with this client_message_id: this draft or an older one
--   same_content                             false: an older message has that id and other content, which stands
--   duplicate                                true: an older message. False also when a former attempt of this very draft
--                                            (same message_id) was committed and only its answer got lost
--   target_devices                           the recipient's devices and the sender's others; empty for a duplicate
--
-- Conversations are locked in id order, so two batches never wait for each other in a circle.
--
-- However PostgreSQL estimates, every table must be read by key, once per draft: on a fresh installation plans are made
-- while the tables are all but empty, when reading the whole of one seems cheaper. Hence the settings, the LATERAL ...
-- OFFSET 0 (a subquery that the planner cannot turn round) and the updates by ctid, of rows that are locked here.
CREATE FUNCTION append_messages(
    message_ids uuid[], conversation_ids uuid[], sender_ids uuid[], sender_device_ids uuid[],
    client_message_ids text[], contents text[])
RETURNS TABLE (
    ordinal bigint, stored_id uuid, sequence_number bigint, created_at timestamptz,
    same_content boolean, duplicate boolean, recipient_id uuid, target_devices uuid[])
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
    stored_at timestamptz;
BEGIN
    -- An operator's synchronous_commit = off must not make a lie of "durable".
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    PERFORM 1
       FROM (SELECT DISTINCT d.conversation_id FROM unnest(conversation_ids) AS d (conversation_id) ORDER BY 1) d
      CROSS JOIN LATERAL (
            SELECT 1 FROM conversations c WHERE c.conversation_id = d.conversation_id FOR NO KEY UPDATE) c;

    -- After the locks, so that time follows the sequence; in the wire's precision, so that what is read back is what was sent.
    stored_at := date_trunc('milliseconds', clock_timestamp());

    RETURN QUERY
    WITH draft AS MATERIALIZED (
        SELECT d.ordinal, d.message_id, d.conversation_id, c.locked_row, d.sender_id, d.client_message_id, d.content,
               d.sender_id = c.participant_1 AS by_first,
               CASE d.sender_id WHEN c.participant_1 THEN c.participant_2 ELSE c.participant_1 END AS recipient_id,
               m.message_id IS NULL AS fresh,
               coalesce(m.message_id, d.message_id) AS stored_id,
               coalesce(m.sequence_number, c.last_sequence + row_number()
                   OVER (PARTITION BY d.conversation_id, m.message_id IS NULL ORDER BY d.ordinal)) AS sequence_number,
               coalesce(m.created_at, stored_at) AS created_at,
               m.content IS NULL OR m.content = d.content AS same_content,
               t.devices
          FROM unnest(message_ids, conversation_ids, sender_ids, sender_device_ids, client_message_ids, contents)
               WITH ORDINALITY AS d (message_id, conversation_id, sender_id, sender_device_id, client_message_id, content, ordinal)
          CROSS JOIN LATERAL (
               SELECT c.participant_1, c.participant_2, c.last_sequence, c.ctid AS locked_row FROM conversations c
                WHERE c.conversation_id = d.conversation_id AND d.sender_id IN (c.participant_1, c.participant_2)
               OFFSET 0) c
          LEFT JOIN LATERAL (
               SELECT m.message_id, m.sequence_number, m.created_at, m.content FROM messages m
                WHERE m.conversation_id = d.conversation_id AND m.sender_id = d.sender_id
                  AND m.client_message_id = d.client_message_id
               OFFSET 0) m ON true
          CROSS JOIN LATERAL (
               SELECT array_agg(v.device_id) AS devices FROM devices v
                WHERE (m.message_id IS NULL OR m.message_id = d.message_id)
                  AND v.user_id IN (c.participant_1, c.participant_2)
                  AND v.removed_at IS NULL AND v.device_id IS DISTINCT FROM d.sender_device_id) t
    ), stored AS (
        INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content, sequence_number, created_at)
        SELECT d.message_id, d.conversation_id, d.sender_id, d.client_message_id, d.content, d.sequence_number, stored_at
          FROM draft d WHERE d.fresh
    ), inbox AS (
        INSERT INTO message_status (message_id, device_id, updated_at, conversation_id, sequence_number)
        SELECT d.message_id, t.device_id, stored_at, d.conversation_id, d.sequence_number
          FROM draft d, unnest(d.devices) AS t (device_id) WHERE d.fresh
    ), head AS (
        UPDATE conversations c
           SET last_sequence = c.last_sequence + n.by_first + n.by_second,
               sent_by_1 = c.sent_by_1 + n.by_first,
               sent_by_2 = c.sent_by_2 + n.by_second,
               updated_at = stored_at
          FROM (SELECT d.locked_row,
                       count(*) FILTER (WHERE d.by_first) AS by_first, count(*) FILTER (WHERE NOT d.by_first) AS by_second
                  FROM draft d WHERE d.fresh GROUP BY d.locked_row) n
         WHERE c.ctid = n.locked_row
    )
    SELECT d.ordinal, d.stored_id, d.sequence_number, d.created_at,
           d.same_content, NOT d.fresh AND d.stored_id <> d.message_id, d.recipient_id, coalesce(d.devices, '{}')
      FROM draft d
     ORDER BY d.ordinal;
END
$$;
