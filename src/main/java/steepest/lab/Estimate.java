package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import steepest.DType;
import steepest.Device;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.certify.Bounds;
import steepest.data.Dataset;
import steepest.io.Json;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.robust.ClustReSettings;

/**
 * How long cells will take. Where the store tells how long the like took on a device of this kind, by that: seconds for a
 * sample and epoch of the same training, for a sample of the same attack. Otherwise by the gradients and products that they
 * need, counted, at the rates that this device reaches now, measured within a few seconds for each model; attacks that give up on
 * samples early, and k-means that converges, take less.
 */
final class Estimate {
    private static final int BATCH = 128;
    private static final int OFTEN = 50;
    private static final int SQUARE = 512;
    /** Seconds that a rate is measured at most, of which the Java compiler takes most, and as a fraction of the work. */
    private static final double PATIENCE = 2.5;

    private static final double EFFORT = 0.02;

    /** Samples that a recorded cell must have seen: with few of them planning takes longer than computing. */
    private static final int ENOUGH = 1000;

    /** What recorded cells took. */
    private static final class Rate {
        private double seconds;
        private double units;

        void add(double seconds, double units) {
            this.seconds += seconds;
            this.units += units;
        }

        double each() {
            return seconds / units;
        }
    }

    private final Dataset train;
    private final Dataset test;
    private final Device device;
    private final Map<String, Rate> recorded = new HashMap<>();
    private final Map<String, Double> gradient = new HashMap<>();
    /** By model, the gradients that all cells together need; and the operations of k-means. */
    private final Map<String, Double> work = new HashMap<>();

    private double clustering;
    private double flops;

    /**
     * @param cells all that may be asked about, with each of the judgements
     * @param records of the store
     */
    Estimate(
            Samples samples,
            List<Cell> cells,
            List<Judgement> judgements,
            Device device,
            Collection<JsonNode> records) {
        this.train = samples.train();
        this.test = samples.test();
        this.device = device;
        for (Cell c : cells) {
            String model = c.config().model();
            double gradients = gradients(c);
            for (Judgement j : judgements) gradients += gradients(j, model);
            work.merge(model, gradients, Double::sum);
            clustering += operations(c);
        }
        Map<String, Object> here = Versions.of(device.info());
        Map<String, JsonNode> trainings = new HashMap<>();
        for (JsonNode r : records) {
            boolean same = r.at("/versions/device_name").asText().equals(here.get("device_name"))
                    && r.at("/versions/driver").asText().equals(here.get("driver"));
            if (!same || !r.has("config") && !r.has("training")) continue;
            if (r.has("config")) {
                trainings.put(r.path("key").asText(), r);
                remember(r);
            } else if (trainings.containsKey(r.get("training").asText()))
                remember(r, trainings.get(r.get("training").asText()));
        }
    }

    private void remember(JsonNode training) {
        JsonNode c = training.get("config");
        double samples = training.path("train_samples").asDouble();
        double seen = c.path("epochs").asDouble() * samples;
        if (seen < ENOUGH) return;
        String like = like(
                c.path("dataset").asText(),
                c.path("model").asText(),
                training.path("method").asText(),
                training.get("settings"));
        double clustering = training.at("/seconds/clustering").asDouble();
        double all = seconds(training);
        rate("clustering " + like).add(clustering, samples);
        rate("epochs " + like).add(all - clustering, seen);
    }

    private void remember(JsonNode attack, JsonNode training) {
        double samples = attack.path("samples").asDouble();
        if (samples < ENOUGH / 10.0) return;
        JsonNode c = training.get("config");
        for (String method : List.of("", training.path("method").asText()))
            rate(attacked(
                            c.path("dataset").asText(),
                            c.path("model").asText(),
                            method,
                            attack.path("label").asText(),
                            attack.path("norm").asText(),
                            attack.path("eps").asDouble(),
                            attack.path("settings")))
                    .add(seconds(attack), samples);
    }

    private static double seconds(JsonNode record) {
        double all = 0;
        for (JsonNode s : record.path("seconds")) all += s.asDouble();
        return all;
    }

    private Rate rate(String name) {
        return recorded.computeIfAbsent(name, n -> new Rate());
    }

    /** What trainings that take equally long for a sample have in common. */
    private static String like(String dataset, String model, String method, Object settings) {
        JsonNode s = Json.parse("settings", Json.line(settings).getBytes(StandardCharsets.UTF_8));
        Map<String, String> all = new TreeMap<>();
        s.properties().forEach(e -> all.put(e.getKey(), e.getValue().asText()));
        all.remove("cluster_seed");
        return String.join(" ", dataset, model, method, all.toString());
    }

    private static String attacked(
            String dataset, String model, String method, String label, String norm, double eps, Object settings) {
        return like(dataset, model, method + " under " + label + " " + norm + " " + eps, settings);
    }

