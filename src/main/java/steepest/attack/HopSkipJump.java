package steepest.attack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * HopSkipJump (Chen, Jordan and Wainwright, "HopSkipJumpAttack: a query-efficient decision-based attack", IEEE S&P 2020,
 * algorithms 1 and 2): sees only which class the model decides for. From a random picture of another class it bisects to the
 * boundary, estimates the boundary's direction from which random neighbours lie across, jumps, and bisects again.
 */
public final class HopSkipJump extends LaneAttack {
    /** Neighbours of a turn: what a sample takes of the device's memory at once. */
    private static final int NEIGHBOURS = 20;

    private static final int FIRST_TRIES = 100;
    private static final int JUMP_TRIES = 10;

    private final int steps;
    private final int probes;

    /**
     * @param steps how often it jumps
     * @param probes neighbours asked about before the first jump; √t times as many before the t-th
     */
    public HopSkipJump(Budget budget, int steps, int probes) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack hopskipjump: norm must be linf or l2, got %s", budget.norm());
        if (steps < 1 || probes < 1)
            throw SteepestException.of(
                    "attack hopskipjump: steps and probes must be at least 1, got %d and %d", steps, probes);
        this.steps = steps;
        this.probes = probes;
    }

    @Override
    public String name() {
        return "hopskipjump";
    }

    @Override
    public boolean isMinimumNorm() {
        return true;
    }

    /**
     * @param best nearest example and its {@code distance}
     * @param at a point across the boundary, near it
     * @param far a point across, from which the boundary is sought
     * @param below how much of the way to it is known to be too little, and {@code above} enough
     * @param found whether far is new
     * @param across the sum of directions across less those not, and {@code all} of all; then the way to jump
     * @param balance the sum of ±1 over them
     * @param jump how far
     */
    private record State(
            Tensor best,
            Tensor distance,
            Tensor at,
            Tensor far,
            Tensor below,
            Tensor above,
            Tensor found,
            Tensor across,
            Tensor all,
            Tensor balance,
            Tensor jump,
            Tensor turn) {
        static State of(List<Tensor> s) {
            return new State(
                    s.get(0), s.get(1), s.get(2), s.get(3), s.get(4), s.get(5), s.get(6), s.get(7), s.get(8), s.get(9),
                    s.get(10), s.get(11));
        }
    }

    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        Spec flag = Spec.of(DType.BOOL, x.dim(0));
        return List.of(pixels, each, pixels, pixels, each, each, flag, pixels, pixels, each, each, each);
    }

    /** How much of the way two points on either side of the boundary may lie apart (section 4.1). */
    private double precision(double dimensions) {
        return 1 / (budget().norm() == Norm.L2 ? dimensions * Math.sqrt(dimensions) : dimensions * dimensions);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        double dimensions = sample.size();
        int halvings = (int) Math.ceil(-Math.log(precision(dimensions)) / Math.log(2)) + 1;
        Phase begin = new Phase(this::begin, 0, 0);
        Phase search = new Phase(this::search, 0, 1);
        Phase bisect = new Phase(this::bisect, 0, 1);
        Phase arrive = new Phase(this::arrive, 0, 1);
        Phase wide = new Phase((task, s, rng) -> probe(task, s, rng, true), 0, NEIGHBOURS);
        Phase probe = new Phase((task, s, rng) -> probe(task, s, rng, false), 0, NEIGHBOURS);
        Phase aim = new Phase(this::aim, 0, 0);
        Phase leap = new Phase(this::leap, 0, 1);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        stages.add(search.times(FIRST_TRIES, 0));
        stages.add(new Phase(this::giveUp, 0, 0).times(1, 0));
        stages.add(bisect.times(halvings, 0));
        stages.add(arrive.times(1, 0));
        int taken = 0;
        for (int t = 1; t <= steps; t++) {
            int turns = (int) Math.ceil(probes * Math.sqrt(t) / NEIGHBOURS);
            stages.add(new Phase.Stage(t == 1 ? wide : probe, turns, taken));
            taken += turns;
            stages.add(aim.times(1, t));
            stages.add(leap.times(JUMP_TRIES, t));
            stages.add(bisect.times(halvings, t));
            stages.add(arrive.times(1, t));
        }
        return stages;
    }

    private static List<Tensor> with(List<Tensor> s, Object... placesAndValues) {
        List<Tensor> next = new ArrayList<>(s);
        for (int i = 0; i < placesAndValues.length; i += 2)
            next.set((Integer) placesAndValues[i], (Tensor) placesAndValues[i + 1]);
        return next;
    }

    private Phase.Turn begin(Task task, List<Tensor> s, Rng rng) {
        Tensor one = Batched.full(1, task.y());
        return new Phase.Turn(
                task.nobody(),
                with(s, 0, task.x(), 1, Batched.full(Task.FAR, task.y()), 2, task.x(), 3, task.x(), 5, one, 11, one));
    }

    /** A random picture of another class. */
    private Phase.Turn search(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        double low = task.victim().domain().low();
        double range = task.victim().domain().high() - low;
        Tensor noise = rng.uniform(task.x().shape(), task.rows()).mul(range).add(low);
        Tensor reached = task.reached(task.logits(noise)).and(o.found.not());
        return new Phase.Turn(task.nobody(), with(s, 3, Batched.choose(reached, noise, o.far), 6, o.found.or(reached)));
    }

    private Phase.Turn giveUp(Task task, List<Tensor> s, Rng rng) {
        return new Phase.Turn(State.of(s).found.not(), s);
    }

    /** The part α of the way from x to far: along the line, or by cutting off what is large (section 3.2). */
    private Tensor part(Task task, Tensor far, Tensor alpha) {
        if (budget().norm() == Norm.L2)
            return Batched.scale(task.x(), alpha.neg().add(1)).add(Batched.scale(far, alpha));
        Tensor most = Batched.column(Norm.LINF.of(far.sub(task.x())).mul(alpha), far);
        return far.clamp(task.x().sub(most), task.x().add(most));
    }

    private Phase.Turn bisect(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor middle = o.below.add(o.above).mul(0.5);
        Tensor reached = task.reached(task.logits(part(task, o.far, middle)));
        return new Phase.Turn(
                task.nobody(),
                with(s, 4, Tensor.where(reached, o.below, middle), 5, Tensor.where(reached, middle, o.above)));
    }

    /** Stands across the boundary, and forgets the way there. */
    private Phase.Turn arrive(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor near = task.inDomain(part(task, o.far, o.above));
        Tensor reached = task.reached(task.logits(near));
        // rounding may have put it back over the boundary
        Tensor at = Batched.choose(reached, near, o.far);
        Task.Nearest best = task.nearer(o.best, o.distance, at, o.found);
        Tensor none = o.across.mul(0);
        Tensor zero = o.below.mul(0);
        return new Phase.Turn(
                task.nobody(),
                with(s, 0, best.x(), 1, best.distance(), 2, at, 4, zero, 5, zero.add(1), 7, none, 8, none, 9, zero));
    }

    private Phase.Turn probe(Task task, List<Tensor> s, Rng rng, boolean wide) {
        State o = State.of(s);
        Shape x = o.at.shape();
        int b = x.dim(0);
        Shape many = x.insert(1, NEIGHBOURS);
        Shape flat = x.with(0, b * NEIGHBOURS);
        double dimensions = (double) x.size() / b;
        Tensor noise = budget().norm() == Norm.L2
                ? rng.normal(many, task.rows())
                : rng.uniform(many, task.rows()).mul(2).sub(1);
        Tensor unit = Norm.L2.ascent(noise.reshape(flat)).reshape(many);
        double range =
                task.victim().domain().high() - (double) task.victim().domain().low();
        double reach = precision(dimensions) * (budget().norm() == Norm.L2 ? Math.sqrt(dimensions) : dimensions);
        Tensor width = wide
                ? Batched.full(0.1 * range, task.y())
                : budget().norm().of(o.at.sub(task.x())).mul(reach).maximum(1e-6 * range);
        Tensor centre = o.at.unsqueeze(1).expand(many);
        Tensor points = task.inDomain(centre.add(Batched.scale(unit, width)));
        // as far as the domain lets them go
        Tensor gone = Batched.scale(points.sub(centre), width.reciprocal());
        Tensor logits = task.logits(points.reshape(flat));
        Tensor across = logits.argmax(1).reshape(b, NEIGHBOURS).ne(task.y().unsqueeze(1));
        Tensor sign = across.cast(DType.F32).mul(2).sub(1);
        int[] column = new int[many.rank()];
        Arrays.fill(column, 1);
        column[0] = b;
        column[1] = NEIGHBOURS;
        Tensor signed = gone.mul(sign.reshape(Shape.of(column))).sum(1);
        return new Phase.Turn(
                task.nobody(),
                with(s, 7, o.across.add(signed), 8, o.all.add(gone.sum(1)), 9, o.balance.add(sign.sum(1))));
    }

    /** The way to jump: what lies across against what does not, less their common drift (equation 16). */
    private Phase.Turn aim(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor count = o.turn.sqrt().mul((double) probes / NEIGHBOURS).ceil().mul(NEIGHBOURS);
        Tensor mean = o.balance.div(count);
        // all on one side: no drift to take off
        Tensor oneSided = mean.abs().ge(1 - 1e-6);
        Tensor drift = Tensor.where(oneSided, mean.mul(0), mean);
        Tensor way = budget().norm().ascent(o.across.sub(Batched.scale(o.all, drift)));
        Tensor distance = budget().norm().of(o.at.sub(task.x()));
        return new Phase.Turn(
                task.nobody(),
                with(s, 3, o.at, 6, task.nobody(), 7, way, 10, distance.div(o.turn.sqrt()), 11, o.turn.add(1)));
    }

    /** Jumps, half as far each time, until it lands across. */
    private Phase.Turn leap(Task task, List<Tensor> s, Rng rng) {
        State o = State.of(s);
        Tensor there = task.inDomain(o.at.add(Batched.scale(o.across, o.jump)));
        Tensor landed = task.reached(task.logits(there)).and(o.found.not());
        return new Phase.Turn(
                task.nobody(),
                with(s, 3, Batched.choose(landed, there, o.far), 6, o.found.or(landed), 10, o.jump.mul(0.5)));
    }
}
