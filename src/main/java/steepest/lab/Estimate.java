package steepest.lab;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import steepest.DType;
import steepest.Device;
import steepest.Program;
import steepest.Rng;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.robust.ClustReSettings;

/**
 * How long cells will take: the gradients and products that they need, counted, at the rates that this device reaches now,
 * measured within a second for each model. Attacks that give up on samples early, and k-means that converges, take less.
 */
final class Estimate {
    private static final int BATCH = 128;
    private static final int SQUARE = 512;
    private static final double PATIENCE = 0.3;

    private final Dataset train;
    private final Dataset test;
    private final Device device;
    private final Map<String, Double> gradient = new HashMap<>();
    private double flops;

    Estimate(Dataset train, Dataset test, Device device) {
        this.train = train;
        this.test = test;
        this.device = device;
    }

    /** Seconds for training a cell, an evaluation in each epoch counted. */
    double training(Cell cell) {
        double epochs = cell.config().epochs();
        // an evaluation is about a third of a gradient
        double gradients = epochs * (train.size() * (double) cell.recipe().gradientsPerSample() + test.size() / 3.0);
        double seconds = 0;
        ClustReSettings c = cell.recipe().clustering();
        if (c != null) {
            gradients += (epochs * Math.min(train.size(), (double) c.clusters() * c.each()) + train.size()) * c.steps();
            if (c.assignment() == ClustReSettings.Assignment.KMEANS)
                seconds = 2.0
                        * train.size()
                        * train.sampleShape().size()
                        * c.clusters()
                        * c.iterations()
                        * c.restarts()
                        / flops();
        }
        return seconds + gradients * gradient(cell.config().model());
    }

    /** Seconds for an attack on a cell's network. */
    double attack(Cell cell, AttackCell attack) {
        double samples = attack.limit() == null ? test.size() : Math.min(test.size(), attack.limit());
        double each = 1;
        Map<String, Double> numbers = attack.settings();
        for (String factor : List.of("steps", "restarts", "targets", "probes"))
            each *= numbers.getOrDefault(factor, 1.0);
        return samples
                * (each + numbers.getOrDefault("queries", 0.0) / 3)
                * gradient(cell.config().model());
    }

    /** Seconds that a gradient of a sample takes. */
    private double gradient(String name) {
        return gradient.computeIfAbsent(name, model -> {
            Sequential net =
                    Models.of(model, train.sampleShape(), train.classCount()).init(Rng.seed(0));
            Dataset.Batch b =
                    train.limit(Math.min(train.size(), BATCH)).batches(BATCH).get(0);
            try (Program p = Program.of((x, y) -> Step.of(
                            Losses.crossEntropyEach(net.apply(x), y).sum().grad(x)))
                    .on(device)) {
                return timed(() -> p.run(b.x(), b.y()).get(0).toHost()) / b.size();
            }
        });
    }

    private double flops() {
        if (flops > 0) return flops;
        Tensor a = Tensor.ones(new Spec(DType.F32, steepest.Shape.of(SQUARE, SQUARE)));
        try (Program p = Program.of(x -> x.matmul(x).sum()).on(device)) {
            flops = 2.0 * SQUARE * SQUARE * SQUARE / timed(() -> p.call(a).toHost());
        }
        return flops;
    }

    /** Seconds of one call, the first of all left out. */
    private static double timed(Runnable call) {
        call.run();
        long start = System.nanoTime();
        int calls = 0;
        double seconds;
        do {
            call.run();
            calls++;
            seconds = (System.nanoTime() - start) * 1e-9;
        } while (seconds < PATIENCE && calls < 50);
        return seconds / calls;
    }
}
