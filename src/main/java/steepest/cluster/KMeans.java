package steepest.cluster;

import java.util.Arrays;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.NearestCentroid;
import steepest.fused.NearestCentroid.Assignment;

/**
 * K-means clustering: centroids such that the sum of squared distances of all points to their nearest one is small. It
 * starts by k-means++ (Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007) and goes on by
 * Lloyd's method (1982), or on mini-batches (Sculley, "Web-scale k-means clustering", WWW 2010, algorithm 1).
 *
 * <p>Distances and sums are computed on a device; random choices are made on the host from Philox bits, so the same
 * settings and points give the same clusters there every time. A cluster that loses all its points takes the point that
 * lies farthest from its centroid. Immutable; the methods that change a setting return another one.
 *
 * @param clusters how many
 * @param iterations at most so many passes over the points
 * @param tolerance done when the centroids move, by the sum of squares, no more than this times the points' mean variance
 * @param restarts so many runs from different starts, of which the best is taken
 * @param batch points in a mini-batch; 0 for Lloyd's method
 */
public record KMeans(int clusters, int iterations, double tolerance, int restarts, int batch, long seed) {
    /** Words of random bits are keyed by purpose, so that one never uses another's. */
    private static final int START = 0;

    private static final int ORDER = 1;

    public KMeans {
        if (clusters < 1 || iterations < 1 || restarts < 1)
            throw SteepestException.of(
                    "k-means: clusters, iterations and restarts must be at least 1, got %d, %d and %d",
                    clusters, iterations, restarts);
        if (!(tolerance >= 0)) throw SteepestException.of("k-means: tolerance must be at least 0, got %s", tolerance);
        if (batch < 0) throw SteepestException.of("k-means: a batch has at least 1 point, got %d", batch);
    }

    /** Lloyd's method in at most 300 iterations, tolerance 1e-4, one run, seed 0. */
    public static KMeans of(int clusters) {
        return new KMeans(clusters, 300, 1e-4, 1, 0, 0);
    }

    public KMeans iterations(int iterations) {
        return new KMeans(clusters, iterations, tolerance, restarts, batch, seed);
    }

    public KMeans tolerance(double tolerance) {
        return new KMeans(clusters, iterations, tolerance, restarts, batch, seed);
    }

    public KMeans restarts(int restarts) {
        return new KMeans(clusters, iterations, tolerance, restarts, batch, seed);
    }

    public KMeans miniBatch(int points) {
        if (points < 1) throw SteepestException.of("k-means: a batch has at least 1 point, got %d", points);
        return new KMeans(clusters, iterations, tolerance, restarts, points, seed);
    }

    public KMeans seed(long seed) {
        return new KMeans(clusters, iterations, tolerance, restarts, batch, seed);
    }

    /**
     * @param centroids F32 {@code [clusters, D]}
     * @param labels for each point its cluster
     * @param inertia the sum of the squared distances of all points to their centroids
     * @param iterations passes over the points that were made
     * @param converged whether the centroids had come to rest
     */
    public record Result(HostArray centroids, int[] labels, double inertia, int iterations, boolean converged) {
        /** The nearest cluster of each of other points, F32 {@code [M, D]}. */
        public int[] assign(HostArray points, Device device) {
            try (Program p =
                    Program.of((x, c) -> NearestCentroid.assign(x, c).index()).on(device)) {
                return p.call(Tensor.of(points), Tensor.of(centroids)).toInts();
            }
        }
    }

    /**
     * Clusters the rows of {@code points}, F32 {@code [N, D]}.
     *
     * @throws SteepestException if there are less points than clusters, or one is not finite
     */
    public Result fit(HostArray points, Device device) {
        check(points);
        try (Run run = new Run(points, device)) {
            Result best = null;
            for (int r = 0; r < restarts; r++) {
                Result result = run.fit(r);
                if (best == null || result.inertia < best.inertia) best = result;
            }
            return best;
        }
    }

    private void check(HostArray points) {
        if (points.dtype() != DType.F32
                || points.shape().rank() != 2
                || points.shape().dim(1) == 0)
            throw SteepestException.of("k-means: takes points f32[N,D], got %s", points.spec());
        if (points.shape().dim(0) < clusters)
            throw SteepestException.of(
                    "k-means: %d clusters need as many points, got %d",
                    clusters, points.shape().dim(0));
        float[] x = points.floats();
        for (int i = 0; i < x.length; i++)
            if (!Float.isFinite(x[i]))
                throw SteepestException.of(
                        "k-means: point %d is not finite", i / points.shape().dim(1));
    }

