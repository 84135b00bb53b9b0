-- Addition: by which secret the nodes of a cluster know each other, as a fingerprint, so that a node with another one is
-- told so instead of waiting in vain.
CREATE TABLE cluster_keys (
    cluster varchar(200) NOT NULL PRIMARY KEY,
    key     varchar(64)  NOT NULL
);
