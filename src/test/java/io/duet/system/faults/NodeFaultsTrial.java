package io.duet.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.checker.Verdict;
import io.duet.system.TestServer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nodes are killed, frozen, cut off and replaced, and the contract is kept. */
@ExtendWith(Trial.Lender.class)
class NodeFaultsTrial {

    /** People come in by two nodes, so that in each conversation the one is here and the other there. */
    @Test
    void killedNodeOfTheSender(Trial trial) {
        trial.checker().settleAt(user -> user % 2);
        survivesKillOf(trial, 0);
    }

    @Test
    void killedNodeOfTheRecipient(Trial trial) {
        trial.checker().settleAt(user -> user % 2 + 1);
        survivesKillOf(trial, 2);
    }

    /** Nobody is connected to it, but it keeps windows of inboxes. */
    @Test
    void killedOwnerOfInboxes(Trial trial) {
        trial.checker().settleAt(user -> user % 2);
        survivesKillOf(trial, 2);
    }

    @Test
    void killedTwoOfThree(Trial trial) {
        survivesKillOf(trial, 0, 1);
    }

    @Test
    void killedAllAtOnce(Trial trial) {
        survivesKillOf(trial, 0, 1, 2);
    }

    private static void survivesKillOf(Trial trial, int... nodes) {
        List<TestServer> victims =
                Arrays.stream(nodes).mapToObj(trial.site()::node).toList();
        trial.survives(
                victims.size() + " of " + Trial.NODES + " nodes killed",
                Duration.ofSeconds(4),
                () -> victims.forEach(TestServer::kill),
                () -> trial.site().startAgain(victims));
    }

    @Test
    void frozenNode(Trial trial) {
        ProcessHandle process = trial.site().node(1).process();
        trial.survives(
                "a node frozen",
                Lengths.of(8, 30),
                () -> TestServer.signal("STOP", process),
                () -> TestServer.signal("CONT", process));
    }

    @Test
    void clusterNetworkCut(Trial trial) {
        trial.survives(
                "a node cut from the others",
                Lengths.of(10, 60),
                () -> trial.site().networks().cutFromNodes(2),
                () -> trial.site().networks().joinNodes(2));
    }

    /** Both ends believe in connections that are no more. */
    @Test
    void halfOpenClients(Trial trial) {
        trial.survives(
                "a node cut from its clients",
                Lengths.of(12, 70),
                () -> trial.site().networks().cutFromClients(1),
                () -> trial.site().networks().joinClients(1));
    }

    @Test
    void rollingRestart(Trial trial) {
        Verdict before = trial.checker().decide();
        Verdict after = trial.survives(
                "rolling restart",
                Duration.ZERO,
                () -> trial.site().nodes().forEach(TestServer::terminateAndRestart),
                () -> {});
        assertThat(after.total("errors seen")).as("%s", after).isEqualTo(before.total("errors seen"));
        assertThat(after.total("after a drain's delay max ms"))
                .as("%s", after)
                .isLessThan(Lengths.onBusyMachine(Duration.ofSeconds(2)).toMillis());
    }
}