    /** The clustering of one set of points. */
    private final class Run implements AutoCloseable {
        private final int n;
        private final int d;
        private final double[] mean;
        private final double variance;
        private final float[] x; // centred: distances between points far from 0 would lose their digits
        private final Tensor all;
        private final Program assign;
        private final Program update;

        Run(HostArray points, Device device) {
            n = points.shape().dim(0);
            d = points.shape().dim(1);
            x = points.floats().clone();
            mean = new double[d];
            for (int i = 0; i < x.length; i++) mean[i % d] += x[i] / (double) n;
            double square = 0;
            for (int i = 0; i < x.length; i++) {
                double centred = x[i] - mean[i % d];
                square += centred * centred;
                x[i] = (float) centred;
            }
            variance = square / x.length;
            all = Tensor.of(HostArray.of(x, points.shape()));
            assign = Program.of(2, (in, pass) -> {
                        Assignment a = NearestCentroid.assign(in.get(0), in.get(1));
                        return steepest.Step.of(a.index(), a.distance());
                    })
                    .on(device);
            update = Program.of(2, (in, pass) -> {
                        Tensor p = in.get(0);
                        Assignment a = NearestCentroid.assign(p, in.get(1));
                        Tensor rows = a.index().unsqueeze(1).expand(p.shape());
                        Tensor one = Tensor.ones(p.shape().dim(0));
                        return steepest.Step.of(
                                a.index(),
                                a.distance(),
                                p.scatterAdd(0, rows, clusters),
                                one.scatterAdd(0, a.index(), clusters));
                    })
                    .on(device);
        }

        @Override
        public void close() {
            assign.close();
            update.close();
        }

        Result fit(int restart) {
            float[] c = start(restart);
            double enough = tolerance * variance;
            int pass = 0;
            boolean done = false;
            int[] labels = null;
            double[] seen = new double[clusters];
            while (pass < iterations && !done) {
                float[] before = c.clone();
                if (batch == 0) {
                    Sums s = sums(all, c);
                    s.fillEmpty(x, d);
                    done = Arrays.equals(labels, s.labels);
                    labels = s.labels;
                    for (int k = 0; k < clusters; k++) if (s.counts[k] > 0) s.mean(k, d, c);
                } else {
                    miniBatches(c, seen, restart, pass);
                }
                pass++;
                done |= moved(before, c) <= enough;
            }
            if (batch > 0) occupy(c);
            return result(c, pass, done);
        }

        private double moved(float[] a, float[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) sum += (a[i] - (double) b[i]) * (a[i] - (double) b[i]);
            return sum;
        }

        private Result result(float[] c, int passes, boolean converged) {
            var out = assign.run(all, centroids(c));
            double inertia = 0;
            for (float distance : out.get(1).toFloats()) inertia += distance;
            float[] home = new float[c.length];
            for (int i = 0; i < c.length; i++) home[i] = (float) (c[i] + mean[i % d]);
            HostArray centroids = HostArray.of(home, Shape.of(clusters, d));
            return new Result(centroids, out.get(0).toInts(), inertia, passes, converged);
        }

        private Tensor centroids(float[] c) {
            return Tensor.of(HostArray.of(c.clone(), Shape.of(c.length / d, d)));
        }

        private Sums sums(Tensor points, float[] c) {
            var out = update.run(points, centroids(c));
            return new Sums(
                    out.get(0).toInts(),
                    out.get(1).toFloats(),
                    out.get(2).toHost().toDoubles(),
                    out.get(3).toHost().toDoubles());
        }

        /** k-means++: each new centroid is a point, drawn with the probability of its squared distance to the nearest. */
        private float[] start(int restart) {
            int[] bits = new int[2 * clusters];
            Philox.bits(new Rng.Key(seed, START), restart, 0, bits.length, bits, 0);
            float[] c = new float[clusters * d];
            double[] nearest = new double[n];
            Arrays.fill(nearest, 1); // the first one: all alike
            for (int k = 0; k < clusters; k++) {
                int chosen = draw(nearest, uniform(bits[2 * k], bits[2 * k + 1]));
                System.arraycopy(x, chosen * d, c, k * d, d);
                if (k == clusters - 1) break;
                float[] one = Arrays.copyOfRange(c, k * d, (k + 1) * d);
                float[] distance = assign.run(all, centroids(one)).get(1).toFloats();
                for (int i = 0; i < n; i++) nearest[i] = k == 0 ? distance[i] : Math.min(nearest[i], distance[i]);
                nearest[chosen] = 0;
            }
            return c;
        }

