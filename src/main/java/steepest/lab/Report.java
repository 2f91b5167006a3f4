package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import steepest.AtomicFile;
import steepest.HostArray;
import steepest.SteepestException;
import steepest.attack.Interval;
import steepest.io.Npz;
import steepest.viz.AdversarialPlot;
import steepest.viz.RobustnessPlot;
import steepest.viz.TradeoffPlot;

/**
 * Tells what a {@link Store} holds, in Markdown and as one HTML page that needs no other file: for each experiment the
 * accuracies, mean ± standard deviation over seeds (of one seed Wilson's 95 % interval over samples); the difference of each
 * method from the baseline, seed by seed, with its paired t interval; accuracy against gradients and against time, and over ε;
 * examples; and what stands out, found by rules.
 */
public final class Report {
    private final Path store;
    private final Path out;
    private final Map<String, JsonNode> records = new LinkedHashMap<>();
    private final StringBuilder markdown = new StringBuilder();
    private final StringBuilder html = new StringBuilder();
    private final List<String> observations = new ArrayList<>();

    private Report(Path store, Path out) {
        this.store = store;
        this.out = out;
        for (JsonNode r : Store.read(store)) records.put(r.path("key").asText(), r);
    }

    /** A network, how its method is called, and the attacks it was put to that are finished. */
    private record Row(String label, JsonNode training, List<JsonNode> attacks) {
        String group() {
            return training.at("/config/dataset").asText() + " "
                    + training.at("/config/model").asText();
        }

        long seed() {
            return training.get("seed").asLong();
        }
    }

    /**
     * Writes {@code report.md} and {@code report.html}.
     *
     * @return what stands out, a line each
     * @throws SteepestException if there is no store, or it holds no finished experiment
     */
    public static List<String> write(Path store, Path out) {
        Report report = new Report(store, out);
        List<JsonNode> experiments = report.records.values().stream()
                .filter(r -> r.path("kind").asText().equals("experiment"))
                .toList();
        if (experiments.isEmpty())
            throw SteepestException.of("%s: expected an experiment that ran to its end, found none", store);
        experiments.forEach(report::experiment);
        AtomicFile.write(out.resolve("report.md"), report.markdown.toString());
        AtomicFile.write(
                out.resolve("report.html"),
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Experiments</title><style>"
                        + "body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}"
                        + "table{border-collapse:collapse}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;"
                        + "text-align:right}td:first-child,th:first-child{text-align:left}img{max-width:100%}"
                        + "</style><body>" + report.html + "</body></html>\n");
        return report.observations;
    }

