package steepest.attack;

import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.flatten;
import static steepest.nn.Layers.relu;

import java.util.stream.IntStream;
import steepest.Device;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Model;
import steepest.nn.Sequential;

/** Small models and samples to attack. */
final class Fixture {
    static final Dataset.Domain UNIT = Dataset.Domain.UNIT;
    /** The smallest picture that pools, windows and stripes make sense on. */
    static final Shape PICTURE = Shape.of(1, 6, 6);

    private Fixture() {}

    static Device device() {
        return Device.ref();
    }

    /** {@code x Wᵀ + b}, W {@code [K, D]}. */
    static Model linear(float[][] w, float[] b) {
        Tensor weight = Tensor.of(w);
        Tensor bias = Tensor.of(b);
        return x -> x.flatten(1).matmul(weight.t()).add(bias);
    }

    /** A network 36-16-5 with random weights. */
    static Sequential net(long seed) {
        Device.setDefault(device());
        return Sequential.of(flatten(), dense(36, 16), relu(), dense(16, 5)).init(Rng.seed(seed));
    }

    /** Samples {@code [n, 1, 6, 6]} with pixels in [0.2, 0.8], of the classes that the model sees in them but for each eighth. */
    static Samples samples(Model model, int n, int classes) {
        return samples(model, n, classes, PICTURE);
    }

    static Samples samples(Model model, int n, int classes, Shape picture) {
        float[] x = uniform(7, n * (int) picture.size());
        for (int i = 0; i < x.length; i++) x[i] = 0.2f + 0.6f * x[i];
        HostArray images = HostArray.of(x, Shape.of(n).concat(picture));
        int[] y;
        try (Victim v = new Victim(model, UNIT, device(), n)) {
            y = v.predict(images);
        }
        for (int i = 7; i < n; i += 8) y[i] = (y[i] + 1) % classes;
        return new Samples(images, y, IntStream.range(0, n).map(i -> 100 + i).toArray());
    }

    /** Uniform floats in [0, 1). */
    static float[] uniform(long seed, int n) {
        int[] bits = new int[n];
        Philox.bits(Rng.seed(seed).next(), 0, 0, n, bits, 0);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) u[i] = Philox.uniform(bits[i]);
        return u;
    }

    static Verdict judge(Model model, Attack attack, Samples samples, int batch, long seed) {
        return judge(model, attack, samples, batch, seed, device());
    }

    static Verdict judge(Model model, Attack attack, Samples samples, int batch, long seed, Device device) {
        try (Judge judge = new Judge(model, UNIT, device, batch)) {
            return judge.judge(attack, samples, seed);
        }
    }
}
