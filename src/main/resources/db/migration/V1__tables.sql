-- All tables of Duet. Every time is timestamptz. What goes beyond the reference schema is marked "Addition" with its reason.

-- ── account ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE users (
    user_id      uuid         NOT NULL PRIMARY KEY,
    -- Collation C: a username is ASCII, and only so does the unique index serve the directory's search by prefix.
    username     varchar(50)  COLLATE "C" NOT NULL UNIQUE,
    email        varchar(255) NOT NULL UNIQUE,
    last_seen_at timestamptz,
    created_at   timestamptz  NOT NULL DEFAULT now()
);

-- Addition: passwords of local accounts, apart from users, so that no query of the directory can ever carry a hash away.
CREATE TABLE credentials (
    user_id       uuid        NOT NULL PRIMARY KEY REFERENCES users,
    password_hash text        NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- Addition: a token names its session, so that it can be revoked on every node before it expires.
CREATE TABLE sessions (
    session_id uuid        NOT NULL PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_user_id ON sessions (user_id);

-- Addition: the secret that signs tokens when none is configured; in the database, so that all nodes share it and a
-- restart does not sign everybody out.
CREATE TABLE signing_keys (
    key_id     text        NOT NULL PRIMARY KEY,
    secret     bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- ── device ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE devices (
    device_id      uuid        NOT NULL PRIMARY KEY,
    user_id        uuid        NOT NULL REFERENCES users,
    device_type    varchar(20) NOT NULL CHECK (device_type IN ('phone', 'desktop', 'web')),
    push_token     varchar(255),
    last_active_at timestamptz NOT NULL DEFAULT now(),
    -- Addition: what its owner calls it, to tell two phones apart.
    name           varchar(100),
    -- Addition: a removed device keeps its row, because "delivered" must outlive it: message_status refers to it, and
    -- deleting years of that in one request would take minutes. A device is alive while this is null.
    removed_at     timestamptz
);
CREATE INDEX devices_user_id ON devices (user_id);

-- ── conversation ─────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE conversations (
    conversation_id uuid        NOT NULL PRIMARY KEY,
    participant_1   uuid        NOT NULL REFERENCES users,
    participant_2   uuid        NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- Addition: the head. Sequence numbers are given out under the lock of this row, hence without a gap.
    last_sequence   bigint      NOT NULL DEFAULT 0,
    -- Addition: how many of the messages each participant wrote; last_sequence is their sum. With
    -- read_receipts.peer_messages_read an exact unread count is a subtraction instead of a count over messages.
    sent_by_1       bigint      NOT NULL DEFAULT 0,
    sent_by_2       bigint      NOT NULL DEFAULT 0,
    CHECK (participant_1 < participant_2),
    UNIQUE (participant_1, participant_2),
    CHECK (last_sequence = sent_by_1 + sent_by_2)
) WITH (fillfactor = 80);
-- Addition: "newest activity first" of one user is the merge of two index scans, however many conversations there are.
CREATE INDEX conversations_list_1 ON conversations (participant_1, updated_at DESC, conversation_id DESC);
CREATE INDEX conversations_list_2 ON conversations (participant_2, updated_at DESC, conversation_id DESC);

-- Both rows of a conversation are made with it, so that marks are always updates and can be locked.
CREATE TABLE read_receipts (
    user_id            uuid        NOT NULL REFERENCES users,
    conversation_id    uuid        NOT NULL REFERENCES conversations,
    last_read_sequence bigint      NOT NULL DEFAULT 0,
    last_read_at       timestamptz NOT NULL DEFAULT now(),
    -- Addition: how many messages of the peer lie at or below last_read_sequence (see conversations.sent_by_1).
    peer_messages_read bigint      NOT NULL DEFAULT 0,
    -- Addition: high-water mark: every message of the peer up to it was acknowledged by at least one device of user_id.
    -- Its row's lock decides which of a user's devices was the first to acknowledge.
    delivered_sequence bigint      NOT NULL DEFAULT 0,
    -- Addition: the highest sequence that was acknowledged one by one, by message_id, ahead of the mark. Nothing above
    -- both marks can have been delivered, so an ordinary cumulative acknowledgement need not look.
    delivered_ahead    bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, conversation_id)
) WITH (fillfactor = 60); -- no indexed column ever changes: room for HOT updates

-- ── message ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE messages (
    message_id        uuid        NOT NULL PRIMARY KEY,
    conversation_id   uuid        NOT NULL REFERENCES conversations,
    sender_id         uuid        NOT NULL REFERENCES users,
    -- Collation C: visible ASCII only, compared byte by byte.
    client_message_id varchar(64) COLLATE "C" NOT NULL,
    content           text        NOT NULL,
    sequence_number   bigint      NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, sequence_number),
    UNIQUE (conversation_id, sender_id, client_message_id)
);

-- A row with status 'sent' is the durable inbox entry of that device.
CREATE TABLE message_status (
    message_id      uuid        NOT NULL REFERENCES messages,
    device_id       uuid        NOT NULL REFERENCES devices,
    status          varchar(20) NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'delivered')),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- Addition: the message's own, repeated here so that the inbox is one index range per device (and conversation), and
    -- so that both tables can later be distributed by conversation.
    conversation_id uuid        NOT NULL,
    sequence_number bigint      NOT NULL,
    PRIMARY KEY (message_id, device_id)
);
-- Addition: the durable inbox: pending pages, cumulative acknowledgement and the filling of holes all read this index.
CREATE INDEX message_status_inbox ON message_status (device_id, conversation_id, sequence_number) WHERE status = 'sent';
