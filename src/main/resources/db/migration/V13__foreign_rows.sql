-- After one database has become two by a copy: removes all that a database has of the other's conversations, their rows among it (V12 removes
-- the messages only), and all that belongs at home from a copy.

-- So many rows in a transaction, with a rest after each as long as it took. May be run while nodes run, be broken off, and be run again. Refuses to
-- begin without an index by conversation on read_receipts and pushes: nothing else needs one, but for each row of conversations that goes the
-- foreign keys would read these tables from end to end. docs/scale-out.md makes them first and drops them afterwards.
--
-- Rows of conversations are locked in the order of their ids, as whoever registers a device locks them.
CREATE PROCEDURE remove_foreign_conversations(most int) LANGUAGE plpgsql AS $$
DECLARE
    mine bytea;
    reached uuid := '00000000-0000-0000-0000-000000000000';
    part uuid[];
    gone bigint;
    began timestamptz;
    unindexed text;
BEGIN
    SELECT string_agg(t.name, ', ') INTO unindexed
      FROM unnest(ARRAY['read_receipts', 'pushes']) AS t (name)
     WHERE NOT EXISTS (
           SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = t.name::regclass AND i.indisvalid AND i.indpred IS NULL AND a.attname = 'conversation_id');
    IF unindexed IS NOT NULL THEN
        RAISE EXCEPTION 'Make an index by conversation_id first on: %', unindexed;
    END IF;

    CALL remove_foreign_messages(most);

    SELECT i.buckets INTO STRICT mine FROM shard_identity i;
    LOOP
        SELECT array_agg(c.conversation_id) FILTER (WHERE get_bit(mine, shard_bucket(c.conversation_id)) = 0),
               (array_agg(c.conversation_id ORDER BY c.conversation_id DESC))[1]
          INTO part, reached
          FROM (SELECT conversation_id FROM conversations
                 WHERE conversation_id > reached ORDER BY conversation_id LIMIT most) c;
        EXIT WHEN reached IS NULL;
        CONTINUE WHEN part IS NULL;
        LOOP
            began := clock_timestamp();
            DELETE FROM removed_messages
             WHERE ctid = ANY (ARRAY(SELECT ctid FROM removed_messages WHERE conversation_id = ANY (part) LIMIT most));
            GET DIAGNOSTICS gone = ROW_COUNT;
            COMMIT;
            EXIT WHEN gone = 0;
            PERFORM pg_sleep(least(1, extract(epoch FROM clock_timestamp() - began)));
        END LOOP;
        began := clock_timestamp();
        PERFORM 1 FROM conversations WHERE conversation_id = ANY (part) ORDER BY conversation_id FOR UPDATE;
        DELETE FROM pushes WHERE conversation_id = ANY (part);
        DELETE FROM legal_holds WHERE conversation_id = ANY (part);
        DELETE FROM read_receipts WHERE conversation_id = ANY (part);
        DELETE FROM conversations WHERE conversation_id = ANY (part);
        COMMIT;
        PERFORM pg_sleep(least(1, extract(epoch FROM clock_timestamp() - began)));
    END LOOP;
END
$$;

-- Removes from a shard what it was given by a copy of the home database and what counts at home only: passwords' hashes, sessions, keys, the secret of
-- the cluster. Refuses in the home database itself, and in one that no node has called a shard yet.
CREATE PROCEDURE remove_home_data() LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM shard_identity WHERE shard <> 'home') THEN
        RAISE EXCEPTION 'This database is not a shard: what would be removed belongs here';
    END IF;
    TRUNCATE credentials, sessions, signing_keys, identities, ldap_accounts, push_keys, sign_in_failures, sign_in_places,
        cluster_keys, jgroups, device_copies, shard_copies;
    UPDATE cluster_identity SET secret = gen_random_uuid()::text || gen_random_uuid()::text;
END
$$;
