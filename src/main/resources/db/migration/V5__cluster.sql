-- How nodes that share this database find and trust each other.

-- Addition: the nodes that are there, for discovery (JGroups, JDBC_PING2). Two rows with one place are one node and what
-- an earlier process left behind there.
CREATE TABLE jgroups (
    address varchar(200) NOT NULL PRIMARY KEY,
    name    varchar(200),
    cluster varchar(200) NOT NULL,
    ip      varchar(200) NOT NULL,
    coord   boolean,
    UNIQUE (cluster, ip)
);

-- Addition: what all nodes of this database share and no other: a name, so that clusters on one network do not mix, and a
-- secret, for when none is configured.
CREATE TABLE cluster_identity (
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    cluster_id uuid        NOT NULL DEFAULT gen_random_uuid(),
    secret     text        NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()::text,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO cluster_identity DEFAULT VALUES;
