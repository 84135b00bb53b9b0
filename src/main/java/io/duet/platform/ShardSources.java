package io.duet.platform;

import javax.sql.DataSource;

/** Where the databases besides the home database are. */
@FunctionalInterface
interface ShardSources {
    /**
     * The pool of that shard.
     *
     * @throws IllegalStateException when there is none of that name
     */
    DataSource of(String shard);
}
