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
 * Simultaneous perturbation stochastic approximation (Uesato et al., "Adversarial risk and the dangers of evaluating against
 * weak attacks", ICML 2018, section 4.3 and algorithm 1): the margin's gradient is estimated from its differences across
 * random corners, and Adam goes on with it. It only evaluates the model, and as in the paper also at corners that lie up to
 * their width outside of the domain.
 */
public final class Spsa extends LaneAttack {
    /** Pairs of a turn: what a sample takes of the device's memory at once. */
    private static final int PAIRS = 16;

    private final int steps;
    private final int probes;
    private final double rate;
    private final double width;

    /**
     * @param probes pairs of corners that a gradient is estimated from, in sixteens
     * @param rate Adam's learning rate, in the units of the domain
     * @param width how far away the corners lie
     */
    public Spsa(Budget budget, int steps, int probes, double rate, double width) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack spsa: norm must be linf or l2, got %s", budget.norm());
        if (steps < 1 || probes < 1)
            throw SteepestException.of(
                    "attack spsa: steps and probes must be at least 1, got %d and %d", steps, probes);
        if (!(rate > 0) || !(width > 0))
            throw SteepestException.of("attack spsa: rate and width must be more than 0, got %s and %s", rate, width);
        this.steps = steps;
        this.probes = probes;
        this.rate = rate;
        this.width = width;
    }

    @Override
    public String name() {
        return "spsa";
    }

    /** Best example and its score, the point to go on from, the estimate, Adam's moments, Adam's steps. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        return List.of(pixels, each, pixels, pixels, pixels, pixels, each);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(
                (task, s, rng) -> {
                    List<Tensor> next = new ArrayList<>(s);
                    next.set(0, task.x());
                    next.set(1, Batched.full(Task.NOTHING, task.y()));
                    next.set(2, task.x());
                    return new Phase.Turn(task.nobody(), next);
                },
                0,
                0);
        int pairs = Math.min(PAIRS, probes);
        int turns = (probes + pairs - 1) / pairs;
        Phase probe = new Phase((task, s, rng) -> probe(task, s, rng, pairs), 0, 2 * pairs);
        Phase move = new Phase(this::move, 0, 1);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        for (int i = 0; i < steps; i++) {
            stages.add(probe.times(turns, i));
            stages.add(move.times(1, i));
        }
        return stages;
    }

    private Tensor loss(Task task, Tensor logits, Tensor y, Tensor goal) {
        return budget().target().isTargeted()
                ? AttackLoss.MARGIN.targeted(logits, y, goal)
                : AttackLoss.MARGIN.untargeted(logits, y);
    }

    private Phase.Turn probe(Task task, List<Tensor> s, Rng rng, int pairs) {
        Tensor at = s.get(2);
        Shape x = at.shape();
        int b = x.dim(0);
        Shape many = x.insert(1, pairs);
        Tensor corner =
                rng.uniform(many, task.rows()).lt(0.5).cast(DType.F32).mul(2).sub(1);
        Tensor centre = at.unsqueeze(1).expand(many);
        Shape flat = x.with(0, b * pairs);
        Tensor y = each(task.y(), pairs);
        Tensor goal = each(task.goal(), pairs);
        Tensor up = loss(task, task.logits(centre.add(corner.mul(width)).reshape(flat)), y, goal);
        Tensor down = loss(task, task.logits(centre.sub(corner.mul(width)).reshape(flat)), y, goal);
        Tensor slope = up.sub(down).reshape(b, pairs);
        int[] column = new int[many.rank()];
        java.util.Arrays.fill(column, 1);
        column[0] = b;
        column[1] = pairs;
        Tensor estimate = corner.mul(slope.reshape(Shape.of(column))).sum(1);
        List<Tensor> next = new ArrayList<>(s);
        next.set(3, s.get(3).add(estimate));
        return new Phase.Turn(task.nobody(), next);
    }

    private static Tensor each(Tensor labels, int times) {
        int b = labels.shape().dim(0);
        return labels.unsqueeze(1).expand(Shape.of(b, times)).reshape(b * times);
    }

    private Phase.Turn move(Task task, List<Tensor> s, Rng rng) {
        Tensor g = s.get(3).mul(1 / (2 * width * probes));
        Tensor turn = s.get(6).add(1);
        AdamStep adam = AdamStep.of(s.get(4), s.get(5), g, turn);
        Tensor at = task.project(s.get(2).add(adam.move().mul(rate)));
        Tensor logits = task.logits(at);
        Task.Best best = task.better(s.get(0), s.get(1), at, logits, loss(task, logits, task.y(), task.goal()), 1);
        return new Phase.Turn(
                best.done(), List.of(best.x(), best.score(), at, g.mul(0), adam.mean(), adam.square(), turn));
    }
}
