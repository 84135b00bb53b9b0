-- Addition: how often a device has connected. Of two connections the one with the higher number is the newer, on whatever
-- nodes they are and whatever their clocks say; so exactly one stays, also after a split of the cluster.
ALTER TABLE devices ADD COLUMN admissions bigint NOT NULL DEFAULT 0;
