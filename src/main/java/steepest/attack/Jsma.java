package steepest.attack;

import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The Jacobian-based saliency map attack (Papernot et al., "The limitations of deep learning in adversarial settings", EuroS&P
 * 2016, algorithm 2): the element whose change raises the goal's logit and lowers the others' most goes to the end of
 * the domain, up (equation 8) or down (equation 9), one after the other. The paper's results on MNIST are those of its
 * algorithm 3, which changes the best pair at a time, so that elements that only help together are found too. Without a
 * goal, it is the likeliest wrong class.
 * ε is the number of elements that may change.
 */
public final class Jsma extends LaneAttack {
    private final int most;

    /** @param most how many elements are changed at most, where ε does not forbid it */
    public Jsma(Budget budget, int most) {
        super(budget);
        if (budget.norm() != Norm.L0) throw SteepestException.of("attack jsma: norm must be l0, got %s", budget.norm());
        if (most < 1) throw SteepestException.of("attack jsma: steps must be at least 1, got %d", most);
        this.most = most;
    }

    @Override
    public String name() {
        return "jsma";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /** The example found, the point to go on from, 1 where an element has been changed, the class aimed at. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        return List.of(pixels, pixels, pixels, Spec.of(DType.I32, x.dim(0)));
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        int steps = (int) Math.max(1, Math.min(Math.min(most, sample.size()), Math.floor(epsilon())));
        boolean aimed = budget().target().isTargeted();
        Phase begin = new Phase(
                (task, s, rng) -> new Phase.Turn(
                        task.nobody(),
                        List.of(
                                task.x(),
                                task.x(),
                                s.get(2),
                                aimed ? task.goal() : task.wrongClass(task.y().mul(0)))),
                0,
                aimed ? 0 : 1);
        Phase step = new Phase(this::step, 2, 0);
        Phase last = new Phase(this::last, 0, 1);
        return List.of(begin.times(1, 0), step.times(steps, 0), last.times(1, 0));
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(1);
        Tensor changed = s.get(2);
        Tensor logits = task.logits(at);
        Tensor reached = task.reached(logits);
        Tensor goal = AttackLoss.at(logits, s.get(3)).sum().grad(at);
        Tensor others = logits.sum().grad(at).sub(goal);
        Tensor low = Tensor.scalar(task.victim().domain().low());
        Tensor high = Tensor.scalar(task.victim().domain().high());
        Tensor untouched = changed.eq(0);
        Tensor up = goal.gt(0).and(others.lt(0)).and(at.lt(high)).and(untouched);
        Tensor down = goal.lt(0).and(others.gt(0)).and(at.gt(low)).and(untouched);
        Tensor saliency = Tensor.where(up.or(down), goal.mul(others).abs(), at.mul(0));
        Tensor flat = saliency.flatten(1);
        Tensor chosen = flat.compet(1).mul(flat.gt(0).cast(DType.F32)).reshape(at.shape());
        // nobody home: nothing more can be done for this sample
        Tensor stuck = Batched.max(saliency).le(0);
        Tensor next = Tensor.where(chosen.gt(0), Tensor.where(up, high, low), at);
        return new Phase.Turn(
                reached.or(stuck),
                List.of(
                        Batched.choose(reached, at, s.get(0)),
                        Batched.choose(reached, at, next),
                        changed.add(chosen),
                        s.get(3)));
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        Tensor reached = task.reached(task.logits(s.get(1)));
        return new Phase.Turn(
                reached, List.of(Batched.choose(reached, s.get(1), s.get(0)), s.get(1), s.get(2), s.get(3)));
    }
}
