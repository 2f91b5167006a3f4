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
 * Auto-PGD (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free
 * attacks", ICML 2020, algorithm 1): projected gradient steps with momentum whose size halves, going back to the best
 * point, where progress has been slow between two checkpoints. With the number of steps the schedule changes, so more
 * steps are another attack.
 *
 * <p>The targeted form runs once for each of the classes that the model finds likeliest beside the true one, with the
 * targeted loss; any wrong class is a success.
 */
public final class Apgd extends LaneAttack {
    /** Of the step along the gradient, the rest goes on as before (section 3.1). */
    private static final double ALPHA = 0.75;
    /** How many of the steps between two checkpoints have to climb. */
    private static final double RHO = 0.75;

    private final String name;
    private final AttackLoss loss;
    private final int steps;
    private final int restarts;
    /** How many wrong classes it tries, if there are as many; 0: it is not told one. */
    private final int targets;

    /** @param targets how many of the wrong classes are tried one after the other, all where there are fewer; 0 for the untargeted loss */
    public Apgd(String name, Budget budget, AttackLoss loss, int steps, int restarts, int targets) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack %s: norm must be linf or l2, got %s", name, budget.norm());
        if (steps < 2) throw SteepestException.of("attack %s: steps must be at least 2, got %d", name, steps);
        if (restarts < 1) throw SteepestException.of("attack %s: restarts must be at least 1, got %d", name, restarts);
        this.name = name;
        this.loss = loss;
        this.steps = steps;
        this.restarts = restarts;
        this.targets = targets;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    void check(Victim victim, Samples samples) {
        int least = loss.leastClasses(isTargeted());
        int classes = victim.classes(samples.x());
        if (classes < least)
            throw SteepestException.of(
                    "attack %s: its loss needs at least %d classes, the model has %d", name, least, classes);
    }

    private boolean isTargeted() {
        return targets > 0 || budget().target().isTargeted();
    }

    /** The state by name; pixels {@code [B, …]}, the others {@code [B]}. */
    private record State(
            Tensor best,
            Tensor score,
            Tensor at,
            Tensor before,
            Tensor top,
            Tensor topGradient,
            Tensor topLoss,
            Tensor lastLoss,
            Tensor checkedLoss,
            Tensor step,
            Tensor climbs,
            Tensor halved,
            Tensor turn,
            Tensor goal,
            Tensor rank) {
        static State of(List<Tensor> s) {
            return new State(
                    s.get(0), s.get(1), s.get(2), s.get(3), s.get(4), s.get(5), s.get(6), s.get(7), s.get(8), s.get(9),
                    s.get(10), s.get(11), s.get(12), s.get(13), s.get(14));
        }

        List<Tensor> list() {
            return List.of(
                    best,
                    score,
                    at,
                    before,
                    top,
                    topGradient,
                    topLoss,
                    lastLoss,
                    checkedLoss,
                    step,
                    climbs,
                    halved,
                    turn,
                    goal,
                    rank);
        }
    }

    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        Spec count = Spec.of(DType.I32, x.dim(0));
        Spec flag = Spec.of(DType.BOOL, x.dim(0));
        return List.of(
                pixels, each, pixels, pixels, pixels, pixels, each, each, each, each, each, flag, count, count, count);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(this::begin, 0, 0);
        Phase aim = new Phase(this::aim, 0, 1);
        Phase again = new Phase(this::again, 0, 0);
        Phase step = new Phase(this::step, 1, 0);
        Phase last = new Phase(this::last, 0, 1);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        int n = 0;
        for (int t = 0; t < Math.max(1, Math.min(targets, classes - 1)); t++) {
            if (targets > 0) stages.add(aim.times(1, t));
            for (int r = 0; r < restarts; r++, n++) {
                stages.add(again.times(1, n));
                stages.add(step.times(steps, n));
                stages.add(last.times(1, n));
            }
        }
        return stages;
    }

    private Phase.Turn begin(Task task, List<Tensor> s, Rng rng) {
        List<Tensor> next = new ArrayList<>(s);
        next.set(0, task.x());
        next.set(1, Batched.full(Task.NOTHING, task.y()));
        next.set(13, task.goal());
        return new Phase.Turn(task.nobody(), next);
    }

    /** The next of the classes in the order in which the model finds them likely for the sample. */
    private Phase.Turn aim(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        List<Tensor> next = new ArrayList<>(s);
        next.set(13, task.wrongClass(o.rank));
        next.set(14, o.rank.add(1));
        return new Phase.Turn(task.nobody(), next);
    }

    /** At the ball's rim, or in one of the L∞ ball's faces. */
    private Phase.Turn again(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Norm norm = budget().norm();
        Tensor noise = norm == Norm.LINF
                ? norm.noise(rng, task.x().shape(), task.rows(), 1)
                : rng.normal(task.x().shape(), task.rows());
        Tensor unit = Batched.scale(noise, norm.of(noise).maximum(Norm.TINY).reciprocal());
        Tensor at = task.project(task.x().add(unit.mul(epsilon())));
        Tensor lowest = Batched.full(Task.NOTHING, task.y());
        Tensor none = Batched.full(0, task.y());
        return new Phase.Turn(
                task.nobody(),
                new State(
                                o.best,
                                o.score,
                                at,
                                at,
                                at,
                                o.topGradient.mul(0),
                                lowest,
                                lowest,
                                lowest,
                                Batched.full(2 * epsilon(), task.y()),
                                none,
                                task.nobody(),
                                o.turn.mul(0),
                                o.goal,
                                o.rank)
                        .list());
    }

    private Tensor loss(Task task, Tensor logits, Tensor goal) {
        return isTargeted() ? loss.targeted(logits, task.y(), goal) : loss.untargeted(logits, task.y());
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor logits = task.logits(o.at);
        Tensor f = loss(task, logits, o.goal);
        Tensor g = f.sum().grad(o.at);
        Task.Best best = task.better(o.best, o.score, o.at, logits, f, PATIENCE);

        Tensor first = o.turn.eq(0);
        Tensor higher = f.gt(o.topLoss);
        Tensor top = Batched.choose(higher, o.at, o.top);
        Tensor topGradient = Batched.choose(higher, g, o.topGradient);
        Tensor topLoss = Tensor.where(higher, f, o.topLoss);
        Tensor climbed = f.gt(o.lastLoss).and(first.not()).cast(DType.F32);
        Tensor climbs = o.climbs.add(climbed);
        // before the first checkpoint lies the start
        Tensor checkedLoss = Tensor.where(first, f, o.checkedLoss);

        Tensor needed = Tensor.of(needed(steps)).take(0, o.turn);
        Tensor check = needed.ge(0);
        Tensor stuck = o.halved.not().and(checkedLoss.ge(topLoss));
        Tensor halve = check.and(climbs.lt(needed).or(stuck));
        Tensor step = Tensor.where(halve, o.step.mul(0.5), o.step);
        Tensor at = Batched.choose(halve, top, o.at);
        Tensor direction = budget().norm().ascent(Batched.choose(halve, topGradient, g));

        Tensor z = task.project(at.add(Batched.scale(direction, step)));
        Tensor alpha = Tensor.where(first, Batched.full(1, task.y()), Batched.full(ALPHA, task.y()));
        Tensor onwards = Batched.scale(at.sub(o.before), alpha.neg().add(1));
        Tensor next = task.project(at.add(Batched.scale(z.sub(at), alpha)).add(onwards));
        return new Phase.Turn(
                best.done(),
                new State(
                                best.x(),
                                best.score(),
                                next,
                                at,
                                top,
                                topGradient,
                                topLoss,
                                f,
                                Tensor.where(check, topLoss, checkedLoss),
                                step,
                                Tensor.where(check, climbs.mul(0), climbs),
                                check.and(halve).or(check.not().and(o.halved)),
                                o.turn.add(1),
                                o.goal,
                                o.rank)
                        .list());
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor logits = task.logits(o.at);
        Task.Best best = task.better(o.best, o.score, o.at, logits, loss(task, logits, o.goal), 1);
        List<Tensor> next = new ArrayList<>(s);
        next.set(0, best.x());
        next.set(1, best.score());
        return new Phase.Turn(best.done(), next);
    }

    /**
     * The checkpoints ⌈p·steps⌉ with p₀ = 0, p₁ = 0.22, pⱼ₊₁ = pⱼ + max(pⱼ − pⱼ₋₁ − 0.03, 0.06) (section 3.1), in
     * hundredths, so that nothing is rounded twice.
     */
    static List<Integer> checkpoints(int steps) {
        List<Integer> w = new ArrayList<>();
        int before = 0;
        for (int p = 22; p <= 100; ) {
            int at = Math.toIntExact(((long) p * steps + 99) / 100);
            if (w.isEmpty() || at > w.get(w.size() - 1)) w.add(at);
            int next = p + Math.max(p - before - 3, 6);
            before = p;
            p = next;
        }
        return w;
    }

    /** For each turn that is a checkpoint, how many steps since the last should have climbed; −1 for the others. */
    private static float[] needed(int steps) {
        float[] needed = new float[steps + 1];
        java.util.Arrays.fill(needed, -1);
        int before = 0;
        for (int w : checkpoints(steps)) {
            needed[w] = (float) (RHO * (w - before));
            before = w;
        }
        return needed;
    }
}
