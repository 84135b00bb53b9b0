-- People whom an OpenID Connect issuer vouches for.

-- Addition: an issuer may know no address of somebody, or one that belongs to another account here.
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

-- Addition: who somebody is at an issuer. Issuer and subject together are the identity (OpenID Connect Core, section 2); name and
-- address are only what the issuer said of them last, so that a change of them is seen.
CREATE TABLE identities (
    issuer           varchar(255) COLLATE "C" NOT NULL,
    subject          varchar(255) COLLATE "C" NOT NULL,
    user_id          uuid         NOT NULL UNIQUE REFERENCES users,
    claimed_username varchar(50)  COLLATE "C",
    claimed_email    varchar(255),
    created_at       timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);

-- Addition: a session that was begun at an issuer: a digest of which one, and when the newest of its tokens that was seen here had been
-- issued, by the issuer's clock. Null in sessions that were begun here.
ALTER TABLE sessions ADD COLUMN issuer_session varchar(64) COLLATE "C";
ALTER TABLE sessions ADD COLUMN newest_token timestamptz;
ALTER TABLE sessions ADD CHECK ((issuer_session IS NULL) = (newest_token IS NULL));
CREATE INDEX sessions_issuer_session ON sessions (issuer_session) WHERE issuer_session IS NOT NULL;
CREATE UNIQUE INDEX sessions_issuer_session_open ON sessions (issuer_session)
    WHERE issuer_session IS NOT NULL AND revoked_at IS NULL;

-- The user of an identity, made on first sight. No account is ever taken over: a username that somebody has gives way to the next one
-- of the list, an address that somebody has is not kept. What the issuer does not say (null) stays as it is.
CREATE FUNCTION identify_user(
    the_issuer text, the_subject text, fresh_id uuid, usernames text[], username_claimed boolean, mail text, at timestamptz)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    known identities;
    name  text;
BEGIN
    -- One at a time for each person, whichever node asks
    PERFORM pg_advisory_xact_lock(hashtextextended(the_issuer || ' ' || the_subject, 8));
    SELECT * INTO known FROM identities WHERE issuer = the_issuer AND subject = the_subject;
    IF NOT FOUND THEN
        FOREACH name IN ARRAY usernames LOOP
            INSERT INTO users (user_id, username, created_at) VALUES (fresh_id, name, at)
            ON CONFLICT (username) DO NOTHING;
            EXIT WHEN FOUND;
        END LOOP;
        INSERT INTO identities (issuer, subject, user_id, claimed_username, created_at)
        VALUES (the_issuer, the_subject, fresh_id, CASE WHEN username_claimed THEN usernames[1] END, at)
        RETURNING * INTO known;
    ELSIF username_claimed AND known.claimed_username IS DISTINCT FROM usernames[1] THEN
        FOREACH name IN ARRAY usernames LOOP
            BEGIN
                UPDATE users SET username = name WHERE user_id = known.user_id;
                EXIT;
            EXCEPTION WHEN unique_violation THEN
                NULL; -- the next one
            END;
        END LOOP;
        UPDATE identities SET claimed_username = usernames[1] WHERE issuer = the_issuer AND subject = the_subject;
    END IF;
    IF mail IS NOT NULL AND known.claimed_email IS DISTINCT FROM mail THEN
        BEGIN
            UPDATE users SET email = mail WHERE user_id = known.user_id;
        EXCEPTION WHEN unique_violation THEN
            UPDATE users SET email = NULL WHERE user_id = known.user_id;
        END;
        UPDATE identities SET claimed_email = mail WHERE issuer = the_issuer AND subject = the_subject;
    END IF;
    RETURN known.user_id;
END $$;

-- The open session to which a token belongs, begun or prolonged by it; null when it was ended here after the token had been issued.
CREATE FUNCTION open_issuer_session(
    of_user uuid, fresh_id uuid, digest text, issued timestamptz, expires timestamptz, at timestamptz)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    opened uuid;
BEGIN
    DELETE FROM sessions WHERE user_id = of_user AND expires_at <= at;
    -- Waits for whoever is just about to end it
    PERFORM 1 FROM sessions WHERE issuer_session = digest FOR UPDATE;
    IF EXISTS (SELECT FROM sessions
               WHERE issuer_session = digest AND revoked_at IS NOT NULL AND newest_token >= issued) THEN
        RETURN NULL;
    END IF;
    INSERT INTO sessions AS s (session_id, user_id, created_at, expires_at, issuer_session, newest_token)
    VALUES (fresh_id, of_user, at, expires, digest, issued)
    ON CONFLICT (issuer_session) WHERE issuer_session IS NOT NULL AND revoked_at IS NULL
    DO UPDATE SET expires_at = greatest(s.expires_at, excluded.expires_at),
                  newest_token = greatest(s.newest_token, excluded.newest_token)
    RETURNING s.session_id INTO opened;
    RETURN opened;
END $$;
