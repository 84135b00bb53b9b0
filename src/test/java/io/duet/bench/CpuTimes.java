package io.duet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Processor seconds of processes from {@code /proc} (Linux only), children that ended included. */
final class CpuTimes {

    private static final double TICKS_PER_SECOND = 100;

    private CpuTimes() {}

    /** Seconds of the server, of all its database's processes, and of this process. */
    record Snapshot(double server, double database, double generator) {
        Snapshot minus(Snapshot earlier) {
            return new Snapshot(server - earlier.server, database - earlier.database, generator - earlier.generator);
        }

        /** Puts them into a result, and what each of so many messages cost. */
        void into(Result result, long messages) {
            result.put("cpu_seconds_server", server);
            result.put("cpu_seconds_database", database);
            result.put("cpu_seconds_generator", generator);
            result.put("cpu_us_server_per_message", 1e6 * server / Math.max(1, messages));
            result.put("cpu_us_database_per_message", 1e6 * database / Math.max(1, messages));
        }
    }

    static Snapshot of(List<Long> serverPids, Optional<Long> postmasterPid) throws IOException {
        double database = 0;
        if (postmasterPid.isPresent()) {
            database = seconds(postmasterPid.get(), true);
            for (long child : children(postmasterPid.get())) {
                database += seconds(child, false);
            }
        }
        return new Snapshot(
                serverPids.stream().mapToDouble(pid -> seconds(pid, false)).sum(),
                database,
                seconds(ProcessHandle.current().pid(), false));
    }

    static List<Long> children(long pid) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::parseLong)
                    .filter(candidate -> isParent(pid, stat(candidate)))
                    .toList();
        }
    }

    private static boolean isParent(long pid, String[] stat) {
        return stat.length > 1 && Long.parseLong(stat[1]) == pid;
    }

    private static double seconds(long pid, boolean withEndedChildren) {
        String[] stat = stat(pid);
        if (stat.length < 15) {
            return 0;
        }
        double ticks = Double.parseDouble(stat[11]) + Double.parseDouble(stat[12]);
        if (withEndedChildren) {
            ticks += Double.parseDouble(stat[13]) + Double.parseDouble(stat[14]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** The fields of proc(5)'s stat from the third, {@code state}, on; empty when the process is gone. */
    private static String[] stat(long pid) {
        try {
            String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return line.substring(line.lastIndexOf(')') + 2).split(" ");
        } catch (IOException gone) {
            return new String[0];
        }
    }
}
