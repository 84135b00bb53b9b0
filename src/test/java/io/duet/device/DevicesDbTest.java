package io.duet.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.duet.platform.RecordingEvent;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import io.duet.rest.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DevicesDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.250Z");
    private static final UUID ALICE = UUID.fromString("00000000-0000-7000-8000-00000000000a");
    private static final UUID BOB = UUID.fromString("00000000-0000-7000-8000-00000000000b");
    private static final UUID CONVERSATION = UUID.fromString("00000000-0000-7000-8000-0000000000c0");

    private final SteppingClock clock = new SteppingClock(NOON);
    private final RecordingEvent<DeviceRemoved> removals = new RecordingEvent<>();
    private final Devices devices = new Devices(DB.database(), clock, removals);

    @AfterAll
    static void close() {
        DB.close();
    }

    @BeforeEach
    void twoPeopleInOneConversation() {
        DB.execute("TRUNCATE users CASCADE;"
                + "INSERT INTO users (user_id, username, email) VALUES ('%1$s', 'alice', 'a@x'), ('%2$s', 'bob', 'b@x');"
                        .formatted(ALICE, BOB)
                + "INSERT INTO conversations (conversation_id, participant_1, participant_2) VALUES ('%3$s', '%1$s', '%2$s');"
                        .formatted(ALICE, BOB, CONVERSATION)
                + "INSERT INTO read_receipts (user_id, conversation_id) VALUES ('%1$s', '%3$s'), ('%2$s', '%3$s')"
                        .formatted(ALICE, BOB, CONVERSATION));
    }

    private Device register(UUID user) {
        return devices.register(user, "web", Optional.empty(), Optional.empty()).orElseThrow();
    }

    @Test
    void registersListsAndFinds() {
        Device phone = devices.register(ALICE, "phone", Optional.of("Alice's phone"), Optional.of("push"))
                .orElseThrow();
        Device web = register(ALICE);
        register(BOB);
        assertThat(phone.lastActiveAt()).isEqualTo(NOON);
        assertThat(devices.byId(phone.deviceId())).contains(phone);
        assertThat(devices.ofUser(ALICE)).containsExactly(phone, web);
        assertThat(devices.byId(UUID.randomUUID())).isEmpty();
        assertThat(devices.ofUser(UUID.randomUUID())).isEmpty();
    }

    @Test
    void printsNoPushToken() {
        assertThat(devices.register(ALICE, "phone", Optional.empty(), Optional.of("secret"))
                        .toString())
                .doesNotContain("secret");
    }

    @Test
    void changesWhatIsThereAndKeepsWhatIsNot() {
        UUID id = devices.register(ALICE, "phone", Optional.of("old"), Optional.of("push"))
                .orElseThrow()
                .deviceId();
        assertThat(devices.ofUser(ALICE)).extracting(Device::name).containsExactly(Optional.of("old"));

        assertThat(devices.change(ALICE, id, to("new"), new Change.Keep<>()))
                .get()
                .satisfies(device -> {
                    assertThat(device.name()).contains("new");
                    assertThat(device.pushToken()).contains("push");
                });
        assertThat(devices.ofUser(ALICE)).extracting(Device::name).containsExactly(Optional.of("new"));

        devices.change(ALICE, id, new Change.Keep<>(), new Change.To<>(Optional.empty()));
        assertThat(devices.byId(id)).get().satisfies(device -> {
            assertThat(device.name()).contains("new");
            assertThat(device.pushToken()).isEmpty();
        });
        devices.change(ALICE, id, new Change.To<>(Optional.empty()), to("again"));
        assertThat(devices.byId(id)).get().satisfies(device -> {
            assertThat(device.name()).isEmpty();
            assertThat(device.pushToken()).contains("again");
        });
    }

    private static Change<String> to(String value) {
        return new Change.To<>(Optional.of(value));
    }

    @Test
    void anothersDeviceIsAsUnknownAsNone() {
        Device bobs = register(BOB);
        for (UUID id : List.of(bobs.deviceId(), UUID.randomUUID())) {
            assertThat(devices.change(ALICE, id, to("mine"), new Change.Keep<>()))
                    .isEmpty();
            assertThat(devices.remove(ALICE, id)).isFalse();
        }
        assertThat(devices.ofUser(BOB)).containsExactly(bobs);
        assertThat(removals.fired()).isEmpty();
    }

    @Test
    void aRemovedDeviceIsGoneForEverybodyAndAnnouncedOnceAfterTheCommit() {
        List<Boolean> committedWhenFired = new ArrayList<>();
        var observed = new RecordingEvent<DeviceRemoved>(event -> committedWhenFired.add(
                number("SELECT count(*) FROM devices WHERE removed_at IS NOT NULL AND push_token IS NULL") == 1));
        var observing = new Devices(DB.database(), clock, observed);
        UUID id = devices.register(ALICE, "phone", Optional.empty(), Optional.of("push"))
                .orElseThrow()
                .deviceId();
        assertThat(observing.ofUser(ALICE)).hasSize(1);

        assertThat(observing.remove(ALICE, id)).isTrue();
        assertThat(observing.remove(ALICE, id)).isFalse();

        assertThat(observed.fired()).containsExactly(new DeviceRemoved(ALICE, id));
        assertThat(committedWhenFired).containsExactly(true);
        assertThat(observing.ofUser(ALICE)).isEmpty();
        assertThat(observing.byId(id)).isEmpty();
        assertThat(observing.change(ALICE, id, to("back"), new Change.Keep<>())).isEmpty();
    }

    @Test
    void anObserverThatFailsDoesNotFailTheRemoval() {
        UUID id = register(ALICE).deviceId();
        var failing = new Devices(DB.database(), clock, new RecordingEvent<>(event -> {
            throw new IllegalStateException("observer");
        }));
        assertThat(failing.remove(ALICE, id)).isTrue();
        assertThat(failing.byId(id)).isEmpty();
    }

    @Test
    void allowsThirtyTwoDevicesHoweverManyAskAtOnce() throws Exception {
        IntStream.range(0, 30).forEach(i -> register(ALICE));
        int threads = 8;
        var barrier = new CyclicBarrier(threads);
        var pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Boolean>> attempts = IntStream.range(0, threads)
                    .mapToObj(i -> (Callable<Boolean>) () -> {
                        barrier.await();
                        return devices.register(ALICE, "web", Optional.empty(), Optional.empty())
                                .isPresent();
                    })
                    .toList();
            List<Future<Boolean>> results = pool.invokeAll(attempts);
            assertThat(results)
                    .extracting(Future::get)
                    .filteredOn(registered -> registered)
                    .hasSize(2);
        } finally {
            pool.shutdownNow();
        }
        assertThat(devices.ofUser(ALICE)).hasSize(32);

        devices.remove(ALICE, devices.ofUser(ALICE).get(0).deviceId());
        assertThat(devices.register(ALICE, "web", Optional.empty(), Optional.empty()))
                .isPresent();
        assertThat(devices.register(BOB, "web", Optional.empty(), Optional.empty()))
                .isPresent();
    }

    private boolean admit(UUID userId, UUID deviceId) {
        return !devices.admit(() -> Set.of(new OwnedDevice(userId, deviceId))).isEmpty();
    }

    @Test
    void admitsThoseOfManyThatAreRight() {
        Device web = register(ALICE);
        Device phone = register(ALICE);
        Device gone = register(ALICE);
        devices.remove(ALICE, gone.deviceId());
        var right = new OwnedDevice(ALICE, web.deviceId());
        var stolen = new OwnedDevice(BOB, web.deviceId());
        var removed = new OwnedDevice(ALICE, gone.deviceId());
        var unknown = new OwnedDevice(ALICE, UUID.randomUUID());

        assertThat(devices.admit(() -> Set.of(stolen, right, removed, unknown))).containsExactly(Map.entry(right, 1L));
        assertThat(devices.admit(() -> Set.of(right))).containsExactly(Map.entry(right, 2L));
        assertThat(devices.admit(Set::of)).isEmpty();
        assertThat(devices.latestAdmissions(
                        List.of(web.deviceId(), phone.deviceId(), gone.deviceId(), unknown.deviceId())))
                .containsOnly(Map.entry(web.deviceId(), 2L), Map.entry(phone.deviceId(), 0L));
        assertThat(devices.latestAdmissions(List.of())).isEmpty();
    }

    @Test
    void givesNoNumberToWhoLeavesWhileTheDatabaseTakesItsTime() {
        var stays = new OwnedDevice(ALICE, register(ALICE).deviceId());
        var leaves = new OwnedDevice(ALICE, register(ALICE).deviceId());
        var asked = new AtomicInteger();
        assertThat(devices.admit(() -> asked.getAndIncrement() == 0 ? Set.of(stays, leaves) : Set.of(stays)))
                .containsExactly(Map.entry(stays, 1L));
        assertThat(devices.latestAdmissions(List.of(stays.deviceId(), leaves.deviceId())))
                .containsOnly(Map.entry(stays.deviceId(), 1L), Map.entry(leaves.deviceId(), 0L));

        asked.set(0);
        assertThat(devices.admit(() -> asked.getAndIncrement() == 0 ? Set.of(leaves) : Set.of()))
                .isEmpty();
        assertThat(devices.latestAdmissions(List.of(leaves.deviceId()))).containsOnly(Map.entry(leaves.deviceId(), 0L));
    }

    @Test
    void givesNoNumberByAStatementThatWasGivenUpBeforeItsCommit() throws Exception {
        var device = new OwnedDevice(ALICE, register(ALICE).deviceId());
        assertThatThrownBy(() -> devices.admit(new Supplier<>() {
                    private int asked;

                    @Override
                    public Set<OwnedDevice> get() {
                        if (asked++ > 0) {
                            throw new IllegalStateException("the node goes while it waits");
                        }
                        return Set.of(device);
                    }
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(devices.latestAdmissions(List.of(device.deviceId()))).containsOnly(Map.entry(device.deviceId(), 0L));
        assertThat(admit(ALICE, device.deviceId())).as("nothing is locked").isTrue();
    }

    @Test
    void admitsOwnDevicesOnlyAndNotesThatTheyAreActive() {
        Device web = register(ALICE);
        Device phone = register(ALICE);
        clock.advance(Duration.ofMinutes(5));
        assertThat(admit(ALICE, web.deviceId())).isTrue();
        assertThat(admit(BOB, phone.deviceId())).isFalse();
        assertThat(admit(ALICE, UUID.randomUUID())).isFalse();
        assertThat(devices.ofUser(ALICE))
                .extracting(Device::lastActiveAt)
                .containsExactly(NOON.plus(Duration.ofMinutes(5)), NOON);
        clock.advance(Duration.ofMinutes(-10));
        assertThat(admit(ALICE, web.deviceId())).isTrue();
        assertThat(devices.byId(web.deviceId()).orElseThrow().lastActiveAt())
                .as("a clock that is behind moves nothing back")
                .isEqualTo(NOON.plus(Duration.ofMinutes(5)));
        devices.remove(ALICE, web.deviceId());
        assertThat(admit(ALICE, web.deviceId())).isFalse();
    }

    @Test
    void aRegistrationWaitsForTheAppendsThatDoNotKnowTheDevice() throws Exception {
        Device before = register(BOB);
        var registrar = Executors.newSingleThreadExecutor();
        try (var connection = DB.dataSource().getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(appendSql(1));
            Future<Device> registration = registrar.submit(() -> register(BOB));
            await().atMost(30, TimeUnit.SECONDS)
                    .until(() -> number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND wait_event_type = 'Lock' AND query LIKE '%conversations%'")
                            == 1);
            assertThat(registration).isNotDone();
            connection.commit();

            Device after = registration.get(30, TimeUnit.SECONDS);
            append(1);
            assertThat(statuses(before, "sent")).isEqualTo(2);
            assertThat(statuses(after, "sent")).isEqualTo(1);
        } finally {
            registrar.shutdownNow();
        }
    }

    @Test
    void removalGivesUpWhatIsPendingAndKeepsWhatWasDelivered() {
        Device phone = register(BOB);
        Device web = register(BOB);
        Device other = register(ALICE);
        append(2500);
        DB.execute("UPDATE message_status SET status = 'delivered' WHERE sequence_number <= 10");

        devices.remove(BOB, phone.deviceId());

        assertThat(statuses(phone, "sent")).isZero();
        assertThat(statuses(phone, "delivered")).isEqualTo(10);
        assertThat(statuses(web, "sent")).isEqualTo(2490);
        assertThat(statuses(other, "sent")).isEqualTo(2490);
        append(1);
        assertThat(statuses(phone, "sent")).isZero();
        assertThat(statuses(web, "sent")).isEqualTo(2491);
    }

    @Test
    void devicesComeAndGoWhileMessagesAreStored() throws Exception {
        Device staying = register(BOB);
        var done = new AtomicBoolean();
        var writer = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> stored = writer.submit(() -> {
                int count = 0;
                while (!done.get()) {
                    append(5);
                    count += 5;
                }
                return count;
            });
            for (int i = 0; i < 50; i++) {
                Device passing = register(BOB);
                append(3);
                assertThat(devices.remove(BOB, passing.deviceId())).isTrue();
            }
            done.set(true);
            int count = stored.get(30, TimeUnit.SECONDS) + 150;
            assertThat(number("SELECT count(*) FROM messages")).isEqualTo(count);
            assertThat(statuses(staying, "sent")).isEqualTo(count);
        } finally {
            writer.shutdownNow();
        }
    }

    private static long statuses(Device device, String status) {
        return number("SELECT count(*) FROM message_status WHERE device_id = '" + device.deviceId() + "' AND status = '"
                + status + "'");
    }

    /** Alice writes so many messages in one batch, through the function that the message log uses. */
    private static void append(int messages) {
        DB.execute(appendSql(messages));
    }

    private static String appendSql(int messages) {
        return """
                SELECT append_messages(
                    array_agg(gen_random_uuid()), array_agg('%s'::uuid), array_agg('%s'::uuid), array_agg(NULL::uuid),
                    array_agg(gen_random_uuid()::text), array_agg('hello'::text))
                FROM generate_series(1, %d)
                """.formatted(CONVERSATION, ALICE, messages);
    }

    private static long number(String sql) {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }
}
