package peers;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Training steps a second of DJL on PyTorch: {@code DjlSteps MODEL BATCH SECONDS [ATTACK]}. Plain SGD on eight fixed batches
 * that already lie in the engine's memory, or on the examples that so many steps of PGD make of them; the first 40 % of the
 * time warms up. Prints the median over half-second windows.
 */
public final class DjlSteps {
    private static final int BATCHES = 8;
    private static final int LEAST = 3; // windows, however slow the steps are

    private static Block conv(int filters, int kernel, int padding) {
        return Conv2d.builder()
                .setKernelShape(new Shape(kernel, kernel))
                .setFilters(filters)
                .optPadding(new Shape(padding, padding))
                .build();
    }

    private static Block dense(int units) {
        return Linear.builder().setUnits(units).build();
    }

    private static SequentialBlock network(String name) {
        SequentialBlock net = new SequentialBlock();
        Block pool = Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
        switch (name) {
            case "mlp" ->
                net.add(Blocks.batchFlattenBlock())
                        .add(dense(256))
                        .add(Activation::relu)
                        .add(dense(128));
            case "lenet" ->
                net.add(conv(6, 5, 2))
                        .add(Activation::relu)
                        .add(pool)
                        .add(conv(16, 5, 0))
                        .add(Activation::relu)
                        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                        .add(Blocks.batchFlattenBlock())
                        .add(dense(120))
                        .add(Activation::relu)
                        .add(dense(84));
            case "cnn" ->
                net.add(conv(32, 3, 1))
                        .add(Activation::relu)
                        .add(conv(64, 3, 1))
                        .add(Activation::relu)
                        .add(pool)
                        .add(conv(128, 3, 1))
                        .add(Activation::relu)
                        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                        .add(Blocks.batchFlattenBlock())
                        .add(dense(128));
            default -> throw new IllegalArgumentException("expected mlp, lenet or cnn, got " + name);
        }
        return net.add(Activation::relu).add(dense(10));
    }

    /** PGD in L∞ from a random point, eps 0.3, steps of 0.01; the weights take no gradient meanwhile. */
    private static NDArray adversarial(Trainer trainer, Loss loss, NDArray x, NDArray y, int steps, NDManager manager) {
        trainer.getModel().getBlock().freezeParameters(true);
        NDArray low = x.sub(0.3f);
        NDArray high = x.add(0.3f);
        NDArray at = x.add(manager.randomUniform(-0.3f, 0.3f, x.getShape())).clip(0, 1);
        for (NDArray a : List.of(low, high, at)) a.attach(manager);
        for (int i = 0; i < steps; i++)
            try (NDManager step = manager.newSubManager()) {
                NDArray from = at.duplicate();
                from.attach(step);
                from.setRequiresGradient(true);
                try (GradientCollector tape = trainer.newGradientCollector()) {
                    NDArray value = loss.evaluate(new NDList(y), trainer.forward(new NDList(from)));
                    value.attach(step);
                    tape.backward(value);
                }
                NDArray gradient = from.getGradient();
                gradient.attach(step);
                NDArray moved = from.stopGradient().add(gradient.sign().mul(0.01f));
                NDArray next = moved.maximum(low).minimum(high).clip(0, 1);
                next.attach(manager);
                at.close();
                at = next;
            }
        trainer.getModel().getBlock().freezeParameters(false);
        return at.stopGradient();
    }

    public static void main(String[] args) {
        int batch = Integer.parseInt(args[1]);
        double seconds = Double.parseDouble(args[2]);
        int attack = args.length > 3 ? Integer.parseInt(args[3]) : 0;
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance(args[0])) {
            model.setBlock(network(args[0]));
            Loss loss = Loss.softmaxCrossEntropyLoss();
            Trainer trainer = model.newTrainer(new DefaultTrainingConfig(loss)
                    .optOptimizer(Optimizer.sgd()
                            .setLearningRateTracker(Tracker.fixed(0.01f))
                            .build())
                    .optInitializer(new XavierInitializer(), Parameter.Type.WEIGHT));
            Shape shape = new Shape(batch, 1, 28, 28);
            trainer.initialize(shape);
            List<NDList> x = new ArrayList<>();
            List<NDList> y = new ArrayList<>();
            Random random = new Random(1);
            for (int i = 0; i < BATCHES; i++) {
                x.add(new NDList(manager.randomUniform(0, 1, shape)));
                float[] labels = new float[batch];
                for (int j = 0; j < batch; j++) labels[j] = random.nextInt(10);
                y.add(new NDList(manager.create(labels)));
            }
            List<Double> rates = new ArrayList<>();
            long begin = System.nanoTime();
            int step = 0;
            while (System.nanoTime() - begin < seconds * 1e9 || rates.size() < LEAST) {
                long window = System.nanoTime();
                int steps = 0;
                while (System.nanoTime() - window < 5e8) {
                    NDList in = x.get(step % BATCHES);
                    NDList labels = y.get(step % BATCHES);
                    try (NDManager own = manager.newSubManager()) {
                        if (attack > 0)
                            in = new NDList(adversarial(
                                    trainer, loss, in.singletonOrThrow(), labels.singletonOrThrow(), attack, own));
                        in.attach(attack > 0 ? own : manager);
                        try (GradientCollector tape = trainer.newGradientCollector()) {
                            NDArray value = loss.evaluate(labels, trainer.forward(in));
                            tape.backward(value);
                            if (step % 20 == 0) value.getFloat();
                            value.close();
                        }
                        trainer.step();
                    }
                    step++;
                    steps++;
                }
                double now = System.nanoTime();
                if (window - begin > seconds * 4e8) rates.add(steps * batch / ((now - window) / 1e9));
            }
            Collections.sort(rates);
            System.out.printf(Locale.ROOT, "%.0f%n", rates.get(rates.size() / 2));
        }
        System.exit(0); // PyTorch's threads would keep the process
    }
}
