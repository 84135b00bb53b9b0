package io.duet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A dated page with everything that one run has measured, the ratios between its parts, plots, and the machine. */
final class Report {
    private final List<Result> results;
    private final Settings settings;
    private final StringBuilder page = new StringBuilder();

    Report(List<Result> results, Settings settings) {
        this.results = results;
        this.settings = settings;
    }

    /** Writes {@code DATE.md} and its plots into the directory. */
    void write(Path directory, LocalDate date) throws IOException {
        Files.createDirectories(directory.resolve(date.toString()));
        page.append("# Measured on ").append(date).append("\n\n");
        page.append(
                "Server, PostgreSQL and generator on the same cores, everything durable (`fsync` and `synchronous_commit` on).\n\n");
        page.append("`./mvnw -q -Pbench verify -Dbench=\"").append(settings).append("\"`\n\n");
        table(Machine.description());
        page.append("\n## Ratios within this run\n\n");
        ratios();
        for (int i = 0; i < results.size(); i++) {
            final Result result = results.get(i);
            page.append("\n## ").append(title(result)).append("\n\n");
            table(result.values());
            plot(directory, date, i, result);
        }
        Files.writeString(directory.resolve(date + ".md"), page);
    }

    private static String title(Result result) {
        return result.mode()
                + (result.values().containsKey("outstanding")
                        ? ", " + result.values().get("outstanding") + " outstanding"
                        : "");
    }

    private void table(Map<String, ?> rows) {
        page.append("| | |\n|---|---|\n");
        rows.forEach((name, value) -> page.append("| ")
                .append(name.replace('_', ' '))
                .append(" | ")
                .append(value instanceof Double number ? String.format(Locale.ROOT, "%,.2f", number) : value)
                .append(" |\n"));
    }

    private void ratios() {
        page.append("| | |\n|---|---|\n");
        final Optional<Result> online = first("online");
        ratio("online / the statement alone", online, "done_per_second", first("statement"), "stored_per_second");
        ratio("online in a grown / in an empty database", first("grown"), "done_per_second", online, "done_per_second");
        final Optional<Result> single = results.stream()
                .filter(result -> result.mode().equals("online"))
                .filter(result -> result.number("outstanding") == 1)
                .findFirst();
        ratio(
                "p50 send to receive with one outstanding / one fsync",
                single,
                "send_to_receive_p50_ms",
                single,
                "fsync_p50_ms");
        first("storm")
                .ifPresent(storm -> row("p99 of others during the storm / before", storm.number("others_p99_ratio")));
    }

    private Optional<Result> first(String mode) {
        return results.stream().filter(result -> result.mode().equals(mode)).findFirst();
    }

    private void ratio(String what, Optional<Result> one, String oneName, Optional<Result> other, String otherName) {
        if (one.isPresent() && other.isPresent()) {
            row(what, one.get().number(oneName) / other.get().number(otherName));
        }
    }

    private void row(String what, double value) {
        page.append(String.format(Locale.ROOT, "| %s | %.2f |%n", what, value));
    }

    private void plot(Path directory, LocalDate date, int number, Result result) throws IOException {
        final String name = date + "/" + number + "-" + result.mode();
        if (!result.perSecond().isEmpty()) {
            picture(
                    directory,
                    name + "-throughput.svg",
                    Plot.throughput(title(result) + ": each second", result.perSecond()));
        }
        if (!result.latencies().isEmpty()) {
            picture(
                    directory,
                    name + "-latency.svg",
                    Plot.latencies(title(result) + ": latency by percentile", result.latencies()));
        }
    }

    private void picture(Path directory, String file, String svg) throws IOException {
        Files.writeString(directory.resolve(file), svg);
        page.append("\n![").append(file).append("](").append(file).append(")\n");
    }
}
