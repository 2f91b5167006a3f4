package steepest.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.optim.Adam;

/**
 * A training step (forward, gradient, Adam) of the models that {@code train} offers, on images of MNIST's size, the batch
 * coming from the host each time. {@code samples} is the number of samples trained in a second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TrainingStepBench {
    @Param({"mlp", "lenet"})
    public String model;

    @Param("cpu")
    public String device;

    @Param("64")
    public int batch;

    private Device on;
    private Program step;
    private HostArray images;
    private HostArray labels;

    /** Counts samples as well as steps. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Count {
        public long samples;

        /** Counters begin anew with each iteration. */
        @Setup(Level.Iteration)
        public void clear() {
            samples = 0;
        }
    }

    @Setup
    public void setUp() {
        var random = new Random(1);
        float[] pixels = new float[batch * 28 * 28];
        for (int i = 0; i < pixels.length; i++) pixels[i] = random.nextFloat();
        int[] classes = random.ints(batch, 0, 10).toArray();
        images = HostArray.of(pixels, Shape.of(batch, 1, 28, 28));
        labels = HostArray.of(classes, Shape.of(batch));
        on = Device.of(device);
        var net = Models.of(model, Shape.of(1, 28, 28), 10).init(Rng.seed(42));
        var adam = new Adam(net.params(), 1e-3);
        step = Program.of((x, y, pass) -> adam.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(on);
    }

    @Benchmark
    public void step(Count count) {
        step.run(Tensor.of(images), Tensor.of(labels));
        on.finish();
        count.samples += batch;
    }

    @TearDown
    public void tearDown() {
        step.close();
    }
}
