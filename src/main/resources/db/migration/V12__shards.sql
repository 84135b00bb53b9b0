-- Several databases ("shards"), each with this schema: docs/scale-out.md. With one database these tables are read once at each start.

-- Addition: in which shard a conversation is, by the bucket of its id. Only the table of the home database counts. 'home' is that database itself;
-- another name stands for the data source jdbc/duet-<name>.
CREATE TABLE shard_buckets (
    bucket int         NOT NULL PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
    shard  varchar(16) COLLATE "C" NOT NULL DEFAULT 'home' CHECK (shard ~ '^[a-z0-9]+$')
);
INSERT INTO shard_buckets (bucket) SELECT generate_series(0, 1023);

-- The bucket of a conversation: the last ten bits of the SHA-256 of its id. io.duet.platform.Shards has the same.
CREATE FUNCTION shard_bucket(id uuid) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (get_byte(sha256(uuid_send(id)), 30) & 3) << 8 | get_byte(sha256(uuid_send(id)), 31)
$$;

-- Addition: which shard of which installation this database is, and its buckets (bit i, as get_bit counts, is bucket i); no row while there is
-- one database. A node that finds another shard behind a data source does not start.
CREATE TABLE shard_identity (
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    cluster_id uuid        NOT NULL,
    shard      varchar(16) COLLATE "C" NOT NULL,
    buckets    bytea       NOT NULL
);

-- Addition, home only: the shards that had a copy of all devices when the buckets were last given out.
CREATE TABLE shard_copies (
    shard       varchar(16) COLLATE "C" NOT NULL PRIMARY KEY,
    finished_at timestamptz NOT NULL DEFAULT now()
);

-- Addition, home only: devices whose copy in a shard may differ from what is here. Written in the transaction that changes the device, and removed in
-- the one that has seen the copy.
CREATE TABLE device_copies (
    device_id uuid        NOT NULL REFERENCES devices,
    shard     varchar(16) COLLATE "C" NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, shard)
);

-- A node knows the buckets from its start, so they must not change while one runs: two nodes that disagree would write one conversation in two places.
-- The lock makes one that is just starting wait, until it reads what is new.
CREATE FUNCTION shard_buckets_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE shard_buckets IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'duet' AND pid <> pg_backend_pid()) THEN
        RAISE EXCEPTION 'Stop all nodes of Duet before buckets are given to another shard';
    END IF;
    DELETE FROM shard_copies;
    RETURN NULL;
END
$$;
CREATE TRIGGER shard_buckets_change BEFORE INSERT OR UPDATE OR DELETE ON shard_buckets
    FOR EACH STATEMENT EXECUTE FUNCTION shard_buckets_change();

-- After one database has become two by a copy, each has the messages of the other's conversations too, which nobody reads. Removes them, so many in
-- a transaction, with a rest after each as long as it took. May be run while nodes run, be broken off, and be run again.
CREATE PROCEDURE remove_foreign_messages(most int) LANGUAGE plpgsql AS $$
DECLARE
    mine bytea;
    reached uuid := '00000000-0000-0000-0000-000000000000';
    part uuid[];
    gone bigint;
    began timestamptz;
BEGIN
    SELECT i.buckets INTO STRICT mine FROM shard_identity i;
    LOOP
        SELECT array_agg(c.conversation_id) FILTER (WHERE get_bit(mine, shard_bucket(c.conversation_id)) = 0),
               (array_agg(c.conversation_id ORDER BY c.conversation_id DESC))[1]
          INTO part, reached
          FROM (SELECT conversation_id FROM conversations
                 WHERE conversation_id > reached ORDER BY conversation_id LIMIT 500) c;
        EXIT WHEN reached IS NULL;
        LOOP
            began := clock_timestamp();
            WITH batch AS MATERIALIZED (
                SELECT m.message_id FROM unnest(part) AS p (conversation_id)
                 CROSS JOIN LATERAL (
                       SELECT message_id FROM messages WHERE conversation_id = p.conversation_id LIMIT most) m
                 LIMIT most
            ), statuses AS (
                DELETE FROM message_status s USING batch WHERE s.message_id = batch.message_id
            )
            DELETE FROM messages m USING batch WHERE m.message_id = batch.message_id;
            GET DIAGNOSTICS gone = ROW_COUNT;
            COMMIT;
            EXIT WHEN gone = 0;
            PERFORM pg_sleep(least(1, extract(epoch FROM clock_timestamp() - began)));
        END LOOP;
    END LOOP;
END
$$;
