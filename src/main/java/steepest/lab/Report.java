package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
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
 * method from the baseline, and from itself at another setting, seed by seed, with its paired t interval; accuracy against gradients and against time, and over ε;
 * examples; and what stands out, found by rules.
 */
public final class Report {
    private static final List<String> PHASES = List.of("clustering", "attack", "training");

    private final Path store;
    private final Path out;
    private final Map<String, JsonNode> records = new LinkedHashMap<>();
    private final Page page;
    private final List<String> observations = new ArrayList<>();

    private Report(Path store, Path out) {
        this.store = store;
        this.out = out;
        this.page = new Page(out);
        for (JsonNode r : Store.read(store)) records.put(r.path("key").asText(), r);
    }

    /**
     * Writes {@code report.md} and {@code report.html}.
     *
     * @return what stands out, a line each
     * @throws SteepestException if there is no store, or it holds no experiment
     */
    public static List<String> write(Path store, Path out) {
        Report report = new Report(store, out);
        List<JsonNode> experiments = report.records.values().stream()
                .filter(r -> r.path("kind").asText().equals("experiment"))
                .toList();
        if (experiments.isEmpty()) throw SteepestException.of("%s: expected an experiment, found none", store);
        experiments.forEach(report::experiment);
        report.page.write("report");
        return report.observations;
    }

