package steepest.robust;

import java.util.function.UnaryOperator;
import steepest.Rng;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.attack.Norm;
import steepest.data.Dataset;
import steepest.nn.Model;

/**
 * An attack unrolled into the graph of a training step: projected gradient steps of fixed size. It stops at the last
 * iterate, whatever the best one was, and looks at the model in evaluation, so that dropout does not blind it and running
 * statistics do not see its examples. No gradient passes through what it returns.
 *
 * @param epsilon how far an example may lie from its sample, in the domain's units
 * @param step how far a step goes
 * @param start where it begins
 * @param domain where examples lie
 */
public record InnerAttack(Norm norm, double epsilon, double step, int steps, Start start, Dataset.Domain domain) {
    /** Where an attack begins. */
    public enum Start {
        /** At the sample, where the gradient of its own cross-entropy points outwards. */
        SAMPLE,
        /** Anywhere in the ball and the domain: a point of the ball, cut to the domain. */
        UNIFORM,
        /**
         * Anywhere in the ball, out of the domain too, so that only the step is cut to it. Where many inputs lie on the
         * domain's edge, as black pixels do, one step from a point cut to it nearly always ends on the ball's edge, and
         * training overfits to that as it does without a random start.
         */
        BALL,
        /** Normally distributed around the sample with deviation 0.001, where a divergence has a gradient. */
        NEAR
    }

    private static final double NEAR = 1e-3;

    public InnerAttack {
        if (norm != Norm.LINF && norm != Norm.L2)
            throw SteepestException.of("robust training: norm must be linf or l2, got %s", norm);
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("robust training: epsilon must be at least 0 and finite, got %s", epsilon);
        if (steps < 1) throw SteepestException.of("robust training: steps must be at least 1, got %d", steps);
        if (!(step > 0 && step < Double.POSITIVE_INFINITY))
            throw SteepestException.of("robust training: step must be above 0 and finite, got %s", step);
    }

    /**
     * The examples for x {@code [B, …]}.
     *
     * @param climbs what is to grow: from logits {@code [B, K]} a value for each sample, {@code [B]}
     */
    public Tensor examples(Model model, Tensor x, Rng rng, UnaryOperator<Tensor> climbs) {
        if (epsilon == 0) return x;
        Tensor at = begin(x, rng);
        for (int i = 0; i < steps; i++) {
            // the sum: a sample's gradient knows no batch
            Tensor g = climbs.apply(model.apply(at)).sum().grad(at);
            at = project(x, at.add(norm.ascent(g).mul(step))).detach();
        }
        return at;
    }

    private Tensor begin(Tensor x, Rng rng) {
        return switch (start) {
            case SAMPLE -> x;
            case UNIFORM -> project(x, anywhere(x, rng)).detach();
            case BALL -> anywhere(x, rng);
            case NEAR -> project(x, x.add(rng.normal(x.shape()).mul(NEAR))).detach();
        };
    }

    private Tensor anywhere(Tensor x, Rng rng) {
        return x.add(norm.noise(rng, x.shape(), Tensor.iota(x.shape().dim(0)), epsilon))
                .detach();
    }

    private Tensor project(Tensor x, Tensor z) {
        return norm.project(x, z, epsilon, Tensor.scalar(domain.low()), Tensor.scalar(domain.high()));
    }
}
