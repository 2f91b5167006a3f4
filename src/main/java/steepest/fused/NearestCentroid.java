package steepest.fused;

import java.util.List;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * The assignment step of k-means (Lloyd, "Least squares quantization in PCM", 1982): points x {@code [N, D]}, centroids c
 * {@code [K, D]} and their squared norms {@code [K]} give for each point the number of the nearest centroid, I32 {@code
 * [N]}, the first among equals, and {@code min ‖c‖² − 2 x·c}, {@code [N]}: the squared Euclidean distance without {@code
 * ‖x‖²}, which is the same for all centroids. Where a centroid's is NaN, the first such centroid is the nearest.
 *
 * <p>The products are one matrix product, whose result {@code [N, K]} a fast kernel never stores. Where a distance is
 * small against the norms, few digits of it are left; points far from 0 should be centred first.
 */
public record NearestCentroid() implements Fused {
    /** For each point its nearest centroid, I32 {@code [N]}, and the squared distance, {@code [N]}. */
    public record Assignment(Tensor index, Tensor distance) {}

    public static Assignment assign(Tensor points, Tensor centroids) {
        check(points, centroids);
        return assign(points, norms(points), centroids);
    }

    /** As {@link #assign(Tensor, Tensor)}, for points whose {@link #norms} are known. */
    public static Assignment assign(Tensor points, Tensor norms, Tensor centroids) {
        check(points, centroids);
        Tensor index = Tensor.apply(new NearestCentroid(), points, centroids, norms(centroids));
        Tensor distance = index.node().output(1).add(norms);
        // rounding may leave a point on its centroid below 0
        return new Assignment(index, distance.maximum(Tensor.literal(0, points.dtype())));
    }

    /** The squared norms of rows {@code [N, D]}, {@code [N]}. */
    public static Tensor norms(Tensor rows) {
        return rows.square().sum(1);
    }

    private static void check(Tensor x, Tensor c) {
        if (x.shape().rank() != 2
                || c.shape().rank() != 2
                || x.shape().dim(1) != c.shape().dim(1)
                || c.shape().dim(0) == 0)
            throw SteepestException.of(
                    "nearestCentroid: takes points f32[N,D] and at least one centroid f32[K,D], got %s and %s",
                    x.spec(), c.spec());
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor c = in.get(1);
        Tensor relative = in.get(2).sub(x.matmul(c.t()).mul(Tensor.literal(2, x.dtype())));
        Tensor index = relative.argmin(1);
        return List.of(index, relative.gather(1, index.unsqueeze(1)).squeeze(1));
    }
}
