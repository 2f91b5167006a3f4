package steepest.bench;

import java.util.Arrays;
import java.util.Locale;
import steepest.Device;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.cluster.KMeans;

/**
 * Seconds that an iteration of Lloyd's takes: {@code KMeansRate POINTS DIMENSIONS CLUSTERS DEVICE}. Two clusterings of uniform
 * points that differ in nothing but their iterations, after one that warms up; their difference leaves out the start, by
 * k-means++, and the last assignment. Prints seconds for an iteration, seconds for the rest, and GFLOP/s of an iteration, of
 * which a multiplication and an addition are counted for each point, cluster and dimension.
 */
public final class KMeansRate {
    private static final int FEW = 2;
    private static final int MORE = 8;
    private static final int ROUNDS = 3;

    private KMeansRate() {}

    public static void main(String[] args) {
        int points = Integer.parseInt(args[0]);
        int dimensions = Integer.parseInt(args[1]);
        int clusters = Integer.parseInt(args[2]);
        Device device = Device.of(args[3]);
        Device.setDefault(device);
        HostArray x = Rng.seed(1).uniform(Shape.of(points, dimensions)).toHost();
        KMeans kmeans = KMeans.of(clusters).tolerance(0);
        seconds(kmeans, FEW, x, device);
        double[] iteration = new double[ROUNDS];
        double[] rest = new double[ROUNDS];
        for (int r = 0; r < ROUNDS; r++) {
            double few = seconds(kmeans, FEW, x, device);
            double more = seconds(kmeans, MORE, x, device);
            iteration[r] = (more - few) / (MORE - FEW);
            rest[r] = few - FEW * iteration[r];
        }
        Arrays.sort(iteration);
        Arrays.sort(rest);
        double each = iteration[ROUNDS / 2];
        System.out.printf(
                Locale.ROOT, "%.3f %.3f %.0f%n", each, rest[ROUNDS / 2], 2e-9 * points * dimensions * clusters / each);
    }

    private static double seconds(KMeans kmeans, int iterations, HostArray points, Device device) {
        long start = System.nanoTime();
        KMeans.Result result = kmeans.iterations(iterations).fit(points, device);
        if (result.iterations() != iterations)
            throw new IllegalStateException("expected " + iterations + " iterations, made " + result.iterations());
        return (System.nanoTime() - start) * 1e-9;
    }
}
