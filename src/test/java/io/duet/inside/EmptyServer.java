package io.duet.inside;

import io.duet.system.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes, before Arquillian starts it, a server beside the packaged one: the same configuration without Duet in it, on free
 * ports, with data of its own. Inside the server there is nothing to make.
 */
final class EmptyServer implements BeforeAllCallback {
    private static final Path DATA = Path.of(
                    "target/inside", Long.toString(ProcessHandle.current().pid()))
            .toAbsolutePath();

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        final String kind = System.getProperty("arquillian.launch");
        if (kind == null) {
            return;
        }
        final int port = ServerProcess.freePort();
        System.setProperty("io.duet.inside.port", Integer.toString(port));
        System.setProperty(
                "io.duet.inside.java",
                "-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dio.duet.data.directory=" + DATA);
        if (kind.equals("liberty")) {
            liberty(port);
        } else {
            final int management = ServerProcess.freePort();
            System.setProperty("io.duet.inside.management", Integer.toString(management));
            wildFly(port, management);
        }
    }

    /** In a directory {@code usr} of its own; Arquillian finds its process by the server's name. */
    private static void liberty(int port) throws IOException {
        final Path packaged = Path.of("target/liberty/wlp/usr").toAbsolutePath();
        final Path user = DATA.resolveSibling(DATA.getFileName() + "-usr");
        final String name = "inside-" + ProcessHandle.current().pid();
        final Path server = Files.createDirectories(user.resolve("servers").resolve(name));
        Files.createDirectories(server.resolve("dropins"));
        Files.writeString(
                server.resolve("server.xml"),
                changed(
                        packaged.resolve("servers/duet/server.xml"),
                        Map.of(
                                "<webApplication [^>]*/>", "",
                                "</featureManager>", "<feature>localConnector-1.0</feature></featureManager>",
                                "(name=\"DUET_HTTP_PORT\" defaultValue=)\"[0-9]+\"", "$1\"" + port + "\"",
                                "\\$\\{shared\\.resource\\.dir}",
                                        packaged.resolve("shared/resources").toString(),
                                "<applicationMonitor [^>]*/>", "<applicationMonitor updateTrigger=\"mbean\"/>")));
        System.setProperty("io.duet.inside.user", user.toString());
        System.setProperty("io.duet.inside.server", name);
    }

    private static void wildFly(int port, int management) throws IOException {
        final Path configurations = Path.of("target/wildfly/standalone/configuration");
        Files.writeString(
                configurations.resolve("inside.xml"),
                changed(
                        configurations.resolve("duet.xml"),
                        Map.of(
                                "(?s)<deployments>.*</deployments>", "",
                                "\\$\\{env\\.DUET_HTTP_PORT:[0-9]+}", Integer.toString(port),
                                "\\$\\{env\\.DUET_MANAGEMENT_PORT:[0-9]+}", Integer.toString(management))));
    }

    /** A configuration with other text in it; each pattern must be there. */
    private static String changed(Path configuration, Map<String, String> replacements) throws IOException {
        String changed = Files.readString(configuration);
        for (Map.Entry<String, String> replacement : replacements.entrySet()) {
            final String next = changed.replaceAll(replacement.getKey(), replacement.getValue());
            if (next.equals(changed)) {
                throw new IllegalStateException(configuration + " has no " + replacement.getKey());
            }
            changed = next;
        }
        return changed;
    }
}
