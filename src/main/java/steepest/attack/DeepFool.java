package steepest.attack;

import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * DeepFool (Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool: a simple and accurate method to fool deep neural networks",
 * CVPR 2016, algorithm 2; section 3.3 for L∞): steps onto the nearest of the linearised boundaries until the class changes.
 * For an affine classifier one step goes the exact distance, times 1 + overshoot. The paper knows no domain; here a step
 * reaches the boundary within it, as steps that are cut off afterwards can end before it for ever.
 */
public final class DeepFool extends LaneAttack {
    private final int steps;
    private final double overshoot;
    private final int candidates;

    /**
     * @param overshoot how much further than the boundary, as a fraction
     * @param candidates how many of the likeliest wrong classes are considered, all where there are fewer; each costs a
     *     gradient a step
     */
    public DeepFool(Budget budget, int steps, double overshoot, int candidates) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack deepfool: norm must be linf or l2, got %s", budget.norm());
        if (steps < 1 || candidates < 1)
            throw SteepestException.of(
                    "attack deepfool: steps and candidates must be at least 1, got %d and %d", steps, candidates);
        if (!(overshoot >= 0))
            throw SteepestException.of("attack deepfool: overshoot must be at least 0, got %s", overshoot);
        this.steps = steps;
        this.overshoot = overshoot;
        this.candidates = candidates;
    }

    @Override
    public String name() {
        return "deepfool";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /** The example, the perturbation without overshoot, the point to look at. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        return List.of(pixels, pixels, pixels);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        int wrong = Math.min(candidates, classes - 1);
        Phase begin =
                new Phase((task, s, rng) -> new Phase.Turn(task.nobody(), List.of(task.x(), s.get(1), task.x())), 0, 0);
        Phase step = new Phase((task, s, rng) -> step(task, s, wrong), wrong, 1);
        Phase last = new Phase(this::last, 0, 1);
        return List.of(begin.times(1, 0), step.times(steps, 0), last.times(1, 0));
    }

    private Phase.Turn step(Task task, List<Tensor> s, int wrong) {
        Tensor at = s.get(2);
        Tensor logits = task.logits(at);
        Tensor reached = task.reached(logits);
        Tensor order = task.wrongClasses(logits);
        Tensor own = AttackLoss.at(logits, task.y());
        Tensor nearest = Batched.full(Task.FAR, task.y());
        Tensor normal = at.mul(0);
        Tensor rise = own.mul(0);
        for (int k = 0; k < wrong; k++) {
            Tensor gap = AttackLoss.at(logits, order.select(1, k)).sub(own);
            Tensor w = gap.sum().grad(at);
            // the dual norm says how fast the gap can close
            Tensor slope = (budget().norm() == Norm.LINF ? Norm.L1 : Norm.L2).of(w);
            Tensor distance = gap.abs().div(slope.maximum(Norm.TINY));
            Tensor nearer = distance.lt(nearest);
            normal = Batched.choose(nearer, w, normal);
            rise = Tensor.where(nearer, gap.neg(), rise);
            nearest = Tensor.where(nearer, distance, nearest);
        }
        double low = task.victim().domain().low();
        double high = task.victim().domain().high();
        Tensor step = Hyperplane.reach(budget().norm(), at, normal, rise, low, high);
        Tensor delta = s.get(1).add(step);
        Tensor next = task.inDomain(task.x().add(delta.mul(1 + overshoot)));
        return new Phase.Turn(
                reached,
                List.of(
                        Batched.choose(reached, at, s.get(0)),
                        Batched.choose(reached, s.get(1), delta),
                        Batched.choose(reached, at, next)));
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        Tensor reached = task.reached(task.logits(s.get(2)));
        return new Phase.Turn(reached, List.of(Batched.choose(reached, s.get(2), s.get(0)), s.get(1), s.get(2)));
    }
}
