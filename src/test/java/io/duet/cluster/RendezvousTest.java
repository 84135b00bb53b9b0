package io.duet.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Who is taken for dead before a node enters. (What becomes of them: {@link DiscoveryClusterTest}.) */
class RendezvousTest {

    /** The other one has answered long before this node, which stood still, looks at its clock again. */
    @Test
    void whoStoodStillItselfTakesNobodyForDead() {
        var probe = new CompletableFuture<Void>() {
            @Override
            public Void get(long timeout, TimeUnit unit)
                    throws InterruptedException, ExecutionException, TimeoutException {
                if (complete(null)) {
                    throw new TimeoutException();
                }
                return super.get(timeout, unit);
            }
        };
        assertThat(Rendezvous.answers(probe, System.nanoTime())).isTrue();
    }

    @Test
    void whoRefusesOrNeverAnswersIsDead() {
        assertThat(Rendezvous.answers(CompletableFuture.failedFuture(new ConnectException()), System.nanoTime()))
                .isFalse();
        assertThat(Rendezvous.answers(new CompletableFuture<>(), System.nanoTime()))
                .isFalse();
    }
}
