package steepest.cluster;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.fused.NearestCentroid;
import steepest.fused.NearestCentroid.Assignment;

/**
 * K-means clustering: centroids such that the sum of squared distances of all points to their nearest one is small. It
 * starts by k-means++ (Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007) and goes on by
 * Lloyd's method (1982), or on mini-batches (Sculley, "Web-scale k-means clustering", WWW 2010, algorithm 1).
 *
 * <p>Points and centroids stay on the device, which assigns, sums and divides; random choices are made on the host from
 * Philox bits, so the same settings and points give the same clusters there every time. A cluster that loses all its points takes the point that
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

    /** Candidates for centroids that are drawn at a time. */
    private static final int ROUND = 64;

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

    /** The places of the points that each run begins at, in the order in which they were drawn. */
    List<int[]> starts(HostArray points, Device device) {
        check(points);
        try (Run run = new Run(points, device)) {
            return IntStream.range(0, restarts).mapToObj(run::start).toList();
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
        private final Tensor points;
        private final Tensor norms;
        private final Program assign;
        private final Program lloyd;
        private final Program miniBatch;
        private final Program moved;

        Run(HostArray all, Device device) {
            n = all.shape().dim(0);
            d = all.shape().dim(1);
            x = all.floats().clone();
            mean = new double[d];
            for (int i = 0; i < n; i++) for (int j = 0; j < d; j++) mean[j] += x[i * d + j] / (double) n;
            double square = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < d; j++) {
                    double centred = x[i * d + j] - mean[j];
                    square += centred * centred;
                    x[i * d + j] = (float) centred;
                }
            variance = square / x.length;
            points = Tensor.of(HostArray.of(x, all.shape()));
            assign = Program.of(3, (in, pass) -> {
                        Assignment a = NearestCentroid.assign(in.get(0), in.get(1), in.get(2));
                        return Step.of(a.index(), a.distance());
                    })
                    .on(device);
            lloyd = Program.of(4, (in, pass) -> lloyd(in)).on(device);
            miniBatch = Program.of(4, (in, pass) -> miniBatch(in)).on(device);
            moved = Program.of((a, b) -> b.sub(a).square().sum()).on(device);
            try (Program p = Program.of(NearestCentroid::norms).on(device)) {
                norms = p.call(points);
            }
        }

        @Override
        public void close() {
            for (Program p : List.of(assign, lloyd, miniBatch, moved)) p.close();
        }

        /** Sums and counts of the points that are assigned to each cluster. */
        private Tensor sums(Tensor p, Tensor index) {
            return p.scatterAdd(0, index.unsqueeze(1).expand(p.shape()), clusters);
        }

        private Tensor counts(Tensor index) {
            return Tensor.ones(index.shape().dim(0)).scatterAdd(0, index, clusters);
        }

        /**
         * An iteration of Lloyd's: points, their norms, centroids and labels give new centroids and labels, and three
         * numbers: how many labels changed, how far the centroids moved, how many clusters are empty; then what {@link
         * Sums} takes.
         */
        private Step lloyd(List<Tensor> in) {
            Tensor p = in.get(0);
            Tensor c = in.get(2);
            Assignment a = NearestCentroid.assign(p, in.get(1), c);
            Tensor sums = sums(p, a.index());
            Tensor counts = counts(a.index());
            Tensor each = counts.unsqueeze(1);
            Tensor next = Tensor.where(each.gt(0).expand(c.shape()), sums.div(each), c);
            Tensor status = Tensor.stack(
                    0,
                    List.of(
                            a.index().ne(in.get(3)).cast(DType.F32).sum(),
                            next.sub(c).square().sum(),
                            counts.eq(0).cast(DType.F32).sum()));
            return Step.of(next, a.index(), status, a.distance(), sums, counts);
        }

        /**
         * A batch: all points, which of them, centroids and the points that each has had so far give the new ones of the
         * last two. Each centroid stays the mean of all points it has had.
         */
        private Step miniBatch(List<Tensor> in) {
            Tensor p = in.get(0).take(0, in.get(1));
            Tensor c = in.get(2);
            Tensor index = NearestCentroid.assign(p, c).index();
            Tensor counts = counts(index);
            Tensor each = counts.unsqueeze(1);
            Tensor seen = in.get(3).add(counts);
            Tensor next = c.add(sums(p, index).sub(c.mul(each)).div(seen.unsqueeze(1)));
            return Step.of(Tensor.where(each.gt(0).expand(c.shape()), next, c), seen);
        }

        Result fit(int restart) {
            Tensor c = centroids(rows(start(restart), 0, clusters, clusters));
            double enough = tolerance * variance;
            int pass = 0;
            boolean done = false;
            Tensor labels = Tensor.full(-1, n).cast(DType.I32);
            Tensor seen = Tensor.zeros(clusters);
            while (pass < iterations && !done) {
                Tensor before = c;
                double far;
                if (batch == 0) {
                    List<Tensor> out = lloyd.run(points, norms, c, labels);
                    float[] status = out.get(2).toFloats();
                    c = out.get(0);
                    far = status[1];
                    if (status[2] > 0) {
                        Sums s = sums(out);
                        s.fillEmpty(x, d);
                        c = centroids(s.means(d, c.toFloats()));
                        far = moved.call(before, c).item();
                        done = Arrays.equals(labels.toInts(), s.labels);
                        labels = Tensor.of(s.labels);
                    } else {
                        done = status[0] == 0;
                        labels = out.get(1);
                    }
                } else {
                    int[] order = order(restart, pass);
                    for (int from = 0; from < n; from += batch) {
                        Tensor rows = Tensor.of(Arrays.copyOfRange(order, from, Math.min(n, from + batch)));
                        List<Tensor> out = miniBatch.run(points, rows, c, seen);
                        c = out.get(0);
                        seen = out.get(1);
                    }
                    far = moved.call(before, c).item();
                }
                pass++;
                done |= far <= enough;
            }
            return result(batch > 0 ? occupied(c) : c, pass, done);
        }

        private Tensor centroids(float[] c) {
            return Tensor.of(HostArray.of(c, Shape.of(c.length / d, d)));
        }

        private Sums sums(List<Tensor> out) {
            return new Sums(
                    out.get(1).toInts(),
                    out.get(3).toFloats(),
                    out.get(4).toHost().toDoubles(),
                    out.get(5).toHost().toDoubles());
        }

        /** Gives clusters that mini-batches left without a point one each. */
        private Tensor occupied(Tensor c) {
            Sums s = sums(lloyd.run(points, norms, c, Tensor.full(-1, n).cast(DType.I32)));
            float[] home = c.toFloats();
            for (int k : s.fillEmpty(x, d)) s.mean(k, d, home);
            return centroids(home);
        }

        private Result result(Tensor c, int passes, boolean converged) {
            List<Tensor> out = assign.run(points, norms, c);
            double inertia = 0;
            for (float distance : out.get(1).toFloats()) inertia += distance;
            float[] home = c.toFloats();
            for (int i = 0; i < home.length; i++) home[i] = (float) (home[i] + mean[i % d]);
            HostArray centroids = HostArray.of(home, c.shape());
            return new Result(centroids, out.get(0).toInts(), inertia, passes, converged);
        }

        /**
         * k-means++: each new centroid is a point, drawn with the probability of its squared distance to the nearest. Points
         * are drawn some at a time by the distances before them all, and each is kept with the probability to which those
         * kept before it have shortened its own: so the device looks at all points once in a round, not once for each
         * centroid, and the distribution is the same (Cohen-Addad et al., "Fast and accurate k-means++ via rejection
         * sampling", NeurIPS 2020).
         */
        private int[] start(int restart) {
            Rng.Key key = new Rng.Key(seed, START);
            int[] chosen = new int[clusters];
            double[] nearest = new double[n];
            Arrays.fill(nearest, Double.POSITIVE_INFINITY);
            int[] bits = new int[4 * ROUND];
            Philox.rowBits(key, restart, 0, 0, bits.length, bits, 0);
            chosen[0] = (int) (uniform(bits, 0) * n);
            int kept = 1;
            for (int round = 1, first = 0; kept < clusters; round++) {
                // always one of a few shapes: what lacks to a power of two is repeated
                int draws = Math.min(ROUND, Integer.highestOneBit(kept));
                shorten(nearest, chosen, first, kept, draws);
                double[] sums = runningSums(nearest);
                first = kept;
                Philox.rowBits(key, restart, round, 0, bits.length, bits, 0);
                for (int r = 0; r < draws && kept < clusters; r++) {
                    int drawn = draw(sums, uniform(bits, 4 * r));
                    double now = nearest[drawn];
                    for (int k = first; k < kept; k++) now = Math.min(now, distance(drawn, chosen[k]));
                    if (uniform(bits, 4 * r + 2) * nearest[drawn] > now) continue;
                    chosen[kept++] = drawn;
                }
            }
            return chosen;
        }

        /** The distances to the nearest centroid, now that centroids {@code from} to {@code to} are there too. */
        private void shorten(double[] nearest, int[] chosen, int from, int to, int width) {
            if (from == to) return;
            float[] some = rows(chosen, from, to, Math.max(width, to - from));
            float[] distance = assign.run(points, norms, centroids(some)).get(1).toFloats();
            for (int i = 0; i < n; i++) nearest[i] = Math.min(nearest[i], distance[i]);
            for (int k = from; k < to; k++) nearest[chosen[k]] = 0;
        }

        /** The chosen points {@code from} to {@code to}, the last repeated until there are {@code count}. */
        private float[] rows(int[] chosen, int from, int to, int count) {
            float[] c = new float[count * d];
            for (int k = 0; k < count; k++) System.arraycopy(x, chosen[Math.min(from + k, to - 1)] * d, c, k * d, d);
            return c;
        }

        private double distance(int i, int j) {
            double sum = 0;
            for (int k = 0; k < d; k++) {
                double difference = (double) x[i * d + k] - x[j * d + k];
                sum += difference * difference;
            }
            return sum;
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
    }

    private static double[] runningSums(double[] weights) {
        double[] sums = weights.clone();
        for (int i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
        return sums;
    }

    /** The place at which the running sum passes the part u of the whole; any if all weights are 0. */
    private static int draw(double[] sums, double u) {
        double total = sums[sums.length - 1];
        if (total == 0) return (int) (u * sums.length);
        double part = Math.min(u * total, Math.nextDown(total));
        int lo = 0;
        for (int hi = sums.length - 1; lo < hi; ) {
            int middle = (lo + hi) / 2;
            if (sums[middle] > part) hi = middle;
            else lo = middle + 1;
        }
        return lo;
    }

    /** In [0, 1), of 53 of the 64 bits at a place. */
    private static double uniform(int[] bits, int at) {
        return ((bits[at] & 0xffffffffL) << 21 | (bits[at + 1] & 0xffffffffL) >>> 11) * 0x1p-53;
    }

    /** What one assignment of points gives: for each point its cluster and distance, for each cluster sum and count. */
    record Sums(int[] labels, float[] distances, double[] sums, double[] counts) {
        /** The mean of each cluster, and what {@code c} is where it has no point. */
        float[] means(int d, float[] c) {
            for (int k = 0; k < counts.length; k++) if (counts[k] > 0) mean(k, d, c);
            return c;
        }

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