    /** Seconds for training a cell, an evaluation in each epoch counted. */
    double training(Cell cell) {
        double epochs = cell.config().epochs();
        String like = like(
                cell.config().dataset(),
                cell.config().model(),
                cell.recipe().name(),
                cell.recipe().notes());
        if (recorded.containsKey("epochs " + like))
            return train.size()
                    * (rate("clustering " + like).each()
                            + epochs * rate("epochs " + like).each());
        double seconds = gradients(cell) * gradient(cell.config().model());
        double operations = operations(cell);
        return operations == 0 ? seconds : seconds + operations / flops();
    }

    /** Gradients of a sample that a training needs; an evaluation is about a third of one. */
    private double gradients(Cell cell) {
        double epochs = cell.config().epochs();
        double all = epochs * (train.size() * (double) cell.recipe().gradientsPerSample() + test.size() / 3.0);
        ClustReSettings c = cell.recipe().clustering();
        if (c == null) return all;
        return all + (epochs * Math.min(train.size(), (double) c.clusters() * c.each()) + train.size()) * c.steps();
    }

    /** Operations of k-means, if it does not converge before. */
    private double operations(Cell cell) {
        ClustReSettings c = cell.recipe().clustering();
        if (c == null || c.assignment() != ClustReSettings.Assignment.KMEANS) return 0;
        double each = 2.0 * train.size() * train.sampleShape().size() * c.clusters();
        return each * c.iterations() * c.restarts();
    }

    /** Seconds for an attack on a cell's network, or its certificate. */
    double judgement(Cell cell, Judgement judgement) {
        Map<String, Object> fields = judgement.fields();
        for (String method : List.of(cell.recipe().name(), "")) {
            Rate known = recorded.get(attacked(
                    cell.config().dataset(),
                    cell.config().model(),
                    method,
                    judgement.label(),
                    fields.get("norm").toString(),
                    judgement.epsilon(),
                    fields.get("settings")));
            if (known != null) return samples(judgement) * known.each();
        }
        String model = cell.config().model();
        return gradients(judgement, model) * gradient(model);
    }

    private double samples(Judgement judgement) {
        return judgement.limit() == null ? test.size() : Math.min(test.size(), judgement.limit());
    }

    /** Gradients of a sample that a judgement on a model takes, or what takes as long. */
    private double gradients(Judgement judgement, String model) {
        return samples(judgement)
                * (judgement instanceof AttackCell a ? gradients(a) : rows((CertificateCell) judgement, model));
    }

    /** Intervals pass through the network twice; a row of linear bounds is about a gradient. */
    private double rows(CertificateCell certificate, String model) {
        return 2 + Bounds.sound(network(model), certificate.method()).rows(train.sampleShape());
    }

    private Sequential network(String model) {
        return Models.of(model, train.sampleShape(), train.classCount()).init(Rng.seed(0));
    }

    /** A query is about a third of a gradient. */
    private static double gradients(AttackCell attack) {
        double each = 1;
        Map<String, Double> numbers = attack.settings();
        for (String factor : List.of("steps", "restarts", "targets", "probes"))
            each *= numbers.getOrDefault(factor, 1.0);
        return each + numbers.getOrDefault("queries", 0.0) / 3;
    }

    /** Seconds that a gradient of a sample takes. */
    private double gradient(String name) {
        return gradient.computeIfAbsent(name, model -> {
            Sequential net = network(model);
            Dataset.Batch b =
                    train.limit(Math.min(train.size(), BATCH)).batches(BATCH).get(0);
            try (Program p = Program.of((x, y) -> Step.of(
                            Losses.crossEntropyEach(net.apply(x), y).sum().grad(x)))
                    .on(device)) {
                return timed(() -> p.run(b.x(), b.y()).get(0).toHost(), work.get(model) / b.size()) / b.size();
            }
        });
    }

    private double flops() {
        if (flops > 0) return flops;
        Tensor a = Tensor.ones(new Spec(DType.F32, Shape.of(SQUARE, SQUARE)));
        try (Program p = Program.of(x -> x.matmul(x).sum()).on(device)) {
            double each = 2.0 * SQUARE * SQUARE * SQUARE;
            flops = each / timed(() -> p.call(a).toHost(), clustering / each);
        }
        return flops;
    }

    /**
     * Seconds of a call, the median of the last ones. It is called for a little of the time that so many calls take, and for
     * up to ten times as long until it has been called often: what the Java compiler has not reached yet runs a hundred times
     * slower.
     */
    static double timed(Runnable call, double calls) {
        double[] last = new double[9];
        int n = 0;
        double elapsed = 0;
        double worth = PATIENCE;
        while (n < 2 || elapsed < worth || n < OFTEN && elapsed < 10 * worth) {
            long start = System.nanoTime();
            call.run();
            double seconds = (System.nanoTime() - start) * 1e-9;
            last[n++ % last.length] = seconds;
            elapsed += seconds;
            worth = Math.min(PATIENCE, EFFORT * calls * seconds);
        }
        int kept = Math.min(n, last.length);
        Arrays.sort(last, 0, kept);
        return last[n <= last.length ? 0 : kept / 2]; // of few the first has planned
    }
}
