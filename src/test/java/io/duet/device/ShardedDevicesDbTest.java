package io.duet.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.RecordingEvent;
import io.duet.platform.TestDatabase;
import io.duet.platform.TestShards;
import io.duet.rest.Change;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Devices are known in every PostgreSQL cluster before anybody may count on them. */
class ShardedDevicesDbTest {
    private static final TestShards SHARDS = TestShards.migrated();

    private final UUID alice = SHARDS.person();
    private final UUID bob = SHARDS.person();
    private final UUID atHome = SHARDS.conversation(true, alice, bob);
    private final UUID there = SHARDS.conversation(false, alice, bob);
    private final RecordingEvent<DeviceRemoved> removals = new RecordingEvent<>();
    private final Devices devices = new Devices(SHARDS.database(), Clock.systemUTC(), removals);
    private final DeviceCopies copies = new DeviceCopies(SHARDS.database());

    @AfterAll
    static void close() {
        SHARDS.close();
    }

    private Device register(UUID userId) {
        return devices.register(userId, "phone", Optional.empty(), Optional.of("token"))
                .orElseThrow();
    }

    private static List<String> copy(UUID deviceId) {
        return rows(
                SHARDS.other(),
                "SELECT device_type || ' ' || coalesce(push_token, 'none') || ' ' || (removed_at IS NULL) FROM devices"
                        + " WHERE device_id = '" + deviceId + "'");
    }

    private static List<String> marks() {
        return rows(SHARDS.home(), "SELECT device_id FROM device_copies");
    }

