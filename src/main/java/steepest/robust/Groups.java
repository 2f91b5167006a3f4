package steepest.robust;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import steepest.Device;
import steepest.HostArray;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.cluster.KMeans;

/**
 * Samples in groups.
 *
 * @param label for each sample its group
 * @param distance for each sample the squared distance to its group's centroid
 * @param count how many groups; one may be empty
 */
record Groups(int[] label, float[] distance, int count) {
    /**
     * By k-means.
     *
     * @param features F32 {@code [N, …]}
     * @param classes for each sample its class, if no group may have samples of two; null otherwise
     */
    static Groups clustered(HostArray features, KMeans kmeans, int[] classes, Device device) {
        int n = features.shape().dim(0);
        int d = features.size() / n;
        HostArray points = features.reshape(Shape.of(n, d));
        if (classes == null) return measured(points, kmeans.fit(points, device).labels(), kmeans.clusters(), device);
        int[] label = new int[n];
        int[] shares = shares(classes, kmeans.clusters());
        int first = 0;
        for (int c = 0; c < shares.length; c++) {
            int of = c;
            int[] members = IntStream.range(0, n).filter(i -> classes[i] == of).toArray();
            if (members.length == 0) continue;
            KMeans own = new KMeans(
                    shares[c],
                    kmeans.iterations(),
                    kmeans.tolerance(),
                    kmeans.restarts(),
                    kmeans.batch(),
                    kmeans.seed());
            int[] labels = own.fit(rows(points, members), device).labels();
            for (int i = 0; i < members.length; i++) label[members[i]] = first + labels[i];
            first += shares[c];
        }
        return measured(points, label, kmeans.clusters(), device);
    }

    /** At random, of sizes that differ by one at most; without the features only the distances would be missing. */
    static Groups random(HostArray features, int count, long seed, Device device) {
        int n = features.shape().dim(0);
        if (count > n) throw SteepestException.of("random groups: %d groups need as many samples, got %d", count, n);
        int[] order = shuffled(n, seed);
        int[] label = new int[n];
        for (int i = 0; i < n; i++) label[order[i]] = i % count;
        return measured(features.reshape(Shape.of(n, features.size() / n)), label, count, device);
    }

    /** 0 … n − 1 in an order that the seed alone determines. */
    static int[] shuffled(int n, long seed) {
        int[] bits = new int[n];
        Philox.bits(Rng.seed(seed).fork(17).next(), 0, 0, n, bits, 0);
        return IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.<Integer>comparingLong(i -> Integer.toUnsignedLong(bits[i]))
                        .thenComparing(i -> i))
                .mapToInt(i -> i)
                .toArray();
    }

    /** Groups for each class, in proportion to its samples: at least one, the rest by largest remainders. */
    static int[] shares(int[] classes, int count) {
        int k = Arrays.stream(classes).max().orElse(-1) + 1;
        int[] size = new int[k];
        for (int c : classes) size[c]++;
        int present = (int) Arrays.stream(size).filter(s -> s > 0).count();
        if (count < present)
            throw SteepestException.of("clusters of one class each: expected at least %d, got %d", present, count);
        int[] share = new int[k];
        int left = count;
        for (int c = 0; c < k; c++) {
            if (size[c] == 0) continue;
            share[c] = Math.max(1, (int) ((long) count * size[c] / classes.length));
            left -= share[c];
        }
        // one by one to or from the class whose samples have the most, or the least, of them to a cluster
        for (; left > 0; left--) share[extreme(size, share, 1)]++;
        for (; left < 0; left++) share[extreme(size, share, -1)]--;
        return share;
    }

    private static int extreme(int[] size, int[] share, int sign) {
        int best = -1;
        for (int c = 0; c < size.length; c++) {
            if (size[c] == 0 || sign < 0 && share[c] < 2) continue;
            if (best < 0 || sign * ((double) size[c] / share[c] - (double) size[best] / share[best]) > 0) best = c;
        }
        return best;
    }

    private static HostArray rows(HostArray points, int[] rows) {
        int d = points.shape().dim(1);
        float[] to = new float[rows.length * d];
        for (int i = 0; i < rows.length; i++) System.arraycopy(points.floats(), rows[i] * d, to, i * d, d);
        return HostArray.of(to, Shape.of(rows.length, d));
    }

    private static Groups measured(HostArray points, int[] label, int count, Device device) {
        try (Program p = Program.of((x, of) -> {
                    Tensor each =
                            Tensor.ones(label.length).scatterAdd(0, of, count).maximum(1);
                    Tensor centroids = x.scatterAdd(0, of.unsqueeze(1).expand(x.shape()), count)
                            .div(each.unsqueeze(1));
                    return Step.of(x.sub(centroids.take(0, of)).square().sum(1));
                })
                .on(device)) {
            float[] distance = p.run(Tensor.of(points), Tensor.of(label)).get(0).toFloats();
            return new Groups(label, distance, count);
        }
    }

    /** The members of each group, in order. */
    List<int[]> members() {
        int[] size = new int[count];
        for (int l : label) size[l]++;
        List<int[]> members = new ArrayList<>();
        for (int s : size) members.add(new int[s]);
        int[] at = new int[count];
        for (int i = 0; i < label.length; i++) members.get(label[i])[at[label[i]]++] = i;
        return members;
    }

    /** Up to {@code most} members of each group, those with the least weight; the first among equals. */
    List<int[]> least(float[] weight, int most) {
        return members().stream()
                .map(all -> Arrays.stream(all)
                        .boxed()
                        .sorted(Comparator.<Integer>comparingDouble(i -> weight[i])
                                .thenComparing(i -> i))
                        .limit(most)
                        .mapToInt(i -> i)
                        .toArray())
                .toList();
    }
}
