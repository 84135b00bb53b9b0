package io.duet.inside;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.cluster.Cluster;
import io.duet.delivery.Delivery;
import io.duet.inbox.Inboxes;
import io.duet.message.AppendOutcome;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.socket.LiveConnections;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.persistence.Entity;
import jakarta.servlet.http.HttpServletRequest;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.naming.InitialContext;
import javax.sql.DataSource;
import org.assertj.core.api.Assertions;
import org.eclipse.microprofile.health.HealthCheck;
import org.hibernate.SessionFactory;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OverProtocol;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Duet's own WAR on the server, seen from inside. */
@ExtendWith({EmptyServer.class, ArquillianExtension.class})
public class InsideTheServerTest {
    private static final Path WEB_XML = Path.of("src/main/webapp/WEB-INF/web.xml");

    /** The WAR as it is packaged, and the test; web.xml now lets the servlet of Arquillian in. */
    @Deployment
    @OverProtocol("Servlet 5.0")
    static WebArchive duet() throws Exception {
        final String webXml = Files.readString(WEB_XML);
        assertThat(webXml).contains("<absolute-ordering/>");
        return ShrinkWrap.createFromZipFile(WebArchive.class, new File("target/duet.war"))
                .addClass(EmptyServer.class)
                .addAsLibrary(new File(Assertions.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI()))
                .setWebXML(new StringAsset(webXml.replace("<absolute-ordering/>", "")));
    }

    private static <T> T the(Class<T> type) {
        return CDI.current().select(type).get();
    }

    @Test
    @SuppressWarnings("BanJNDI") // the name is a constant
    void theDataSourceIsPostgreSqlByThePortableName() throws Exception {
        final DataSource named = InitialContext.doLookup("java:comp/env/jdbc/duet");
        for (DataSource source : List.of(named, the(DataSource.class))) {
            try (var connection = source.getConnection()) {
                assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
                assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
                assertThat(connection.getAutoCommit()).isTrue();
            }
        }
    }

    /** Shareable connections would be one and the same here. */
    @Test
    void twoConnectionsOfOneThreadAreTwo() throws SQLException {
        final DataSource source = the(DataSource.class);
        try (var one = source.getConnection();
                var other = source.getConnection()) {
            assertThat(backend(one)).isNotEqualTo(backend(other));
        }
    }

    private static int backend(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void infinispanAndHibernateAreThoseOfTheWar() {
        final EmbeddedCacheManager manager = the(EmbeddedCacheManager.class);
        assertThat(manager.getStatus().allowInvocations()).isTrue();
        // Were the annotations of entities the server's, they would keep what Hibernate knows of them when the
        // application has ended
        for (Class<?> type : List.of(EmbeddedCacheManager.class, SessionFactory.class, Entity.class)) {
            assertThat(type.getClassLoader()).isSameAs(Cluster.class.getClassLoader());
        }
        assertThat(the(Cluster.class).usable(Duration.ofSeconds(10))).isTrue();
    }

    /** It lives as long as the virtual machine. */
    @Test
    void theThreadOfDeadlinesDoesNotKeepTheApplication() {
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals("CompletableFutureDelayScheduler"))
                .singleElement()
                .satisfies(thread ->
                        assertThat(thread.getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader()));
    }

    @Test
    void theRoomsAreWiredOnce() {
        for (Class<?> room :
                List.of(Cluster.class, Delivery.class, Inboxes.class, LiveConnections.class, MessageLog.class)) {
            assertThat(the(room)).isSameAs(the(room));
        }
        assertThat(CDI.current().select(HealthCheck.class, Any.Literal.INSTANCE).stream())
                .hasSizeGreaterThanOrEqualTo(5)
                .allSatisfy(check -> assertThat(check.call().getStatus().name()).isEqualTo("UP"));
    }

    @Test
    void aMessageIsStoredAndFoundInTheInbox() throws Exception {
        final UUID[] pair = {UUID.randomUUID(), UUID.randomUUID()};
        final UUID[] devices = {UUID.randomUUID(), UUID.randomUUID()};
        final UUID conversation = UUID.randomUUID();
        for (int i = 0; i < pair.length; i++) {
            update(
                    "INSERT INTO users (user_id, username, email) VALUES (?, 'u' || ?, ? || '@example.org')",
                    pair[i],
                    pair[i],
                    pair[i]);
            update("INSERT INTO devices (device_id, user_id, device_type) VALUES (?, ?, 'web')", devices[i], pair[i]);
        }
        update("""
                INSERT INTO conversations (conversation_id, participant_1, participant_2)
                SELECT ?, least(a, b), greatest(a, b) FROM (VALUES (?::uuid, ?::uuid)) AS pair (a, b)
                """, conversation, pair[0], pair[1]);
        update(
                "INSERT INTO read_receipts (user_id, conversation_id) SELECT unnest(ARRAY[?::uuid, ?::uuid]), ?::uuid",
                pair[0],
                pair[1],
                conversation);

        final AppendOutcome outcome = the(MessageLog.class)
                .append(new Draft(conversation, pair[0], devices[0], "inside-1", "from inside"))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertThat(outcome).isInstanceOfSatisfying(AppendOutcome.Stored.class, stored -> {
            assertThat(stored.message().sequenceNumber()).isEqualTo(1);
            assertThat(stored.targetDevices()).containsExactly(devices[1]);
        });
        final Inboxes inboxes = the(Inboxes.class);
        assertThat(inboxes.holders(Set.of(devices[1])).toCompletableFuture().get(30, TimeUnit.SECONDS))
                .as("nobody is connected")
                .isEmpty();
        assertThat(inboxes.pending(devices[1], Position.START, 10)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS))
                .extracting(StoredMessage::content)
                .containsExactly("from inside");
    }

    private static void update(String sql, Object... parameters) throws SQLException {
        try (var connection = the(DataSource.class).getConnection();
                var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }

    /** By whichever way this server has: see {@code Wires}. */
    @Test
    @RunAsClient
    void anUpgradedConnectionAnswers(@ArquillianResource URL base) throws Exception {
        final var pong = new CompletableFuture<String>();
        final URI chat = URI.create(base.toString().replaceFirst("^http", "ws")).resolve("chat");
        final WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(chat, new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
                        pong.complete(UTF_8.decode(message).toString());
                        return null;
                    }
                })
                .get(30, TimeUnit.SECONDS);
        socket.sendPing(UTF_8.encode("inside"));
        assertThat(pong.get(30, TimeUnit.SECONDS)).isEqualTo("inside");
        socket.abort();
    }

    /** What Duet gives to the server's executor runs with the application's classes and names. */
    @Test
    void workRunsInTheContextOfTheApplication() throws Exception {
        final var loader = new CompletableFuture<ClassLoader>();
        the(Executor.class).execute(() -> loader.complete(Thread.currentThread().getContextClassLoader()));
        assertThat(loader.get(30, TimeUnit.SECONDS).loadClass(HttpServletRequest.class.getName()))
                .isSameAs(HttpServletRequest.class);
    }
}