    private static List<String> rows(TestDatabase database, String sql) {
        return database.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                var rows = new ArrayList<String>();
                while (row.next()) {
                    rows.add(row.getString(1));
                }
                return rows;
            }
        });
    }

    private static String append(UUID conversation, UUID sender, String clientMessageId) {
        return "SELECT append_messages(ARRAY[gen_random_uuid()], ARRAY['" + conversation + "'::uuid], ARRAY['" + sender
                + "'::uuid], ARRAY[NULL::uuid], ARRAY['" + clientMessageId + "'], ARRAY['x'])";
    }

    @Test
    void whatChangesAtHomeChangesEverywhere() {
        Device phone = register(alice);
        assertThat(copy(phone.deviceId())).containsExactly("phone token true");
        devices.change(alice, phone.deviceId(), new Change.Keep<>(), new Change.To<>(Optional.of("another")));
        assertThat(copy(phone.deviceId())).containsExactly("phone another true");
        devices.forgetPushToken(phone.deviceId(), "another");
        assertThat(copy(phone.deviceId())).containsExactly("phone none true");
        SHARDS.other().execute(append(there, bob, "m-1"));
        assertThat(pendingThere(phone)).hasSize(1);
        assertThat(devices.remove(alice, phone.deviceId())).isTrue();
        assertThat(copy(phone.deviceId())).containsExactly("phone none false");
        assertThat(pendingThere(phone)).isEmpty();
        assertThat(marks()).isEmpty();
    }

    private static List<String> pendingThere(Device device) {
        return rows(
                SHARDS.other(),
                "SELECT message_id FROM message_status WHERE status = 'sent' AND device_id = '" + device.deviceId()
                        + "'");
    }

    /** Whoever appended before can be read from the history by then, whoever appends after has an entry for the device. */
    @Test
    void aRegistrationWaitsForTheAppendsThatDoNotKnowTheDeviceInEveryDatabase() throws Exception {
        try (var appending = SHARDS.other().dataSource().getConnection();
                var statement = appending.createStatement()) {
            appending.setAutoCommit(false);
            statement.execute(append(there, bob, "before"));
            CompletableFuture<Device> registering = CompletableFuture.supplyAsync(() -> register(alice));
            await().until(() -> !rows(
                            SHARDS.other(),
                            "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%passed%'"
                                    + " AND pid <> pg_backend_pid()")
                    .isEmpty());
            assertThat(registering).isNotDone();
            appending.commit();
            Device phone = registering.get(20, TimeUnit.SECONDS);
            assertThat(pendingThere(phone)).isEmpty();
            SHARDS.other().execute(append(there, bob, "after"));
            assertThat(pendingThere(phone)).hasSize(1);
        }
    }

    @Test
    void everyMessageAfterTheAnswerIsInTheInboxWhileBothDatabasesAreWrittenTo() throws Exception {
        var over = new AtomicBoolean();
        var known = ConcurrentHashMap.<UUID>newKeySet();
        var writers = Executors.newFixedThreadPool(2);
        var missing = ConcurrentHashMap.<String>newKeySet();
        for (boolean home : List.of(true, false)) {
            writers.execute(() -> {
                TestDatabase database = home ? SHARDS.home() : SHARDS.other();
                for (int i = 0; !over.get(); i++) {
                    Set<UUID> before = Set.copyOf(known);
                    String id = "w-" + i;
                    database.execute(append(home ? atHome : there, bob, id));
                    List<String> got = rows(
                            database,
                            "SELECT s.device_id::text FROM message_status s JOIN messages m USING (message_id) WHERE"
                                    + " m.client_message_id = '" + id + "' AND m.conversation_id = '"
                                    + (home ? atHome : there) + "'");
                    before.stream()
                            .filter(device -> !got.contains(device.toString()))
                            .forEach(device -> missing.add(database + " " + id + " " + device));
                }
            });
        }
        for (int i = 0; i < 20; i++) {
            known.add(register(alice).deviceId());
        }
        over.set(true);
        writers.shutdown();
        assertThat(writers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(missing).isEmpty();
    }

    @Test
    void allowsThirtyTwoDevicesHoweverManyAskAtOnce() throws Exception {
        var asking = Executors.newFixedThreadPool(4);
        List<Callable<Boolean>> tries = Collections.nCopies(
                40,
                () -> devices.register(alice, "web", Optional.empty(), Optional.empty())
                        .isPresent());
        long registered = 0;
        for (var one : asking.invokeAll(tries)) {
            registered += one.get() ? 1 : 0;
        }
        asking.shutdown();
        assertThat(registered).isEqualTo(Devices.MAX_PER_USER);
        assertThat(devices.ofUser(alice)).hasSize(Devices.MAX_PER_USER);
        String alive = "SELECT count(*)::text FROM devices WHERE removed_at IS NULL AND user_id = '" + alice + "'";
        assertThat(rows(SHARDS.other(), alive)).containsExactly("32");
        assertThat(marks()).isEmpty();
    }

    @Test
    void nobodyRegistersWhileADatabaseIsAwayAndNothingIsLeftOfTheTry() {
        register(alice);
        SHARDS.other().refuse();
        try {
            assertThatThrownBy(() -> register(alice))
                    .isInstanceOfSatisfying(
                            DatabaseException.class,
                            e -> assertThat(e.unavailable()).isTrue());
            assertThat(devices.ofUser(alice)).hasSize(1);
        } finally {
            SHARDS.other().accept();
        }
        assertThat(marks()).hasSize(1);
        UUID withheld = UUID.fromString(marks().get(0));
        assertThat(devices.byId(withheld)).isEmpty();
        copies.renewOld(Duration.ZERO);
        assertThat(marks()).isEmpty();
        assertThat(copy(withheld)).containsExactly("phone token false");
        register(alice);
        assertThat(devices.ofUser(alice)).hasSize(2);
    }

    @Test
    void aDeviceIsRemovedWhileADatabaseIsAwayAndItsCopyFollows() {
        Device phone = register(alice);
        SHARDS.other().execute(append(there, bob, "m-1"));
        SHARDS.other().refuse();
        try {
            assertThat(devices.remove(alice, phone.deviceId())).isTrue();
            assertThat(devices.byId(phone.deviceId())).isEmpty();
            assertThat(removals.fired()).hasSize(1);
        } finally {
            SHARDS.other().accept();
        }
        assertThat(copy(phone.deviceId())).containsExactly("phone token true");
        copies.renewOld(Duration.ZERO);
        assertThat(copy(phone.deviceId())).containsExactly("phone none false");
        assertThat(pendingThere(phone)).isEmpty();
        assertThat(marks()).isEmpty();
    }

    /** A shard that is empty gets all there are, once after the buckets were given out. */
    @Test
    void everyDeviceIsCopiedBeforeTheFirstMessage() {
        try (TestShards fresh = TestShards.migrated()) {
            UUID user = UUID.randomUUID();
            fresh.home()
                    .execute("INSERT INTO users (user_id, username) VALUES ('" + user + "', 'u');"
                            + " INSERT INTO devices (device_id, user_id, device_type, removed_at)"
                            + " SELECT gen_random_uuid(), '" + user
                            + "', 'web', CASE WHEN i % 10 = 0 THEN now() END FROM generate_series(1, 4500) i");
            new CopyKeeper(fresh.database(), null).copyAll();
            String sum = "SELECT count(*) || ' ' || count(removed_at) || ' '"
                    + " || md5(string_agg(device_id::text, '' ORDER BY device_id)) FROM devices";
            assertThat(rows(fresh.other(), sum)).isEqualTo(rows(fresh.home(), sum));
            fresh.home().execute("UPDATE devices SET removed_at = now()");
            new CopyKeeper(fresh.database(), null).copyAll();
            assertThat(rows(fresh.other(), sum)).isNotEqualTo(rows(fresh.home(), sum));
            fresh.home().execute("UPDATE shard_buckets SET shard = '1' WHERE bucket = 0");
            Database node = fresh.node();
            new CopyKeeper(node, null).copyAll();
            assertThat(rows(fresh.other(), sum)).isEqualTo(rows(fresh.home(), sum));
            node.close();
        }
    }
}
