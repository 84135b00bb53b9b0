package io.duet.system;

import com.microsoft.playwright.impl.driver.Driver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The Node.js that Playwright brings along: the tests of the client library need no other. */
final class NodeJs {

    private NodeJs() {}

    /** A process that is about to run {@code node} with these arguments; its errors go where its output goes. */
    static ProcessBuilder command(Path directory, String... arguments) {
        Driver driver = Driver.ensureDriverInstalled(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"), false);
        String node = System.getProperty("os.name").startsWith("Windows") ? "node.exe" : "node";
        List<String> command =
                new ArrayList<>(List.of(driver.driverDir().resolve(node).toString()));
        command.addAll(Stream.of(arguments).toList());
        return new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    }

    /** Runs to the end and answers what was printed. */
    static String run(Path directory, String... arguments) throws IOException, InterruptedException {
        Process process = command(directory, arguments).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        int status = process.waitFor();
        return status == 0 ? output : output + "\nexit status " + status;
    }
}
