package steepest.attack;

import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The attack that the original ClustRe is measured by: steps of PGD from the sample that stay in the ball but not in the
 * domain; the example is the corner ε·sign(gradient at the last iterate), sign(0) = 0, of the ball, cut to the domain. It
 * costs one gradient more than it has steps, and is weaker than PGD: it is here so that published figures can be compared.
 */
public final class Corner extends LaneAttack {
    private final double step;
    private final int steps;

    public Corner(Budget budget, double step, int steps) {
        super(budget);
        if (budget.norm() != Norm.LINF)
            throw SteepestException.of("attack pgd-corner: norm must be linf, got %s", budget.norm());
        if (!(step > 0)) throw SteepestException.of("step: expected more than 0, got %s", step);
        if (steps < 1) throw SteepestException.of("steps: expected at least 1, got %d", steps);
        this.step = step;
        this.steps = steps;
    }

    @Override
    public String name() {
        return "pgd-corner";
    }

    /** The example, and the point to look at next. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        return List.of(pixels, pixels);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        return List.of(
                new Phase((task, s, rng) -> new Phase.Turn(task.nobody(), List.of(task.x(), task.x())), 0, 0)
                        .times(1, 0),
                new Phase(this::step, 1, 0).times(steps, 0),
                new Phase(this::last, 1, 0).times(1, 0));
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(1);
        Tensor delta = at.add(gradient(task, at).sign().mul(step)).sub(task.x());
        return new Phase.Turn(task.nobody(), List.of(s.get(0), task.x().add(delta.clamp(-epsilon(), epsilon()))));
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        Tensor corner = gradient(task, s.get(1)).sign().mul(epsilon());
        return new Phase.Turn(task.nobody(), List.of(task.project(task.x().add(corner)), s.get(1)));
    }

    private static Tensor gradient(Task task, Tensor at) {
        return task.crossEntropy(task.logits(at)).sum().grad(at);
    }
}
