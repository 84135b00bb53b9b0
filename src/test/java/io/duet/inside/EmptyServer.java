package io.duet.inside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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
        if (System.getProperty("arquillian.launch") == null) {
            return;
        }
        final int port = freePort();
        final int management = freePort();
        System.setProperty("io.duet.inside.management", Integer.toString(management));
        System.setProperty(
                "io.duet.inside.java",
                "-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dio.duet.data.directory=" + DATA);
        wildFly(port, management);
    }

    private static void wildFly(int port, int management) throws IOException {
        final Path configurations = Path.of("target/wildfly/standalone/configuration");
        final String packaged = Files.readString(configurations.resolve("duet.xml"));
        Files.writeString(
                configurations.resolve("inside.xml"),
                changed(
                        changed(
                                changed(packaged, "(?s)<deployments>.*</deployments>", ""),
                                "\\$\\{env\\.DUET_HTTP_PORT:[0-9]+}",
                                Integer.toString(port)),
                        "\\$\\{env\\.DUET_MANAGEMENT_PORT:[0-9]+}",
                        Integer.toString(management)));
    }

    private static String changed(String configuration, String what, String into) {
        final String changed = configuration.replaceAll(what, into);
        if (changed.equals(configuration)) {
            throw new IllegalStateException("the configuration has no " + what);
        }
        return changed;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
