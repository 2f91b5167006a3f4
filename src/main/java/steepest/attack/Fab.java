package steepest.attack;

import java.util.ArrayList;
import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The targeted form of the fast adaptive boundary attack (Croce and Hein, "Minimally distorted adversarial examples with a
 * fast adaptive boundary attack", ICML 2020, algorithm 1; the targeted form is that of "Reliable evaluation …", 2020,
 * section 5): steps onto the linearised boundary between the true class and one other, biased towards the sample, and back
 * inside when it is crossed. Runs once for each of the likeliest wrong classes.
 *
 * <p>As the authors' code does within AutoAttack it starts at the sample alone: of algorithm 1 it leaves out the restarts
 * from random points, and the final search along the line between the sample and what has been found.
 */
public final class Fab extends LaneAttack {
    private static final double ALPHA_MAX = 0.1;
    private static final double ETA = 1.05;
    private static final double BETA = 0.9;

    private final int steps;
    private final int targets;
    private final boolean untilWithin;

    /** @param targets how many of the wrong classes are tried, all where there are fewer */
    public Fab(Budget budget, int steps, int targets) {
        this(budget, steps, targets, false);
    }

    /**
     * @param untilWithin whether the nearest example of a sample is no longer sought, once a class has led to one within ε
     */
    Fab(Budget budget, int steps, int targets, boolean untilWithin) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack fab-t: norm must be linf or l2, got %s", budget.norm());
        if (steps < 1 || targets < 1)
            throw SteepestException.of(
                    "attack fab-t: steps and targets must be at least 1, got %d and %d", steps, targets);
        this.steps = steps;
        this.targets = targets;
        this.untilWithin = untilWithin;
    }

    @Override
    public String name() {
        return "fab-t";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /** Nearest example and its distance, the point to go on from, the class aimed at and its rank. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec count = Spec.of(DType.I32, x.dim(0));
        return List.of(pixels, Spec.of(DType.F32, x.dim(0)), pixels, count, count);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(
                (task, s, rng) -> new Phase.Turn(
                        task.nobody(),
                        List.of(task.x(), Batched.full(Task.FAR, task.y()), task.x(), s.get(3), s.get(4))),
                0,
                0);
        Phase aim = new Phase(
                (task, s, rng) -> new Phase.Turn(
                        task.nobody(),
                        List.of(
                                s.get(0),
                                s.get(1),
                                task.x(),
                                task.wrongClass(s.get(4)),
                                s.get(4).add(1))),
                0,
                1);
        Phase step = new Phase(this::step, 1, 1);
        // by more than what single precision measures wrongly
        Phase leave = new Phase((task, s, rng) -> new Phase.Turn(s.get(1).le(epsilon() * (1 - 1e-6)), s), 0, 0);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        for (int t = 0; t < Math.min(targets, classes - 1); t++) {
            stages.add(aim.times(1, t));
            stages.add(step.times(steps, t));
            if (untilWithin) stages.add(leave.times(1, t));
        }
        return stages;
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(2);
        Tensor goal = s.get(3);
        Tensor logits = task.logits(at);
        Tensor gap = AttackLoss.at(logits, goal).sub(AttackLoss.at(logits, task.y()));
        Tensor w = gap.sum().grad(at);
        // the plane is where gap + w·(z − at) = 0
        Tensor one = reach(task, at, w, gap.neg());
        Tensor fromX = gap.neg().sub(Batched.sum(w.mul(task.x().sub(at))));
        Tensor two = reach(task, task.x(), w, fromX);
        Tensor far = budget().norm().of(one).maximum(1e-8);
        Tensor farX = budget().norm().of(two).maximum(1e-8);
        Tensor alpha = far.div(far.add(farX)).minimum(ALPHA_MAX);
        Tensor forward = Batched.scale(at.add(one.mul(ETA)), alpha.neg().add(1));
        Tensor next = task.inDomain(forward.add(Batched.scale(task.x().add(two.mul(ETA)), alpha)));
        Tensor reached = task.reached(task.logits(next));
        Task.Nearest best = task.nearer(s.get(0), s.get(1), next, reached);
        Tensor back = task.x().add(next.sub(task.x()).mul(BETA));
        return new Phase.Turn(
                task.nobody(), List.of(best.x(), best.distance(), Batched.choose(reached, back, next), goal, s.get(4)));
    }

    private Tensor reach(Task task, Tensor from, Tensor w, Tensor rise) {
        double low = task.victim().domain().low();
        double high = task.victim().domain().high();
        return Hyperplane.reach(budget().norm(), from, w, rise, low, high);
    }
}
