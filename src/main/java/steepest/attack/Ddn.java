package steepest.attack;

import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Decoupled direction and norm (Rony et al., "Decoupling direction and norm for efficient gradient-based L2 adversarial
 * attacks and defenses", CVPR 2019, algorithm 1, without its rounding to 8 bits): steps along the gradient; the radius then
 * shrinks where the last point was adversarial, and grows where not.
 */
public final class Ddn extends LaneAttack {
    private final int steps;
    private final double gamma;
    private final double radius;

    /**
     * @param gamma by what fraction the radius changes in a step
     * @param radius the first one
     */
    public Ddn(Budget budget, int steps, double gamma, double radius) {
        super(budget);
        if (budget.norm() != Norm.L2) throw SteepestException.of("attack ddn: norm must be l2, got %s", budget.norm());
        if (steps < 1) throw SteepestException.of("attack ddn: steps must be at least 1, got %d", steps);
        if (!(gamma > 0 && gamma < 1) || !(radius > 0))
            throw SteepestException.of(
                    "attack ddn: gamma must be in (0, 1) and radius more than 0, got %s and %s", gamma, radius);
        this.steps = steps;
        this.gamma = gamma;
        this.radius = radius;
    }

    @Override
    public String name() {
        return "ddn";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /** Nearest example and its distance, the point to look at, the direction so far, the radius, steps so far. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        return List.of(pixels, each, pixels, pixels, each, each);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(
                (task, s, rng) -> new Phase.Turn(
                        task.nobody(),
                        List.of(
                                task.x(),
                                Batched.full(Task.FAR, task.y()),
                                task.x(),
                                s.get(3),
                                Batched.full(radius, task.y()),
                                s.get(5))),
                0,
                0);
        return List.of(
                begin.times(1, 0),
                new Phase(this::step, 1, 0).times(steps, 0),
                new Phase(this::last, 0, 1).times(1, 0));
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(2);
        Tensor logits = task.logits(at);
        Tensor g = task.crossEntropy(logits).sum().grad(at);
        Tensor reached = task.reached(logits);
        Task.Nearest best = task.nearer(s.get(0), s.get(1), at, reached);
        // from 1 to 0.01 along a cosine
        Tensor alpha = s.get(5).mul(Math.PI / steps).cos().add(1).mul(0.495).add(0.01);
        Tensor delta = s.get(3).add(Batched.scale(Norm.L2.ascent(g), alpha));
        Tensor r = s.get(4)
                .mul(Tensor.where(reached, Batched.full(1 - gamma, task.y()), Batched.full(1 + gamma, task.y())));
        Tensor moved = Batched.scale(Norm.L2.ascent(delta), r);
        Tensor next = task.inDomain(task.x().add(moved));
        return new Phase.Turn(
                task.nobody(),
                List.of(best.x(), best.distance(), next, delta, r, s.get(5).add(1)));
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        Task.Nearest best = task.nearer(s.get(0), s.get(1), s.get(2), task.reached(task.logits(s.get(2))));
        return new Phase.Turn(
                task.nobody(), List.of(best.x(), best.distance(), s.get(2), s.get(3), s.get(4), s.get(5)));
    }
}
