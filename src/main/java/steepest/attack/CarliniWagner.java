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
 * The L2 attack of Carlini and Wagner ("Towards evaluating the robustness of neural networks", IEEE S&P 2017, section VI.A):
 * Adam on ‖x′ − x‖² + c·max(margin + κ, 0) over w, where x′ = (tanh w + 1)/2 keeps to the domain by itself; c is searched
 * for each sample by bisection.
 */
public final class CarliniWagner extends LaneAttack {
    /** The tangent is infinite at the domain's bounds. */
    private static final double INSIDE = 0.999999;

    private static final double NO_BOUND = 1e10;

    /**
     * @param steps of Adam for each c
     * @param searches how many c are tried
     * @param rate Adam's learning rate, for w
     * @param constant the first c
     * @param confidence κ: how far the logits are to be past the boundary
     */
    public record Settings(int steps, int searches, double rate, double constant, double confidence) {
        public Settings {
            if (steps < 1 || searches < 1)
                throw SteepestException.of(
                        "attack cw: steps and searches must be at least 1, got %d and %d", steps, searches);
            if (!(rate > 0) || !(constant > 0))
                throw SteepestException.of(
                        "attack cw: rate and constant must be more than 0, got %s and %s", rate, constant);
            if (!(confidence >= 0))
                throw SteepestException.of("attack cw: confidence must be at least 0, got %s", confidence);
        }
    }

    private final Settings settings;

    public CarliniWagner(Budget budget, Settings settings) {
        super(budget);
        if (budget.norm() != Norm.L2) throw SteepestException.of("attack cw: norm must be l2, got %s", budget.norm());
        this.settings = settings;
    }

    @Override
    public String name() {
        return "cw";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /** Nearest example and its distance; w and Adam's moments; c and its bounds; whether c was enough; Adam's steps. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        return List.of(pixels, each, pixels, pixels, pixels, each, each, each, Spec.of(DType.BOOL, x.dim(0)), each);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(this::begin, 0, 0);
        Phase step = new Phase(this::step, 1, 0);
        Phase search = new Phase(this::search, 0, 0);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        for (int i = 0; i < settings.searches; i++) {
            if (i > 0) stages.add(search.times(1, i));
            stages.add(step.times(settings.steps, i));
        }
        return stages;
    }

    private static double low(Task task) {
        return task.victim().domain().low();
    }

    private static double range(Task task) {
        return (double) task.victim().domain().high() - low(task);
    }

    /** The w of the clean sample. */
    private static Tensor start(Task task) {
        Tensor u = task.x().sub(low(task)).mul(2 / range(task)).sub(1).mul(INSIDE);
        return u.log1p().sub(u.neg().log1p()).mul(0.5);
    }

    private Phase.Turn begin(Task task, List<Tensor> s, Rng rng) {
        List<Tensor> next = new ArrayList<>(s);
        next.set(0, task.x());
        next.set(1, Batched.full(Task.FAR, task.y()));
        next.set(2, start(task));
        next.set(5, Batched.full(settings.constant, task.y()));
        next.set(7, Batched.full(NO_BOUND, task.y()));
        return new Phase.Turn(task.nobody(), next);
    }

    /** Another c: smaller if this one was enough, else larger; and from the beginning. */
    private Phase.Turn search(Task task, List<Tensor> s, Rng rng) {
        Tensor c = s.get(5);
        Tensor enough = s.get(8);
        Tensor least = Tensor.where(enough, s.get(6), c);
        Tensor most = Tensor.where(enough, c, s.get(7));
        Tensor bounded = most.lt(NO_BOUND);
        Tensor next = Tensor.where(bounded, least.add(most).mul(0.5), c.mul(10));
        Tensor none = s.get(3).mul(0);
        return new Phase.Turn(
                task.nobody(),
                List.of(s.get(0), s.get(1), start(task), none, none, next, least, most, task.nobody(), c.mul(0)));
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor w = s.get(2);
        Tensor at = w.tanh().add(1).mul(range(task) / 2).add(low(task)).clamp(task.lo(), task.hi());
        Tensor logits = task.logits(at);
        Tensor margin = budget().target().isTargeted()
                ? AttackLoss.MARGIN.targeted(logits, task.y(), task.goal())
                : AttackLoss.MARGIN.untargeted(logits, task.y());
        Tensor past = margin.neg().add(settings.confidence).maximum(0);
        Tensor loss = Batched.sum(at.sub(task.x()).square()).add(s.get(5).mul(past));
        Tensor g = loss.sum().grad(w);
        Tensor reached = task.reached(logits).and(margin.ge(settings.confidence));
        Task.Nearest best = task.nearer(s.get(0), s.get(1), at, reached);

        Tensor turn = s.get(9).add(1);
        AdamStep adam = AdamStep.of(s.get(3), s.get(4), g, turn);
        return new Phase.Turn(
                task.nobody(),
                List.of(
                        best.x(),
                        best.distance(),
                        w.sub(adam.move().mul(settings.rate)),
                        adam.mean(),
                        adam.square(),
                        s.get(5),
                        s.get(6),
                        s.get(7),
                        s.get(8).or(reached),
                        turn));
    }
}
