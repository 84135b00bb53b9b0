-- Moves a batch of read marks forward, in order, in one round trip and one transaction. One row comes back per mark, none
-- where the user does not take part in such a conversation: beyond_head (nothing changed), or advanced (false: the mark
-- was there already) with what the mark is now. The unread count stays exact because the peer's messages that the mark
-- passes are counted as it moves.
CREATE FUNCTION advance_read_marks(user_ids uuid[], conversation_ids uuid[], sequence_numbers bigint[])
RETURNS TABLE (ordinal bigint, beyond_head boolean, advanced boolean, last_read_sequence bigint, last_read_at timestamptz)
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
    mark record;
BEGIN
    -- An operator's synchronous_commit = off must not make a lie of "durable".
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    PERFORM 1
       FROM (SELECT DISTINCT a.user_id, a.conversation_id
               FROM unnest(user_ids, conversation_ids) AS a (user_id, conversation_id) ORDER BY 1, 2) a
      CROSS JOIN LATERAL (
            SELECT 1 FROM read_receipts r
             WHERE r.user_id = a.user_id AND r.conversation_id = a.conversation_id FOR NO KEY UPDATE) r;

    FOR mark IN
        SELECT a.ordinal, a.user_id, a.conversation_id, a.sequence_number, a.sequence_number > c.last_sequence AS beyond_head
          FROM unnest(user_ids, conversation_ids, sequence_numbers)
               WITH ORDINALITY AS a (user_id, conversation_id, sequence_number, ordinal)
          CROSS JOIN LATERAL (
               SELECT c.last_sequence FROM conversations c
                WHERE c.conversation_id = a.conversation_id AND a.user_id IN (c.participant_1, c.participant_2)
               OFFSET 0) c
         ORDER BY a.ordinal
    LOOP
        ordinal := mark.ordinal;
        beyond_head := mark.beyond_head;
        advanced := false;
        last_read_sequence := NULL;
        last_read_at := NULL;
        IF NOT mark.beyond_head THEN
            UPDATE read_receipts r
               SET last_read_sequence = mark.sequence_number,
                   last_read_at = date_trunc('milliseconds', clock_timestamp()),
                   peer_messages_read = r.peer_messages_read + (
                       SELECT count(*) FROM messages m
                        WHERE m.conversation_id = r.conversation_id AND m.sender_id <> r.user_id
                          AND m.sequence_number > r.last_read_sequence AND m.sequence_number <= mark.sequence_number)
             WHERE r.user_id = mark.user_id AND r.conversation_id = mark.conversation_id
               AND r.last_read_sequence < mark.sequence_number
            RETURNING r.last_read_sequence, r.last_read_at INTO last_read_sequence, last_read_at;
            advanced := FOUND;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