        /** The place at which the running sum of the weights passes the part u of the whole; any if all are 0. */
        private static int draw(double[] weights, double u) {
            double total = Arrays.stream(weights).sum();
            if (total == 0) return (int) (u * weights.length);
            double sum = 0;
            int last = 0;
            for (int i = 0; i < weights.length; i++) {
                if (weights[i] == 0) continue;
                last = i;
                sum += weights[i];
                if (sum > u * total) return i;
            }
            return last;
        }

        /** In [0, 1), of 53 bits. */
        private static double uniform(int high, int low) {
            return ((high & 0xffffffffL) << 21 | (low & 0xffffffffL) >>> 11) * 0x1p-53;
        }

        /** One pass over all points in random order; each centroid stays the mean of all points it has had so far. */
        private void miniBatches(float[] c, double[] seen, int restart, int pass) {
            int[] order = order(restart, pass);
            for (int from = 0; from < n; from += batch) {
                int size = Math.min(batch, n - from);
                float[] rows = new float[size * d];
                for (int i = 0; i < size; i++) System.arraycopy(x, order[from + i] * d, rows, i * d, d);
                Sums s = sums(Tensor.of(HostArray.of(rows, Shape.of(size, d))), c);
                for (int k = 0; k < clusters; k++) {
                    if (s.counts[k] == 0) continue;
                    seen[k] += s.counts[k];
                    for (int j = 0; j < d; j++)
                        c[k * d + j] += (float) ((s.sums[k * d + j] - s.counts[k] * c[k * d + j]) / seen[k]);
                }
            }
        }

        /** A shuffle by Fisher and Yates. */
        private int[] order(int restart, int pass) {
            int[] bits = new int[n];
            Philox.rowBits(new Rng.Key(seed, ORDER), pass, restart, 0, n, bits, 0);
            int[] order = new int[n];
            for (int i = 0; i < n; i++) order[i] = i;
            for (int i = n - 1; i > 0; i--) {
                int j = (int) ((bits[i] & 0xffffffffL) * (i + 1L) >>> 32);
                int t = order[i];
                order[i] = order[j];
                order[j] = t;
            }
            return order;
        }

        /** Gives clusters that mini-batches left without a point one each. */
        private void occupy(float[] c) {
            Sums s = sums(all, c);
            for (int k : s.fillEmpty(x, d)) s.mean(k, d, c);
        }
    }

    /** What one assignment of points gives: for each point its cluster and distance, for each cluster sum and count. */
    record Sums(int[] labels, float[] distances, double[] sums, double[] counts) {
        /** The mean of cluster k into row k of {@code c}. */
        void mean(int k, int d, float[] c) {
            for (int j = 0; j < d; j++) c[k * d + j] = (float) (sums[k * d + j] / counts[k]);
        }

        /**
         * Moves into each empty cluster the point farthest from its centroid (the first among equals) of those that are not
         * alone in theirs.
         *
         * @return the clusters that got one; none where all points lie on their centroids
         */
        int[] fillEmpty(float[] x, int d) {
            int[] filled = new int[counts.length];
            int n = 0;
            for (int k = 0; k < counts.length; k++) {
                if (counts[k] > 0) continue;
                int far = -1;
                for (int i = 0; i < labels.length; i++)
                    if (distances[i] > 0 && counts[labels[i]] > 1 && (far < 0 || distances[i] > distances[far]))
                        far = i;
                if (far < 0) break;
                int from = labels[far];
                for (int j = 0; j < d; j++) {
                    sums[from * d + j] -= x[far * d + j];
                    sums[k * d + j] = x[far * d + j];
                }
                counts[from]--;
                counts[k] = 1;
                labels[far] = k;
                distances[far] = 0;
                filled[n++] = k;
            }
            return Arrays.copyOf(filled, n);
        }
    }
}