    private void experiment(JsonNode e) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode cell : e.get("cells")) {
            JsonNode training = records.get(cell.get("training").asText());
            if (training == null) continue; // it failed
            List<JsonNode> attacks = new ArrayList<>();
            for (JsonNode key : cell.get("attacks"))
                if (records.containsKey(key.asText())) attacks.add(records.get(key.asText()));
            rows.add(new Row(cell.get("label").asText(), training, attacks));
        }
        String name = e.get("experiment").asText();
        heading(1, name);
        if (!e.get("about").asText().isEmpty()) text(e.get("about").asText());
        List<String> seen = observe(rows);
        Set<String> groups = new LinkedHashSet<>();
        rows.forEach(r -> groups.add(r.group()));
        for (String group : groups) {
            List<Row> some = rows.stream().filter(r -> r.group().equals(group)).toList();
            heading(2, group);
            accuracies(some);
            if (!e.get("baseline").isNull()) comparison(some, e.get("baseline").asText(), seen);
            pictures(name + "-" + group.replace(' ', '-'), group, some);
        }
        heading(2, "What stands out");
        if (seen.isEmpty()) text("Nothing that the rules look for.");
        seen.forEach(line -> text("- " + line));
        JsonNode any = rows.isEmpty() ? null : rows.get(0).training;
        if (any != null)
            text("Steepest " + any.at("/versions/steepest").asText() + ", Java "
                    + any.at("/versions/java").asText() + ", "
                    + any.path("device").asText() + " ("
                    + any.at("/versions/device_name").asText() + ", "
                    + any.at("/versions/driver").asText() + "); samples "
                    + any.path("data_sha256").asText() + ".");
        observations.addAll(seen);
    }

    /** A column of a table: an attack at an ε. */
    private static String column(JsonNode attack) {
        return attack.get("label").asText() + " at "
                + Strings.number(attack.get("eps").asDouble());
    }

    private static Map<String, List<Row>> byLabel(List<Row> rows) {
        Map<String, List<Row>> all = new LinkedHashMap<>();
        for (Row r : rows) all.computeIfAbsent(r.label, l -> new ArrayList<>()).add(r);
        return all;
    }

    private static Set<String> columns(List<Row> rows) {
        Set<String> all = new LinkedHashSet<>();
        rows.forEach(r -> r.attacks.forEach(a -> all.add(column(a))));
        return all;
    }

    private static JsonNode attack(Row row, String column) {
        return row.attacks.stream()
                .filter(a -> column(a).equals(column))
                .findFirst()
                .orElse(null);
    }

    private void accuracies(List<Row> rows) {
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("method", "seeds", "clean"));
        head.addAll(columns(rows));
        head.addAll(List.of("gradients", "clustering, s", "attack, s", "training, s"));
        table.add(head);
        byLabel(rows).forEach((label, seeds) -> {
            List<String> line = new ArrayList<>(List.of(label, seeds.size() + ""));
            line.add(accuracy(
                    seeds.stream().map(Row::training).toList(), "clean_accuracy", "clean_correct", "test_samples"));
            for (String column : columns(rows))
                line.add(accuracy(
                        seeds.stream()
                                .map(r -> attack(r, column))
                                .filter(java.util.Objects::nonNull)
                                .toList(),
                        "robust_accuracy",
                        "robust_correct",
                        "samples"));
            line.add(Strings.count(mean(seeds, r -> r.training.get("gradients").asDouble())));
            for (String phase : List.of("clustering", "attack", "training"))
                line.add(Strings.format(
                        "%.1f",
                        mean(seeds, r -> r.training.at("/seconds/" + phase).asDouble())));
            table.add(line);
        });
        table(table);
    }

    private static double mean(List<Row> rows, ToDoubleFunction<Row> what) {
        return Statistics.mean(rows.stream().mapToDouble(what).toArray());
    }

    private static String accuracy(List<JsonNode> over, String field, String correct, String samples) {
        if (over.isEmpty()) return "–";
        double[] percent =
                over.stream().mapToDouble(r -> 100 * r.get(field).asDouble()).toArray();
        if (percent.length > 1)
            return Strings.format("%.2f ± %.2f %%", Statistics.mean(percent), Statistics.deviation(percent));
        Interval i = Interval.wilson(
                over.get(0).get(correct).asLong(), over.get(0).get(samples).asLong());
        return Strings.format("%.2f %% (%.2f to %.2f)", percent[0], 100 * i.low(), 100 * i.high());
    }

    /** Differences seed by seed, in percentage points. */
    private void comparison(List<Row> rows, String baseline, List<String> seen) {
        Map<String, List<Row>> methods = byLabel(rows);
        List<Row> base = methods.get(baseline);
        if (base == null) return;
        heading(3, "Against " + baseline + ", in percentage points, paired by seed, 95 % t interval");
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("method"));
        head.addAll(columns(rows));
        table.add(head);
        methods.forEach((label, seeds) -> {
            if (label.equals(baseline)) return;
            List<String> line = new ArrayList<>(List.of(label));
            for (String column : columns(rows)) {
                double[] d = differences(seeds, base, column);
                if (d.length < 2) {
                    line.add(d.length == 0 ? "–" : Strings.format("%+.2f (one seed)", d[0]));
                    continue;
                }
                double m = Statistics.mean(d);
                double half = Statistics.half95(d);
                line.add(Strings.format("%+.2f (%+.2f to %+.2f)", m, m - half, m + half));
                if (Math.abs(m) > half)
                    seen.add(Strings.format(
                            "%s: %s is %s %s under %s, by %.2f points (95 %% interval %.2f to %.2f, %d seeds).",
                            rows.get(0).group(),
                            label,
                            m > 0 ? "better than" : "worse than",
                            baseline,
                            column,
                            Math.abs(m),
                            Math.abs(m) - half,
                            Math.abs(m) + half,
                            d.length));
            }
            table.add(line);
        });
        table(table);
    }

    private static double[] differences(List<Row> rows, List<Row> base, String column) {
        List<Double> all = new ArrayList<>();
        for (Row r : rows)
            for (Row b : base) {
                JsonNode x = attack(r, column);
                JsonNode y = attack(b, column);
                if (r.seed() == b.seed() && x != null && y != null)
                    all.add(100
                            * (x.get("robust_accuracy").asDouble()
                                    - y.get("robust_accuracy").asDouble()));
            }
        return all.stream().mapToDouble(v -> v).toArray();
    }

    /** Rules, not opinions: what a reader must not overlook. */
    private List<String> observe(List<Row> rows) {
        List<String> seen = new ArrayList<>();
        for (Row r : rows) {
            String who = Strings.format("%s, %s, seed %d", r.group(), r.label, r.seed());
            for (JsonNode a : r.attacks) {
                double robust = a.get("robust_accuracy").asDouble();
                if (robust > a.get("clean_accuracy").asDouble())
                    seen.add(Strings.format(
                            "VIOLATION: %s: robust accuracy %.2f %% under %s exceeds the clean %.2f %%.",
                            who,
                            100 * robust,
                            column(a),
                            100 * a.get("clean_accuracy").asDouble()));
                double rounded = a.path("robust_accuracy_8bit").asDouble(robust);
                if (rounded > robust + 0.1)
                    seen.add(Strings.format(
                            "%s: rounding to 8 bits undoes %s: %.2f %% instead of %.2f %%.",
                            who, column(a), 100 * rounded, 100 * robust));
                if (a.get("attack").asText().equals("fgsm") && robust >= 0.5) overfitting(r, a, who, seen);
            }
            certificates(r, who, seen);
        }
        return seen;
    }

    /** Withstands one step, falls to several of the same reach (Wong, Rice and Kolter, ICLR 2020, section 5.4). */
    private static void overfitting(Row r, JsonNode oneStep, String who, List<String> seen) {
        for (JsonNode a : r.attacks)
            if (!a.get("attack").asText().startsWith("fgsm")
                    && a.get("norm").equals(oneStep.get("norm"))
                    && a.get("eps").asDouble() == oneStep.get("eps").asDouble()
                    && a.get("robust_accuracy").asDouble() <= 0.1)
                seen.add(Strings.format(
                        "Catastrophic overfitting: %s: %.2f %% under %s but %.2f %% under %s.",
                        who,
                        100 * oneStep.get("robust_accuracy").asDouble(),
                        column(oneStep),
                        100 * a.get("robust_accuracy").asDouble(),
                        column(a)));
    }

    /** A certificate bounds what any attack leaves from below, on the same samples. */
    private void certificates(Row r, String who, List<String> seen) {
        for (JsonNode c : records.values()) {
            if (!c.path("kind").asText().equals("certificate")
                    || !c.get("training").equals(r.training.get("key"))) continue;
            for (JsonNode a : r.attacks)
                if (a.get("norm").equals(c.get("norm"))
                        && a.get("samples").equals(c.get("samples"))
                        && a.get("eps").asDouble() <= c.get("eps").asDouble()
                        && c.get("certified_accuracy").asDouble()
                                > a.get("robust_accuracy").asDouble())
                    seen.add(Strings.format(
                            "VIOLATION: %s: certified %.2f %% exceeds the %.2f %% that %s leaves.",
                            who,
                            100 * c.get("certified_accuracy").asDouble(),
                            100 * a.get("robust_accuracy").asDouble(),
                            column(a)));
        }
    }

    private void pictures(String file, String group, List<Row> rows) {
        Set<String> columns = columns(rows);
        if (columns.isEmpty()) return;
        String last = new ArrayList<>(columns).get(columns.size() - 1);
        costs(
                file + "-gradients.png",
                group,
                last,
                rows,
                "gradients",
                r -> r.training.get("gradients").asDouble());
        costs(file + "-time.png", group, last, rows, "seconds", r -> {
            double sum = 0;
            for (JsonNode s : r.training.get("seconds")) sum += s.asDouble();
            return sum;
        });
        curves(file, group, rows);
        examples(file, rows, last);
    }

    private void costs(
            String file, String group, String column, List<Row> rows, String what, ToDoubleFunction<Row> cost) {
        List<TradeoffPlot.Point> points = new ArrayList<>();
        for (Row r : rows) {
            JsonNode a = attack(r, column);
            if (a != null)
                points.add(new TradeoffPlot.Point(
                        r.label, cost.applyAsDouble(r), a.get("robust_accuracy").asDouble()));
        }
        if (points.isEmpty()) return;
        TradeoffPlot.write(out.resolve(file), group + ": accuracy under " + column, what + " of the training", points);
        image(file, "Accuracy under " + column + " against the " + what + " of the training");
    }

    /** A picture for each attack that was made at several ε; a line for each method, the mean over its seeds. */
    private void curves(String file, String group, List<Row> rows) {
        Map<String, TreeSet<Double>> epsilons = new LinkedHashMap<>();
        rows.forEach(r ->
                r.attacks.forEach(a -> epsilons.computeIfAbsent(a.get("label").asText(), l -> new TreeSet<>())
                        .add(a.get("eps").asDouble())));
        int number = 0;
        for (var e : epsilons.entrySet()) {
            double[] eps = e.getValue().stream().mapToDouble(v -> v).toArray();
            if (eps.length < 2) continue;
            List<RobustnessPlot.Line> lines = new ArrayList<>();
            byLabel(rows).forEach((label, seeds) -> {
                double[] means = new double[eps.length];
                for (int i = 0; i < eps.length; i++) {
                    String column = e.getKey() + " at " + Strings.number(eps[i]);
                    means[i] = Statistics.mean(seeds.stream()
                            .map(r -> attack(r, column))
                            .filter(java.util.Objects::nonNull)
                            .mapToDouble(a -> a.get("robust_accuracy").asDouble())
                            .toArray());
                }
                if (java.util.Arrays.stream(means).allMatch(Double::isFinite))
                    lines.add(new RobustnessPlot.Line(label, means));
            });
            if (lines.isEmpty()) continue;
            String png = file + "-eps-" + ++number + ".png";
            RobustnessPlot.write(out.resolve(png), group + ": " + e.getKey(), "eps", eps, lines);
            image(png, "Accuracy under " + e.getKey() + " over eps");
        }
    }

    private void examples(String file, List<Row> rows, String column) {
        int number = 0;
        for (List<Row> seeds : byLabel(rows).values()) {
            JsonNode a = attack(seeds.get(0), column);
            if (a == null) continue;
            Path npz = Store.examples(store, a.get("key").asText());
            if (!Files.exists(npz)) continue;
            Map<String, HostArray> arrays = Npz.read(npz);
            HostArray x = arrays.get("x");
            int n = x.shape().dim(0);
            if (n == 0) continue;
            List<AdversarialPlot.Example> examples = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                // only samples that are classified rightly when clean are kept
                String truth = "class " + arrays.get("y").ints()[i];
                examples.add(new AdversarialPlot.Example(
                        row(x, i),
                        row(arrays.get("x_adv"), i),
                        truth,
                        truth,
                        "class " + arrays.get("pred").ints()[i],
                        ""));
            }
            String png = file + "-examples-" + ++number + ".png";
            AdversarialPlot.write(out.resolve(png), seeds.get(0).label + ": " + column, examples, 0, 1);
            image(png, "Examples for " + seeds.get(0).label);
        }
    }

    private static HostArray row(HostArray all, int i) {
        var shape = all.shape().slice(1, 4);
        int n = (int) shape.size();
        return HostArray.of(java.util.Arrays.copyOfRange(all.floats(), i * n, (i + 1) * n), shape);
    }

    private void heading(int level, String text) {
        markdown.append("#".repeat(level)).append(' ').append(text).append("\n\n");
        html.append(Strings.format("<h%d>%s</h%d>", level, Strings.escaped(text), level));
    }

    private void text(String text) {
        markdown.append(text).append("\n\n");
        html.append("<p>").append(Strings.escaped(text)).append("</p>");
    }

    private void table(List<List<String>> rows) {
        html.append("<table>");
        for (int i = 0; i < rows.size(); i++) {
            markdown.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
            if (i == 0) markdown.append("|---".repeat(rows.get(0).size())).append("|\n");
            String cell = i == 0 ? "th" : "td";
            html.append("<tr>");
            for (String s : rows.get(i))
                html.append('<')
                        .append(cell)
                        .append('>')
                        .append(Strings.escaped(s))
                        .append("</")
                        .append(cell)
                        .append('>');
            html.append("</tr>");
        }
        markdown.append('\n');
        html.append("</table>");
    }

    private void image(String file, String about) {
        markdown.append("![").append(about).append("](").append(file).append(")\n\n");
        try {
            html.append("<p><img alt=\"")
                    .append(Strings.escaped(about))
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(Files.readAllBytes(out.resolve(file))))
                    .append("\"></p>");
        } catch (IOException e) {
            throw SteepestException.io("read", out.resolve(file), e);
        }
    }

    /** How numbers and texts are written. */
    private static final class Strings {
        static String format(String format, Object... args) {
            return String.format(Locale.ROOT, format, args);
        }

        static String number(double v) {
            return new java.math.BigDecimal(v)
                    .round(new java.math.MathContext(4))
                    .stripTrailingZeros()
                    .toPlainString();
        }

        static String count(double v) {
            return format("%,.0f", v);
        }

        static String escaped(String s) {
            return s.replace("&", "&amp;")
                    .replace("<", "&lt;")
                    .replace(">", "&gt;")
                    .replace("\"", "&quot;");
        }
    }
}