    private void experiment(JsonNode e) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode cell : e.get("cells")) {
            JsonNode training = records.get(cell.get("training").asText());
            if (training == null) continue; // not there yet
            List<JsonNode> attacks = new ArrayList<>();
            for (JsonNode key : cell.get("attacks"))
                if (records.containsKey(key.asText())) attacks.add(records.get(key.asText()));
            JsonNode base = records.get(training.path("from").asText());
            String matched = cell.hasNonNull("matched") ? cell.get("matched").asText() : null;
            rows.add(new Row(cell.get("label").asText(), training, base, attacks, matched));
        }
        String name = e.get("experiment").asText();
        page.heading(1, name);
        if (!e.get("about").asText().isEmpty()) page.text(e.get("about").asText());
        List<String> seen = Observations.of(rows, records.values());
        missing(e);
        int tests = 0;
        Set<String> groups = new LinkedHashSet<>();
        rows.forEach(r -> groups.add(r.group()));
        for (String group : groups) {
            List<Row> some = rows.stream().filter(r -> r.group().equals(group)).toList();
            page.heading(2, group);
            accuracies(some);
            List<Comparison> comparisons = new ArrayList<>();
            if (e.hasNonNull("baseline"))
                comparisons.add(withBaseline(some, e.get("baseline").asText()));
            if (e.hasNonNull("against"))
                comparisons.add(matched(some, e.get("against").asText()));
            for (Comparison c : comparisons) {
                c.write(page, columns(some), seen);
                tests += c.tests(columns(some));
            }
            Trainings.write(page, some);
            pictures(name + "-" + group.replaceAll("[^\\w.-]+", "-"), group, some);
        }
        Set<String> origins = origins(rows, seen);
        page.heading(2, "What stands out");
        if (seen.isEmpty()) page.text("Nothing that the rules look for.");
        seen.forEach(line -> page.text("- " + line));
        if (tests > 0)
            page.text(Page.format(
                    "%d differences were tested, each at 95 %%: without any true difference about %.1f would stand out by chance.",
                    tests, 0.05 * tests));
        origins.forEach(page::text);
        observations.addAll(seen);
    }

    /** What results were made with, each once; more than one program, or samples of one dataset, stand out. */
    private static Set<String> origins(List<Row> rows, List<String> seen) {
        Set<String> programs = new LinkedHashSet<>();
        Map<String, Set<String>> samples = new LinkedHashMap<>();
        for (Row r : rows) {
            String dataset = r.training().at("/config/dataset").asText();
            List<JsonNode> all = new ArrayList<>(r.judgements());
            all.add(0, r.training());
            for (JsonNode record : all) {
                programs.add(program(record));
                samples.computeIfAbsent(dataset, d -> new LinkedHashSet<>())
                        .add("Samples of " + dataset + ": "
                                + record.path("data_sha256").asText() + ".");
            }
        }
        if (programs.size() > 1 || samples.values().stream().anyMatch(s -> s.size() > 1))
            seen.add("MIXED: these results were not all made with the same program, device and samples, see the end.");
        samples.values().forEach(programs::addAll);
        return programs;
    }

    private static String program(JsonNode r) {
        return "Steepest " + r.at("/versions/steepest").asText() + " (code "
                + r.at("/versions/code").asText() + "), Java "
                + r.at("/versions/java").asText() + ", "
                + r.path("device").asText() + " ("
                + r.at("/versions/device_name").asText() + ", "
                + r.at("/versions/driver").asText() + ").";
    }

    /** Says how many cells are not finished, and why some failed. */
    private void missing(JsonNode e) {
        Set<String> keys = new LinkedHashSet<>();
        for (JsonNode cell : e.get("cells")) {
            keys.add(cell.get("training").asText());
            cell.get("attacks").forEach(a -> keys.add(a.asText()));
        }
        int all = keys.size();
        keys.removeIf(records::containsKey);
        if (keys.isEmpty()) return;
        List<JsonNode> failed = keys.stream()
                .map(k -> records.get("failed " + k))
                .filter(java.util.Objects::nonNull)
                .toList();
        page.text(Page.format(
                "NOT FINISHED: %d of %d cells are missing, %d of these failed; the same ./steepest experiment goes on.",
                keys.size(), all, failed.size()));
        failed.forEach(f -> page.text(
                "- failed: " + f.get("label").asText() + ": " + f.get("error").asText()));
    }

    private static Set<String> columns(List<Row> rows) {
        Set<String> all = new LinkedHashSet<>();
        rows.forEach(r -> r.judgements().forEach(j -> all.add(Row.column(j))));
        return all;
    }

    private void accuracies(List<Row> rows) {
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("method", "seeds", "clean"));
        head.addAll(columns(rows));
        head.addAll(List.of("gradients", "clustering, s", "attack, s", "training, s"));
        table.add(head);
        Row.byLabel(rows).forEach((label, seeds) -> {
            List<String> line = new ArrayList<>(List.of(label, seeds.size() + ""));
            line.add(accuracy(seeds.stream().map(Row::training).toList(), "clean", "test_samples"));
            for (String column : columns(rows)) {
                List<JsonNode> over = seeds.stream()
                        .map(r -> r.judgement(column))
                        .filter(java.util.Objects::nonNull)
                        .toList();
                line.add(over.isEmpty() ? "–" : accuracy(over, Row.counted(over.get(0)), "samples"));
            }
            line.add(Page.count(mean(seeds, Row::gradients)));
            for (String phase : PHASES) line.add(Page.format("%.1f", mean(seeds, r -> r.seconds(phase))));
            table.add(line);
        });
        page.table(table);
        page.text(
                "Gradients and seconds are means over seeds, those of the network that a method goes on with counted. Clustering counts"
                        + " the features for it. An attack that is part of the training step is counted by its own program: its"
                        + " time for a batch, measured after the training, times the batches.");
    }

    private static double mean(List<Row> rows, ToDoubleFunction<Row> what) {
        return Statistics.mean(rows.stream().mapToDouble(what).toArray());
    }

    /** @param counted as in the fields {@code clean_accuracy} and {@code clean_correct} */
    private static String accuracy(List<JsonNode> over, String counted, String samples) {
        double[] percent = over.stream()
                .mapToDouble(r -> 100 * r.get(counted + "_accuracy").asDouble())
                .toArray();
        if (percent.length > 1)
            return Page.format("%.2f ± %.2f %%", Statistics.mean(percent), Statistics.deviation(percent));
        Interval i = Interval.wilson(
                over.get(0).get(counted + "_correct").asLong(),
                over.get(0).get(samples).asLong());
        return Page.format("%.2f %% (%.2f to %.2f)", percent[0], 100 * i.low(), 100 * i.high());
    }

    private static Comparison withBaseline(List<Row> rows, String baseline) {
        Comparison c = new Comparison(baseline);
        for (Row r : rows)
            for (Row b : rows)
                if (b.label().equals(baseline) && !r.label().equals(baseline) && b.seed() == r.seed())
                    c.add(r.label(), r, b);
        return c;
    }

    /** Each network beside the one that differs from it in a setting alone; all together last. */
    private static Comparison matched(List<Row> rows, String setting) {
        Comparison c = new Comparison("the same with " + setting);
        List<Row> with = rows.stream().filter(r -> r.matched() != null).toList();
        for (Row r : with) for (Row o : rows) if (o.key().equals(r.matched())) c.add(r.label(), r, o);
        if (c.methods().size() > 1)
            for (Comparison.Pair p :
                    c.methods().values().stream().flatMap(List::stream).toList())
                if (p.differs()) c.add("all that differ", p.row(), p.other());
        return c;
    }

    private void pictures(String file, String group, List<Row> rows) {
        List<JsonNode> attacks =
                rows.stream().flatMap(r -> r.attacks().stream()).toList();
        if (attacks.isEmpty()) return;
        String last = Row.column(attacks.get(attacks.size() - 1));
        costs(file + "-gradients.png", group, last, rows, "gradients", Row::gradients);
        // evaluation is no part of a method
        ToDoubleFunction<Row> seconds =
                r -> PHASES.stream().mapToDouble(r::seconds).sum();
        costs(file + "-time.png", group, last, rows, "seconds", seconds);
        curves(file, group, rows);
        examples(file, rows, last);
    }

    private void costs(
            String file, String group, String column, List<Row> rows, String what, ToDoubleFunction<Row> cost) {
        List<TradeoffPlot.Point> points = new ArrayList<>();
        for (Row r : rows) {
            if (r.accuracy(column).isPresent())
                points.add(new TradeoffPlot.Point(
                        r.label(), cost.applyAsDouble(r), r.accuracy(column).getAsDouble()));
        }
        if (points.isEmpty()) return;
        TradeoffPlot.write(out.resolve(file), group + ": accuracy under " + column, what + " of the training", points);
        page.image(file, "Accuracy under " + column + " against the " + what + " of the training");
    }

    /** A picture for each attack or certificate that was made at several ε; a line for each method, the mean over its seeds. */
    private void curves(String file, String group, List<Row> rows) {
        Map<String, TreeSet<Double>> epsilons = new LinkedHashMap<>();
        rows.forEach(r -> r.judgements()
                .forEach(a -> epsilons.computeIfAbsent(Row.series(a), s -> new TreeSet<>())
                        .add(a.get("eps").asDouble())));
        int number = 0;
        for (var e : epsilons.entrySet()) {
            double[] eps = e.getValue().stream().mapToDouble(v -> v).toArray();
            if (eps.length < 2) continue;
            List<RobustnessPlot.Line> lines = new ArrayList<>();
            Row.byLabel(rows).forEach((label, seeds) -> {
                double[] means = new double[eps.length];
                for (int i = 0; i < eps.length; i++) {
                    String column = Row.column(e.getKey(), eps[i]);
                    means[i] = Statistics.mean(seeds.stream()
                            .map(r -> r.accuracy(column))
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .toArray());
                }
                if (java.util.Arrays.stream(means).allMatch(Double::isFinite))
                    lines.add(new RobustnessPlot.Line(label, means));
            });
            if (lines.isEmpty()) continue;
            String png = file + "-eps-" + ++number + ".png";
            RobustnessPlot.write(out.resolve(png), group + ": " + e.getKey(), "eps", eps, lines);
            page.image(png, "Accuracy " + Row.how(e.getKey()) + " over eps");
        }
    }

    private void examples(String file, List<Row> rows, String column) {
        int number = 0;
        for (List<Row> seeds : Row.byLabel(rows).values()) {
            JsonNode a = seeds.get(0).judgement(column);
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
            AdversarialPlot.write(out.resolve(png), seeds.get(0).label() + ": " + column, examples, 0, 1);
            page.image(png, "Examples for " + seeds.get(0).label());
        }
    }

    private static HostArray row(HostArray all, int i) {
        var shape = all.shape().slice(1, 4);
        int n = (int) shape.size();
        return HostArray.of(java.util.Arrays.copyOfRange(all.floats(), i * n, (i + 1) * n), shape);
    }
}
