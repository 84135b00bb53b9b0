-- Failed sign-ins that all nodes count together, and the people whose passwords a directory (LDAP) checks.

-- Addition: how often a username, or a network, has failed to sign in until window_ends. A subject is a SHA-256, since
-- people type passwords into the field of the username. In the database, so that neither another node nor a restart gives
-- anybody more guesses. Rows whose time is over are removed by whoever counts a failure.
CREATE TABLE sign_in_failures (
    subject     bytea       NOT NULL PRIMARY KEY,
    failures    integer     NOT NULL,
    window_ends timestamptz NOT NULL
) WITH (fillfactor = 70); -- no indexed column ever changes: room for HOT updates

-- Addition: from which networks somebody has signed in, as a SHA-256 of both. What is tried from there is counted apart,
-- so that a stranger elsewhere who keeps failing under somebody's name does not lock that person out.
CREATE TABLE sign_in_places (
    place   bytea       NOT NULL PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- Addition: whose password the directory checks. entry_id is what the directory itself calls the entry for ever
-- (entryUUID, objectGUID), byte for byte: a person who is renamed there keeps the account, and whoever gets a former name gets another one.
CREATE TABLE ldap_accounts (
    user_id  uuid    NOT NULL PRIMARY KEY REFERENCES users,
    entry_id bytea   NOT NULL UNIQUE,
    admin    boolean NOT NULL
);

-- Addition: which node looks at the moment whether the directory still knows everybody, and when it began.
CREATE TABLE ldap_check (
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    begun_at   timestamptz NOT NULL DEFAULT '-infinity',
    run_id     uuid,
    held_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO ldap_check DEFAULT VALUES;
