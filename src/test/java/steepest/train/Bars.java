package steepest.train;

import java.util.List;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.data.Dataset;

/** A problem made up: noisy 8×8 pictures with a bright bar in one of four places, the same ones for the same seed. */
final class Bars {
    static final int CLASSES = 4;

    private Bars() {}

    static Dataset of(int samples, long seed) {
        float[] noise = uniform(samples * 64, seed);
        int[] labels = new int[samples];
        for (int i = 0; i < samples; i++) {
            labels[i] = i * 7 % CLASSES;
            for (int row = 0; row < 8; row++)
                for (int column = 0; column < 8; column++) {
                    int at = i * 64 + row * 8 + column;
                    noise[at] = column / 2 == labels[i] ? 0.4f + 0.6f * noise[at] : 0.6f * noise[at];
                }
        }
        HostArray images = HostArray.of(noise, Shape.of(samples, 1, 8, 8));
        return Dataset.ofFloats("bars", images, labels, List.of("a", "b", "c", "d"));
    }

    private static float[] uniform(int n, long seed) {
        int[] bits = new int[n];
        Philox.bits(Rng.seed(seed).next(), 0, 0, n, bits, 0);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) u[i] = Philox.uniform(bits[i]);
        return u;
    }

    /** A small run that is over in a moment on any device. */
    static TrainConfig config(String device) {
        return TrainConfig.of("bars")
                .withModel("mlp")
                .withEpochs(2)
                .withBatch(16)
                .withSeed(1)
                .withDevice(device);
    }

    static Trainer trainer(TrainConfig config) {
        return new Trainer(config, of(200, 1), of(60, 2));
    }
}
