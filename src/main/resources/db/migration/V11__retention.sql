-- Messages above an age are removed, if the operator wants that (duet.retention.age). Of each conversation the oldest go first, so that what is
-- left is always the end of its history, without a hole.

-- Addition: what has been removed: every message up to and with this number, 0 for none. The history begins with the next one.
ALTER TABLE conversations ADD COLUMN removed_to bigint NOT NULL DEFAULT 0;

-- Addition: what is remembered of a removed message, so that a retry of it, at whatever time, gets the first message's values and never becomes a
-- second message. Neither content nor client_message_id can be read from here: both stand in hashes, and the content's is salted by
-- the client_message_id. No index but the one that finds a retry, no foreign key: each row stays for ever.
CREATE TABLE removed_messages (
    conversation_id uuid        NOT NULL,
    retry_key       uuid        NOT NULL,
    content_check   uuid        NOT NULL,
    message_id      uuid        NOT NULL,
    sequence_number bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, retry_key)
);

-- The first half of a SHA-256, as a uuid, since that is 16 bytes of fixed length.
CREATE FUNCTION half_sha256(given text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(substring(sha256(convert_to(given, 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- Addition: whose messages must not be removed: a conversation, or every conversation of a user.
CREATE TABLE legal_holds (
    hold_id         uuid         NOT NULL PRIMARY KEY,
    conversation_id uuid         REFERENCES conversations,
    user_id         uuid         REFERENCES users,
    reason          varchar(500) NOT NULL,
    placed_by       uuid         NOT NULL REFERENCES users,
    placed_at       timestamptz  NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(conversation_id, user_id) = 1)
);
CREATE INDEX legal_holds_conversation_id ON legal_holds (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX legal_holds_user_id ON legal_holds (user_id) WHERE user_id IS NOT NULL;

-- Addition: whose turn it is to remove: one node at a time, by a lease on the only row. Its lock stands between a batch that is under way
-- and a legal hold that is being placed.
CREATE TABLE retention_turn (
    only_one     boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    leased_by    varchar(64),
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    finished_at  timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO retention_turn DEFAULT VALUES;

-- Removes the oldest messages of these conversations, those above the age, at most so many, in one short transaction; does nothing for a node
-- that does not have the turn, and renews the lease of the one that has it. One row comes back for each conversation of which something went:
-- up to which number, how many messages, and which devices had not acknowledged one of them.
--
-- Unread counts stay exact: an unread message that goes is counted as passed (read_receipts.peer_messages_read), while the read mark itself
-- stays where the person left it.
--
-- Locks as in acknowledge_messages: the rows of read_receipts in order, so that no acknowledgement and no read mark of these conversations is under
-- way. Whoever writes into one of them waits only for the last step, the update of conversations, and for the commit.
-- For the settings and OFFSET 0 see append_messages.
CREATE FUNCTION remove_messages(node text, lease interval, conversation_ids uuid[], age interval, most integer)
RETURNS TABLE (conversation_id uuid, removed_to bigint, messages bigint, pending_devices uuid[])
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
DECLARE
    cutoff timestamptz := clock_timestamp() - age;
    part record;
BEGIN
    UPDATE retention_turn t SET leased_until = clock_timestamp() + lease
     WHERE t.leased_by = node AND t.leased_until > clock_timestamp();
    IF NOT FOUND THEN
        RETURN;
    END IF;

    PERFORM 1
       FROM (SELECT p.user_id, c.conversation_id
               FROM unnest(conversation_ids) AS i (conversation_id)
              CROSS JOIN LATERAL (
                    SELECT c.conversation_id, c.participant_1, c.participant_2 FROM conversations c
                     WHERE c.conversation_id = i.conversation_id
                    OFFSET 0) c
              CROSS JOIN LATERAL (VALUES (c.participant_1), (c.participant_2)) AS p (user_id)
              ORDER BY 1, 2) a
      CROSS JOIN LATERAL (
            SELECT 1 FROM read_receipts r
             WHERE r.user_id = a.user_id AND r.conversation_id = a.conversation_id FOR NO KEY UPDATE) r;

    FOR part IN
        WITH gone AS MATERIALIZED (
            SELECT c.conversation_id, m.message_id, m.sender_id, m.client_message_id, m.content, m.sequence_number, m.created_at,
                   CASE m.sender_id WHEN c.participant_1 THEN c.participant_2 ELSE c.participant_1 END AS reader_id
              FROM unnest(conversation_ids) AS i (conversation_id)
              CROSS JOIN LATERAL (
                   SELECT c.conversation_id, c.participant_1, c.participant_2, c.removed_to FROM conversations c
                    WHERE c.conversation_id = i.conversation_id
                      AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.conversation_id = c.conversation_id)
                      AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.user_id = c.participant_1)
                      AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.user_id = c.participant_2)
                   OFFSET 0) c
              CROSS JOIN LATERAL (
                   SELECT p.*, bool_and(p.created_at < cutoff) OVER (ORDER BY p.sequence_number) AS expired
                     FROM (SELECT m.message_id, m.sender_id, m.client_message_id, m.content, m.sequence_number, m.created_at
                             FROM messages m
                            WHERE m.conversation_id = c.conversation_id AND m.sequence_number > c.removed_to
                            ORDER BY m.sequence_number LIMIT most) p) m
             WHERE m.expired
             ORDER BY c.conversation_id, m.sequence_number LIMIT most
        ), remembered AS (
            INSERT INTO removed_messages (conversation_id, retry_key, content_check, message_id, sequence_number, created_at)
            SELECT g.conversation_id, half_sha256(g.sender_id || ' ' || g.client_message_id),
                   half_sha256(g.client_message_id || ' ' || g.content), g.message_id, g.sequence_number, g.created_at
              FROM gone g
        ), passed AS (
            UPDATE read_receipts r SET peer_messages_read = r.peer_messages_read + n.unread
              FROM (SELECT g.reader_id, g.conversation_id, count(*) AS unread
                      FROM gone g
                      JOIN read_receipts q ON q.user_id = g.reader_id AND q.conversation_id = g.conversation_id
                     WHERE g.sequence_number > q.last_read_sequence
                     GROUP BY 1, 2) n
             WHERE r.user_id = n.reader_id AND r.conversation_id = n.conversation_id
        ), emptied AS (
            DELETE FROM message_status s USING gone g WHERE s.message_id = g.message_id
            RETURNING s.conversation_id, s.device_id, s.status
        ), deleted AS (
            DELETE FROM messages m USING gone g WHERE m.message_id = g.message_id
            RETURNING m.conversation_id, m.sequence_number
        )
        SELECT d.conversation_id, max(d.sequence_number) AS removed_to, count(*) AS messages,
               (SELECT coalesce(array_agg(DISTINCT e.device_id), '{}') FROM emptied e
                 WHERE e.conversation_id = d.conversation_id AND e.status = 'sent') AS pending_devices
          FROM deleted d
         GROUP BY d.conversation_id
         ORDER BY d.conversation_id
    LOOP
        UPDATE conversations c SET removed_to = part.removed_to WHERE c.conversation_id = part.conversation_id;
        conversation_id := part.conversation_id;
        removed_to := part.removed_to;
        messages := part.messages;
        pending_devices := part.pending_devices;
        RETURN NEXT;
    END LOOP;
END
$$;

-- As in V2, and besides: a draft whose first message was removed gets that one's values.
CREATE OR REPLACE FUNCTION append_messages(
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
               f.message_id IS NULL AS fresh,
               coalesce(f.message_id, d.message_id) AS stored_id,
               coalesce(f.sequence_number, c.last_sequence + row_number()
                   OVER (PARTITION BY d.conversation_id, f.message_id IS NULL ORDER BY d.ordinal)) AS sequence_number,
               coalesce(f.created_at, stored_at) AS created_at,
               f.message_id IS NULL OR f.same_content AS same_content,
               t.devices
          FROM unnest(message_ids, conversation_ids, sender_ids, sender_device_ids, client_message_ids, contents)
               WITH ORDINALITY AS d (message_id, conversation_id, sender_id, sender_device_id, client_message_id, content, ordinal)
          CROSS JOIN LATERAL (
               SELECT c.participant_1, c.participant_2, c.last_sequence, c.removed_to, c.ctid AS locked_row FROM conversations c
                WHERE c.conversation_id = d.conversation_id AND d.sender_id IN (c.participant_1, c.participant_2)
               OFFSET 0) c
          LEFT JOIN LATERAL (
               SELECT m.message_id, m.sequence_number, m.created_at, m.content = d.content AS same_content FROM messages m
                WHERE m.conversation_id = d.conversation_id AND m.sender_id = d.sender_id
                  AND m.client_message_id = d.client_message_id
               UNION ALL
               SELECT r.message_id, r.sequence_number, r.created_at,
                      r.content_check = half_sha256(d.client_message_id || ' ' || d.content) FROM removed_messages r
                WHERE c.removed_to > 0 AND r.conversation_id = d.conversation_id
                  AND r.retry_key = half_sha256(d.sender_id || ' ' || d.client_message_id)
               OFFSET 0) f ON true
          CROSS JOIN LATERAL (
               SELECT array_agg(v.device_id) AS devices FROM devices v
                WHERE (f.message_id IS NULL OR f.message_id = d.message_id)
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
