package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.socket.AdmissionQueue.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionQueueTest {
    private static final long SLOW = Duration.ofSeconds(1).toNanos();

    private final List<String> in = new ArrayList<>();
    private int crowded;

    /** For two at once, never more or less. */
    private final AdmissionQueue queue = queue(2, 3);

    private AdmissionQueue queue(int atOnce, int capacity) {
        final ConcurrencyLimit limit = new ConcurrencyLimit(atOnce, atOnce, Duration.ofMillis(5));
        return new AdmissionQueue(capacity, limit, () -> crowded++);
    }

    private Place enter(String name) {
        return queue.enter(place -> in.add(name)).orElseThrow();
    }

    @Test
    void letsInAtOnceWhileThereIsRoom() {
        enter("a");
        enter("b");
        assertThat(in).containsExactly("a", "b");
        assertThat(queue.waiting()).isZero();
        assertThat(crowded).isZero();
    }

    @Test
    void othersWaitAndComeInTheOrderOfTheirArrival() {
        final Place a = enter("a");
        final Place b = enter("b");
        enter("c");
        enter("d");
        assertThat(in).containsExactly("a", "b");
        assertThat(queue.waiting()).isEqualTo(2);
        assertThat(crowded).isEqualTo(2);
        b.leave();
        assertThat(in).containsExactly("a", "b", "c");
        a.leave();
        assertThat(in).containsExactly("a", "b", "c", "d");
    }

    @Test
    void manyWhoWaitComeInTogether() {
        final AdmissionQueue eight = queue(8, 100);
        final List<Place> places = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            final String name = Integer.toString(i);
            places.add(eight.enter(place -> in.add(name)).orElseThrow());
        }
        assertThat(in).hasSize(8);
        places.subList(0, 3).forEach(Place::leave);
        assertThat(in).as("no company of four has room").hasSize(8);
        places.get(3).leave();
        assertThat(in).hasSize(12);
    }

    @Test
    void theLastOnesDoNotWaitForCompany() {
        final AdmissionQueue eight = queue(8, 100);
        final List<Place> places = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            final String name = Integer.toString(i);
            places.add(eight.enter(place -> in.add(name)).orElseThrow());
        }
        assertThat(in).hasSize(8);
        places.get(5).leave();
        assertThat(in).hasSize(9);
    }

    @Test
    void leavingTwiceMakesRoomOnce() {
        final Place a = enter("a");
        enter("b");
        enter("c");
        enter("d");
        a.leave();
        a.leave();
        assertThat(in).containsExactly("a", "b", "c");
        assertThat(queue.underWay()).isEqualTo(2);
    }

    @Test
    void whoGoesWhileWaitingIsPassedOver() {
        final Place a = enter("a");
        enter("b");
        final Place c = enter("c");
        enter("d");
        c.leave();
        assertThat(queue.underWay()).isEqualTo(2);
        a.leave();
        assertThat(in).containsExactly("a", "b", "d");
    }

    @Test
    void turnsAwayWhenFullAndTakesAgainWhenNotFull() {
        final Place a = enter("a");
        enter("b");
        enter("c");
        enter("d");
        enter("e");
        assertThat(queue.enter(place -> in.add("f"))).isEqualTo(Optional.empty());
        a.leave();
        assertThat(queue.enter(place -> in.add("g"))).isPresent();
        assertThat(in).containsExactly("a", "b", "c");
    }

    /** Else the limit would never shrink while it is too high to hold anybody up. */
    @Test
    void isCrowdedBeforeAnybodyHasToWait() {
        final AdmissionQueue roomy =
                new AdmissionQueue(100, new ConcurrencyLimit(2, 64, Duration.ofMillis(5)), () -> crowded++);
        roomy.enter(place -> {});
        final Place second = roomy.enter(place -> {}).orElseThrow();
        assertThat(roomy.isCrowded()).isFalse();
        assertThat(crowded).isZero();
        roomy.enter(place -> {});
        assertThat(roomy.waiting()).isZero();
        assertThat(roomy.isCrowded()).isTrue();
        assertThat(crowded).isEqualTo(1);
        second.leave();
        assertThat(roomy.isCrowded()).isFalse();
    }

    @Test
    void knowsWhoWaitsTooLong() {
        final Place a = enter("a");
        enter("b");
        final Place c = enter("c");
        final long later = System.nanoTime() + Duration.ofSeconds(11).toNanos();
        assertThat(c.waitsFor(Duration.ofSeconds(10), later)).isTrue();
        assertThat(c.waitsFor(Duration.ofMinutes(1), later)).isFalse();
        assertThat(a.waitsFor(Duration.ofSeconds(10), later))
                .as("its turn has come")
                .isFalse();
        c.leave();
        assertThat(c.waitsFor(Duration.ofSeconds(10), later)).isFalse();
    }

    @Test
    void letsMoreInWhenTheLimitGrows() {
        final AdmissionQueue growing =
                new AdmissionQueue(1000, new ConcurrencyLimit(1, 64, Duration.ofMillis(5)), () -> {});
        for (int i = 0; i < 100; i++) {
            growing.delayed(SLOW);
        }
        for (int i = 0; i < 100; i++) {
            growing.enter(place -> in.add("x"));
        }
        assertThat(in).hasSize(1);
        for (int i = 0; i < 200; i++) {
            growing.delayed(0);
        }
        assertThat(in).hasSizeBetween(33, 64);
    }

    /** A thousand who are refused at their turn must not be a thousand calls deep. */
    @Test
    void turnsThatEndAtOnceAreNotNested() {
        final AdmissionQueue one = queue(1, 100_000);
        final Place first = one.enter(place -> {}).orElseThrow();
        final AtomicInteger refused = new AtomicInteger();
        for (int i = 0; i < 50_000; i++) {
            one.enter(place -> {
                refused.incrementAndGet();
                place.leave();
            });
        }
        first.leave();
        assertThat(refused).hasValue(50_000);
        assertThat(one.underWay()).isZero();
    }

    @Test
    void aTurnThatFailsMakesRoom() {
        queue.enter(place -> {
            throw new IllegalStateException("expected");
        });
        assertThat(queue.underWay()).isZero();
        enter("a");
        assertThat(in).containsExactly("a");
    }

    @Test
    void manyThreadsNeverExceedTheLimitAndLoseNobody() throws InterruptedException {
        final AdmissionQueue shared = queue(3, 100_000);
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final int total = 8 * 2000;
        final CountDownLatch done = new CountDownLatch(total);
        final ExecutorService threads = Executors.newFixedThreadPool(8);
        for (int i = 0; i < total; i++) {
            threads.execute(() -> shared.enter(place -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                threads.execute(() -> {
                    now.decrementAndGet();
                    place.leave();
                    done.countDown();
                });
            }));
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        threads.shutdown();
        assertThat(most.get()).isLessThanOrEqualTo(3);
        assertThat(shared.underWay()).isZero();
        assertThat(shared.waiting()).isZero();
    }
}
