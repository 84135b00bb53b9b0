-- Pushes to devices that are away.

-- A Web Push subscription is longer than the 255 characters of the reference schema. No row is rewritten.
ALTER TABLE devices ALTER COLUMN push_token TYPE text;

-- The devices that have a token are few among many, and are read as a whole.
CREATE INDEX devices_push ON devices (device_id, user_id) WHERE push_token IS NOT NULL AND removed_at IS NULL;

-- Addition: the key pair by which push services know this installation (RFC 8292); made once, the same for all nodes,
-- because a subscription is bound to it.
CREATE TABLE push_keys (
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    jwk        text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Addition: what is to be told, and was told, to a device about a conversation. A row appears when a message has waited too
-- long for a device with a push token, so there is none for the messages that are acknowledged in time.
CREATE TABLE pushes (
    device_id       uuid        NOT NULL REFERENCES devices,
    conversation_id uuid        NOT NULL REFERENCES conversations,
    -- When a node has to look at it; null: there is nothing to do. A node that takes it sets this to the end of its lease.
    due_at          timestamptz,
    -- Counts what has happened meanwhile: what was taken and is of an older version is to be looked at again.
    version         bigint      NOT NULL DEFAULT 0,
    -- Attempts that failed one after the other.
    attempts        int         NOT NULL DEFAULT 0,
    -- The device was told of the messages up to this one.
    told_sequence   bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, conversation_id)
);
CREATE INDEX pushes_due ON pushes (due_at) WHERE due_at IS NOT NULL;
