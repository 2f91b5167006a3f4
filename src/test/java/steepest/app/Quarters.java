package steepest.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.data.Idx;

/** Pictures 8×8 of a bright quarter, of which four classes any model learns at once. */
final class Quarters {
    static final int CLASSES = 4;

    private Quarters() {}

    /** Writes training and test samples; returns the dataset's name. */
    static String write(Path directory, int train, int test) throws IOException {
        Path files = Files.createDirectories(directory.resolve("quarters"));
        write(files.resolve("train"), train, 1L);
        write(files.resolve("t10k"), test, 2L);
        return "idx:" + files;
    }

    private static void write(Path prefix, int n, long seed) {
        var random = new Random(seed);
        byte[] pixels = new byte[n * 64];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) (i % CLASSES);
            for (int p = 0; p < 64; p++) {
                int quarter = (p / 32) * 2 + (p % 8) / 4;
                pixels[i * 64 + p] = (byte) (random.nextInt(90) + (quarter == labels[i] ? 110 : 40));
            }
        }
        Idx.write(Path.of(prefix + "-images-idx3-ubyte"), HostArray.of(DType.U8, pixels, Shape.of(n, 8, 8)));
        Idx.write(Path.of(prefix + "-labels-idx1-ubyte"), HostArray.of(DType.U8, labels, Shape.of(n)));
    }
}
