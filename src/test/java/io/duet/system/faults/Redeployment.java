package io.duet.system.faults;

import io.duet.system.Command;
import io.duet.system.ServerKind;
import io.duet.system.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How the WAR is put in place again under a running server, by its kind. */
sealed interface Redeployment {

    /** Of the kind that this test run is about; what it has to write goes beneath {@code runs}. */
    static Redeployment ofThisBuild(Path runs) throws IOException {
        return switch (ServerKind.ofThisBuild()) {
            case LIBERTY -> OnLiberty.beneath(runs);
            case WILDFLY -> new OnWildFly(ServerProcess.freePort());
        };
    }

    /** What a server must be started with. */
    Map<String, String> environment();

    /** What the classes of the server and of four deployments take, as an option of the virtual machine. */
    String roomForClasses();

    /** How the names of threads begin that the server has more or fewer of as it likes. */
    List<String> pools();

    /** Begins the next one. It may or may not be done when this returns. */
    void begin() throws IOException;

    /** Whether all that have been begun are done, by the server's log. */
    boolean isDone(String log);

    private static int count(String message, String log) {
        return log.split(message, -1).length - 1;
    }

    /** The server finds that the file is another one. */
    final class OnLiberty implements Redeployment {
        private static final Path INSTALLED = Path.of("target/liberty/wlp/usr").toAbsolutePath();
        private final Path user;
        private int begun;

        private OnLiberty(Path user) {
            this.user = user;
        }

        private static OnLiberty beneath(Path runs) throws IOException {
            Files.createDirectories(runs);
            Path user = Files.createTempDirectory(runs, "redeploy");
            try (Stream<Path> files = Files.walk(INSTALLED)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Path copy = user.resolve(INSTALLED.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(copy);
                    } else {
                        Files.copy(file, copy);
                    }
                }
            }
            Path overrides = user.resolve("servers/duet/configDropins/overrides");
            Files.createDirectories(overrides);
            Files.writeString(
                    overrides.resolve("watch.xml"),
                    "<server><applicationMonitor updateTrigger=\"polled\" pollingRate=\"100ms\"/></server>");
            return new OnLiberty(user);
        }

        @Override
        public Map<String, String> environment() {
            return Map.of("WLP_USER_DIR", user.toString());
        }

        @Override
        public String roomForClasses() {
            return "360m";
        }

        @Override
        public List<String> pools() {
            return List.of("Default Executor-thread");
        }

        @Override
        public void begin() throws IOException {
            Path war = user.resolve("servers/duet/apps/duet.war");
            Path copy = war.resolveSibling("duet.war.new");
            Files.copy(war, copy);
            Files.move(copy, war, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            begun++;
        }

        @Override
        public boolean isDone(String log) {
            return count("CWWKZ0003I", log) == begun;
        }
    }

    /** The server is told by its command line. */
    final class OnWildFly implements Redeployment {
        private final int managementPort;
        private int begun;

        private OnWildFly(int managementPort) {
            this.managementPort = managementPort;
        }

        @Override
        public Map<String, String> environment() {
            return Map.of("DUET_MANAGEMENT_PORT", Integer.toString(managementPort));
        }

        /** A class loader has a finalizer here, so what has ended takes part in one collection more. */
        @Override
        public String roomForClasses() {
            return "420m";
        }

        @Override
        public List<String> pools() {
            return List.of("default task", "management", "MSC service thread", "ServerService Thread Pool");
        }

        @Override
        public void begin() {
            Command.run(
                    Path.of("target/wildfly/bin/jboss-cli.sh").toAbsolutePath().toString(),
                    "--connect",
                    "--controller=127.0.0.1:" + managementPort,
                    "--command=/deployment=duet.war:redeploy");
            begun++;
        }

        @Override
        public boolean isDone(String log) {
            return count("WFLYSRV0013", log) == begun;
        }
    }
}
