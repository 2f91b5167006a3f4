package steepest.fused;

import java.util.List;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * The assignment step of k-means (Lloyd, "Least squares quantization in PCM", 1982): points {@code [N, D]} and centroids
 * {@code [K, D]} give for each point the number of the nearest centroid, I32 {@code [N]}, the first among equals, and the
 * squared Euclidean distance to it, {@code [N]}.
 *
 * <p>The squared distances are {@code ‖x‖² − 2 x·c + ‖c‖²}: one matrix product. Where a distance is small against the
 * norms, few digits of it are left; points far from 0 should be centred first.
 */
public record NearestCentroid() implements Fused {
    /** For each point its nearest centroid, I32 {@code [N]}, and the squared distance, {@code [N]}. */
    public record Assignment(Tensor index, Tensor distance) {}

    public static Assignment assign(Tensor points, Tensor centroids) {
        Tensor index = Tensor.apply(new NearestCentroid(), points, centroids);
        return new Assignment(index, index.node().output(1));
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor c = in.get(1);
        if (x.shape().rank() != 2
                || c.shape().rank() != 2
                || x.shape().dim(1) != c.shape().dim(1)
                || c.shape().dim(0) == 0)
            throw SteepestException.of(
                    "nearestCentroid: takes points f32[N,D] and at least one centroid f32[K,D], got %s and %s",
                    x.spec(), c.spec());
        // ‖x‖² is the same for all centroids: the nearest is found without it
        Tensor relative = c.square().sum(1).sub(x.matmul(c.t()).mul(Tensor.literal(2, x.dtype())));
        Tensor index = relative.argmin(1);
        Tensor nearest =
                relative.gather(1, index.unsqueeze(1)).squeeze(1).add(x.square().sum(1));
        // rounding may leave a point on its centroid below 0
        return List.of(index, nearest.maximum(Tensor.literal(0, x.dtype())));
    }
}
