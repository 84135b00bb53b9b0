package io.duet.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Plots as SVG files that any browser shows. */
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 280;
    private static final int LEFT = 70;
    private static final int BOTTOM = 40;
    private static final int TOP = 30;
    private static final String[] COLOURS = {"#0969da", "#cf222e", "#1a7f37", "#8250df"};
    private static final double[] PERCENTILES = {0, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99};

    private final StringBuilder svg = new StringBuilder();

    private Plot(String title) {
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">"
                        .formatted(WIDTH, HEIGHT));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
        text(WIDTH / 2.0, 18, "middle", title);
        line(LEFT, HEIGHT - BOTTOM, WIDTH - 20.0, HEIGHT - BOTTOM, "#57606a");
        line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "#57606a");
    }

    /** What was done in each second. */
    static String throughput(String title, List<Double> perSecond) {
        final Plot plot = new Plot(title);
        final double most =
                1.1 * perSecond.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        for (int i = 0; i <= 4; i++) {
            plot.label(y(i / 4.0), String.format(Locale.ROOT, "%,.0f", most * i / 4));
        }
        final StringBuilder points = new StringBuilder();
        for (int second = 0; second < perSecond.size(); second++) {
            final double x = x((second + 0.5) / perSecond.size());
            points.append(point(x, y(perSecond.get(second) / most)));
        }
        plot.curve(points, 0);
        plot.text(x(0), HEIGHT - 20.0, "start", "0 s");
        plot.text(x(1), HEIGHT - 20.0, "end", perSecond.size() + " s");
        return plot.end();
    }

    /** Latencies by percentile, each further nine on the axis ten times rarer; the other axis is logarithmic too. */
    static String latencies(String title, Map<String, Histogram> latencies) {
        final Plot plot = new Plot(title);
        final double least = 0.1;
        final double most = latencies.values().stream()
                .mapToDouble(histogram -> histogram.getValueAtPercentile(99.99) / 1e6)
                .max()
                .orElse(1);
        final double decades = Math.max(1, Math.ceil(Math.log10(most / least)));
        for (int decade = 0; decade <= decades; decade++) {
            plot.label(y(decade / decades), String.format(Locale.ROOT, "%.4g ms", least * Math.pow(10, decade)));
        }
        for (double percentile : new double[] {0, 90, 99, 99.9, 99.99}) {
            plot.text(x(rarity(percentile)), HEIGHT - 20.0, "middle", percentile + " %");
        }
        int number = 0;
        for (Map.Entry<String, Histogram> entry : latencies.entrySet()) {
            final StringBuilder points = new StringBuilder();
            for (double percentile : PERCENTILES) {
                final double millis = Math.max(least, entry.getValue().getValueAtPercentile(percentile) / 1e6);
                points.append(point(x(rarity(percentile)), y(Math.log10(millis / least) / decades)));
            }
            plot.curve(points, number);
            plot.svg.append("<g fill=\"%s\">".formatted(COLOURS[number % COLOURS.length]));
            plot.text(
                    LEFT + 10.0,
                    TOP + 14.0 * (number + 1),
                    "start",
                    entry.getKey().replace('_', ' '));
            plot.svg.append("</g>");
            number++;
        }
        return plot.end();
    }

    private static double rarity(double percentile) {
        return -Math.log10(1 - percentile / 100) / 4;
    }

    private static double x(double share) {
        return LEFT + share * (WIDTH - 20 - LEFT);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    private static String point(double x, double y) {
        return String.format(Locale.ROOT, "%.1f,%.1f ", x, y);
    }

    private void label(double y, String label) {
        line(LEFT, y, WIDTH - 20.0, y, "#d0d7de");
        text(LEFT - 6.0, y + 4, "end", label);
    }

    private void curve(CharSequence points, int colour) {
        svg.append("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>"
                .formatted(COLOURS[colour % COLOURS.length], points));
    }

    private void line(double x1, double y1, double x2, double y2, String colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>",
                x1,
                y1,
                x2,
                y2,
                colour));
    }

    private void text(double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, text));
    }

    private String end() {
        return svg.append("</svg>\n").toString();
    }
}
