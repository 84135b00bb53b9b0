package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class MeteredDataSourceDbTest {
    private static final TestDatabase DB = TestDatabase.empty();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @AfterAll
    static void close() {
        DB.close();
    }

    private HikariDataSource pool(int connections) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl(DB.jdbcUrl());
        pool.setUsername("postgres");
        pool.setMaximumPoolSize(connections);
        pool.setConnectionTimeout(Duration.ofSeconds(2).toMillis());
        return pool;
    }

    @Test
    void countsWhatIsLentAndWhatIsNotToBeHad() throws Exception {
        try (var pool = pool(2)) {
            var metered = new MeteredDataSource(pool, meters);
            var one = metered.getConnection();
            var other = metered.getConnection();
            assertThat(inUse()).isEqualTo(2);
            assertThatThrownBy(metered::getConnection).isInstanceOf(SQLException.class);
            assertThat(meters.get("duet.pool.failures").counter().count()).isEqualTo(1);
            assertThat(inUse()).isEqualTo(2);
            one.close();
            one.close();
            assertThat(inUse()).isEqualTo(1);
            other.close();
            assertThat(inUse()).isZero();
            assertThat(meters.get("duet.pool.wait").timer().count()).isEqualTo(2);
        }
    }

    @Test
    void isAConnectionLikeAnyOther() throws Exception {
        try (var pool = pool(1);
                var connection = new MeteredDataSource(pool, meters).getConnection()) {
            assertThat(connection.unwrap(org.postgresql.PGConnection.class).getBackendPID())
                    .isPositive();
            assertThatThrownBy(() -> connection.createStatement().execute("SELECT 1/0"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"));
        }
    }

    private double inUse() {
        return meters.get("duet.pool.connections.in.use").gauge().value();
    }
}
