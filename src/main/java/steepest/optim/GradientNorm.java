package steepest.optim;

import java.util.List;
import steepest.SteepestException;
import steepest.Tensor;

/** The length of a gradient that lies in several tensors. */
public final class GradientNorm {
    private GradientNorm() {}

    /** The Euclidean norm of all elements of all tensors together, a scalar. @throws SteepestException if there are none */
    public static Tensor of(List<Tensor> gradients) {
        return gradients.stream()
                .map(g -> g.square().sum())
                .reduce(Tensor::add)
                .orElseThrow(() -> SteepestException.of("gradient norm: takes at least one tensor"))
                .sqrt();
    }

    /**
     * The gradients, scaled down together to the norm {@code maxNorm} where theirs is larger (Pascanu, Mikolov and Bengio,
     * "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1).
     *
     * @throws SteepestException if {@code maxNorm} is not above 0
     */
    public static List<Tensor> clip(List<Tensor> gradients, double maxNorm) {
        check(maxNorm);
        // the quotient of equal numbers is exactly 1, so below the limit nothing changes
        Tensor norm = of(gradients);
        Tensor limit = Tensor.scalar(maxNorm, norm.dtype());
        Tensor scale = limit.div(norm.maximum(limit));
        return gradients.stream().map(g -> g.mul(scale)).toList();
    }

    static double check(double maxNorm) {
        if (!(maxNorm > 0)) throw SteepestException.of("clip: expected a norm above 0, got %s", maxNorm);
        return maxNorm;
    }
}
