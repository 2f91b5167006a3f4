package steepest.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The Square attack (Andriushchenko, Croce, Flammarion and Hein, "Square attack: a query-efficient black-box adversarial
 * attack via random search", ECCV 2020, algorithms 1 to 3): random squares, kept where the margin shrinks. It only
 * evaluates the model. With the number of queries the schedule of square sizes changes.
 */
public final class Square extends LaneAttack {
    /** At which of 10,000 queries the squares' area halves (section 3.1). */
    private static final int[] HALVING = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};

    private final int queries;
    private final int restarts;
    private final double fraction;

    /** @param fraction of the picture that the first squares cover */
    public Square(Budget budget, int queries, int restarts, double fraction) {
        super(budget);
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack square: norm must be linf or l2, got %s", budget.norm());
        if (queries < 1) throw SteepestException.of("attack square: queries must be at least 1, got %d", queries);
        if (restarts < 1) throw SteepestException.of("attack square: restarts must be at least 1, got %d", restarts);
        if (!(fraction > 0 && fraction <= 1))
            throw SteepestException.of("attack square: fraction must be in (0, 1], got %s", fraction);
        this.queries = queries;
        this.restarts = restarts;
        this.fraction = fraction;
    }

    @Override
    public String name() {
        return "square";
    }

    @Override
    void check(Victim victim, Samples samples) {
        Shape s = samples.x().shape();
        int least = budget().norm() == Norm.L2 ? 5 : 1;
        if (s.rank() != 4 || Math.min(s.dim(2), s.dim(3)) < least)
            throw SteepestException.of(
                    "attack square, %s: expected pictures [N,C,H,W] of at least %d×%d pixels, got %s",
                    budget().norm(), least, least, s);
    }

    /** Best example and its score, the point to go on from and its loss, queries so far. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        return List.of(pixels, each, pixels, each, Spec.of(DType.I32, x.dim(0)));
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(
                (task, s, rng) -> new Phase.Turn(
                        task.nobody(),
                        List.of(task.x(), Batched.full(Task.NOTHING, task.y()), task.x(), s.get(3), s.get(4))),
                0,
                0);
        Phase first = new Phase(this::first, 0, 1);
        Phase step = new Phase(this::step, 0, 1);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        for (int r = 0; r < restarts; r++) {
            stages.add(first.times(1, r));
            if (queries > 1) stages.add(step.times(queries - 1, r));
        }
        return stages;
    }

    private Phase.Turn first(Task task, List<Tensor> s, Rng rng) {
        Tensor at = budget().norm() == Norm.LINF ? stripes(task, rng) : tiles(task, rng);
        Tensor lowest = Batched.full(Task.NOTHING, task.y());
        return judged(
                task, List.of(s.get(0), s.get(1), task.x(), lowest, s.get(4).mul(0)), at);
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor turn = s.get(4);
        Tensor at = s.get(2);
        return judged(
                task, s, budget().norm() == Norm.LINF ? square(task, at, turn, rng) : squares(task, at, turn, rng));
    }

    /** Keeps a point where it is better than the one before. */
    private Phase.Turn judged(Task task, List<Tensor> s, Tensor at) {
        Tensor logits = task.logits(at);
        // the margin on its way to any class; the goal's likelihood when there is one (section 3.1)
        Tensor loss = budget().target().isTargeted()
                ? AttackLoss.CROSS_ENTROPY.targeted(logits, task.y(), task.goal())
                : AttackLoss.MARGIN.untargeted(logits, task.y());
        Task.Best best = task.better(s.get(0), s.get(1), at, logits, loss, 1);
        Tensor kept = loss.gt(s.get(3));
        return new Phase.Turn(
                best.done(),
                List.of(
                        best.x(),
                        best.score(),
                        Batched.choose(kept, at, s.get(2)),
                        Tensor.where(kept, loss, s.get(3)),
                        s.get(4).add(1)));
    }

    /** −1 or 1. */
    private static Tensor signs(Rng rng, Shape shape, Tensor rows) {
        return rng.uniform(shape, rows).lt(0.5).cast(DType.F32).mul(2).sub(1);
    }

    private Tensor stripes(Task task, Rng rng) {
        Tensor signs = signs(rng, task.x().shape().with(2, 1), task.rows());
        return task.project(task.x().add(signs.mul(epsilon())));
    }

    /** Algorithm 2: a square whose channels lie at one of the ball's bounds each. */
    private Tensor square(Task task, Tensor at, Tensor turn, Rng rng) {
        Shape x = at.shape();
        int[] sides = sides(x, 1, false);
        Tensor side = Tensor.of(sides).take(0, turn);
        Tensor inside = Window.random(rng, task, side).inside();
        Tensor signs = signs(rng, Shape.of(x.dim(0), x.dim(1), 1, 1), task.rows());
        Tensor corner = task.project(task.x().add(signs.mul(epsilon())));
        return Tensor.where(inside.broadcastTo(x), corner, at);
    }

    /** The first point for L2: the picture tiled by double bumps of random signs, some of them transposed (section 3.3). */
    private Tensor tiles(Task task, Rng rng) {
        Shape x = task.x().shape();
        int h = x.dim(2);
        int w = x.dim(3);
        int side = Math.min(h, w) / 5;
        float[] bump = doubleBump(side);
        float[] upright = new float[h * w];
        float[] transposed = new float[h * w];
        int[] which = new int[h * w];
        int top = h % side / 2;
        int left = w % side / 2;
        int down = h / side;
        int across = w / side;
        for (int r = 0; r < down * side; r++)
            for (int c = 0; c < across * side; c++) {
                int at = (top + r) * w + left + c;
                which[at] = r / side * across + c / side;
                upright[at] = bump[r % side * side + c % side];
                transposed[at] = bump[c % side * side + r % side];
            }
        Tensor tile = Tensor.of(which);
        Tensor turned = rng.uniform(Shape.of(x.dim(0), 1, down * across), task.rows())
                .lt(0.5)
                .take(2, tile);
        Tensor bumps = Tensor.where(turned, Tensor.of(transposed), Tensor.of(upright));
        Tensor signs = signs(rng, Shape.of(x.dim(0), x.dim(1), down * across), task.rows());
        return normalised(task, signs.take(2, tile).mul(bumps).reshape(x));
    }

    /** x + ε δ / ‖δ‖, cut to the domain. */
    private Tensor normalised(Task task, Tensor delta) {
        Tensor unit = Batched.scale(delta, Norm.L2.of(delta).maximum(Norm.TINY).reciprocal());
        return task.project(task.x().add(unit.mul(epsilon())));
    }

    /** Algorithm 3: the mass of two random windows goes into the first, on top of a double bump of random signs. */
    private Tensor squares(Task task, Tensor at, Tensor turn, Rng rng) {
        Shape x = at.shape();
        int[] sides = sides(x, 3, true);
        Tensor side = Tensor.of(sides).take(0, turn);
        Window one = Window.random(rng, task, side);
        Window two = Window.random(rng, task, side);
        Tensor turned = rng.uniform(Shape.of(x.dim(0)), task.rows()).lt(0.5);
        Tensor bump = one.lookUp(bumps(sides), sideNumber(sides, turn), turned);
        Tensor signs = signs(rng, Shape.of(x.dim(0), x.dim(1), 1, 1), task.rows());
        return normalised(task, moved(at.sub(task.x()), one.inside(), two.inside(), bump.mul(signs), epsilon()));
    }

    /**
     * The perturbation ν with the mass of two windows moved into the first: there each of the c channels takes the
     * direction of bump plus what it has, and the length √(‖ν in both windows‖² + max(ε² − ‖ν‖², 0)/c), the first norm
     * its own and the second of all channels. So a perturbation inside the ball comes to lie on its rim, and what is
     * outside the windows stays.
     *
     * @param first {@code [B, 1, H, W]}, as {@code second}: whether a pixel lies in the window
     * @param bump {@code [B, C, H, W]}, 0 outside the first window
     */
    static Tensor moved(Tensor delta, Tensor first, Tensor second, Tensor bump, double epsilon) {
        Tensor both = first.or(second).cast(DType.F32);
        Tensor inFirst = delta.mul(first.cast(DType.F32));
        Tensor direction = channelwiseUnit(bump.add(channelwiseUnit(inFirst)));
        Tensor free = Norm.L2.of(delta).square().neg().add(epsilon * epsilon).maximum(0);
        Tensor mass = delta.mul(both).square().sumKeep(2, 3);
        Tensor length = mass.add(Batched.column(free.mul(1.0 / delta.shape().dim(1)), delta))
                .sqrt();
        return delta.mul(both.neg().add(1)).add(direction.mul(length));
    }

    /** Each channel of a perturbation {@code [B, C, H, W]} made of norm 1, or left at 0. */
    private static Tensor channelwiseUnit(Tensor delta) {
        return delta.div(delta.square().sumKeep(2, 3).sqrt().add(1e-12));
    }

    /** The side of each query's square: of area p·H·W, p halving as queries go on; odd where asked for. */
    private int[] sides(Shape x, int least, boolean odd) {
        int[] sides = new int[queries + 1];
        int most = Math.min(x.dim(2), x.dim(3));
        if (odd && most % 2 == 0) most--;
        for (int i = 0; i <= queries; i++) {
            double p = share(Math.max(0, i - 1));
            int side = Math.max((int) Math.rint(Math.sqrt(p * x.dim(2) * x.dim(3))), least);
            if (odd && side % 2 == 0) side++;
            sides[i] = Math.min(side, most);
        }
        return sides;
    }

    /** p, how much of the picture's area the square of that query covers, the first being 0. */
    double share(int query) {
        int scaled = (int) ((long) query * 10_000 / queries);
        double p = fraction;
        for (int at : HALVING) if (scaled > at) p /= 2;
        return p;
    }

    private static List<Integer> distinct(int[] sides) {
        TreeSet<Integer> set = new TreeSet<>();
        for (int s : sides) set.add(s);
        return List.copyOf(set);
    }

    /** Which row of {@link #bumps} each sample's turn needs. */
    private static Tensor sideNumber(int[] sides, Tensor turn) {
        List<Integer> distinct = distinct(sides);
        int[] row = new int[sides.length];
        for (int i = 0; i < row.length; i++) row[i] = distinct.indexOf(sides[i]);
        return Tensor.of(row).take(0, turn);
    }

    /** The double bump of every side that occurs, {@code [sides, S, S]}, S the largest. */
    private static Tensor bumps(int[] sides) {
        List<Integer> distinct = distinct(sides);
        int most = distinct.get(distinct.size() - 1);
        float[] all = new float[distinct.size() * most * most];
        for (int k = 0; k < distinct.size(); k++) {
            float[] b = doubleBump(distinct.get(k));
            int side = distinct.get(k);
            for (int i = 0; i < side; i++) System.arraycopy(b, i * side, all, (k * most + i) * most, side);
        }
        return Tensor.of(steepest.HostArray.of(all, Shape.of(distinct.size(), most, most)));
    }

    /** A bump up over a bump down, {@code side × side}, of norm 1 (equation 2 and the lines after it). */
    private static float[] doubleBump(int side) {
        float[] both = new float[side * side];
        int half = side / 2;
        float[] up = bump(half, side);
        float[] down = bump(side - half, side);
        System.arraycopy(up, 0, both, 0, up.length);
        for (int i = 0; i < down.length; i++) both[up.length + i] = -down[i];
        return unit(both);
    }

    /** A pyramid of square steps, each of weight 1/k² from the inside out, {@code rows × columns}, of norm 1. */
    private static float[] bump(int rows, int columns) {
        float[] b = new float[rows * columns];
        int r = rows / 2;
        int c = columns / 2;
        int layers = Math.max(r, c) + 1;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = Math.max(Math.abs(i - r), Math.abs(j - c)); k < layers; k++)
                    sum += 1.0 / ((k + 1) * (k + 1));
                b[i * columns + j] = (float) sum;
            }
        return unit(b);
    }

    private static float[] unit(float[] b) {
        double s = 0;
        for (float v : b) s += (double) v * v;
        for (int i = 0; i < b.length; i++) b[i] = (float) (b[i] / Math.sqrt(s));
        return b;
    }

    /**
     * A square window of each sample's picture.
     *
     * @param row of each pixel within the window, I32 {@code [B, 1, H, W]}
     * @param column likewise
     * @param inside whether the pixel lies in it, BOOL {@code [B, 1, H, W]}
     */
    private record Window(Tensor row, Tensor column, Tensor inside) {
        /** At a place where it fits, all equally likely. */
        static Window random(Rng rng, Task task, Tensor side) {
            Shape x = task.x().shape();
            int b = x.dim(0);
            int h = x.dim(2);
            int w = x.dim(3);
            Shape plane = Shape.of(b, 1, h, w);
            Tensor s = side.reshape(b, 1, 1, 1).broadcastTo(plane);
            Tensor top = place(rng, task, side, h).reshape(b, 1, 1, 1);
            Tensor left = place(rng, task, side, w).reshape(b, 1, 1, 1);
            Tensor row = Tensor.iota(h).reshape(1, 1, h, 1).sub(top).broadcastTo(plane);
            Tensor column = Tensor.iota(w).reshape(1, 1, 1, w).sub(left).broadcastTo(plane);
            Tensor inside = row.ge(0).and(row.lt(s)).and(column.ge(0)).and(column.lt(s));
            return new Window(row, column, inside);
        }

        private static Tensor place(Rng rng, Task task, Tensor side, int length) {
            Tensor places = side.neg().add(length + 1);
            Tensor u = rng.uniform(side.shape(), task.rows());
            // u is below 1, u · places may round up to places
            return u.mul(places.cast(DType.F32)).floor().cast(DType.I32).minimum(places.sub(1));
        }

        /** Of patterns {@code [K, S, S]} the {@code which}-th laid into the window, perhaps transposed; 0 outside. */
        Tensor lookUp(Tensor patterns, Tensor which, Tensor transposed) {
            int b = row.shape().dim(0);
            int s = patterns.shape().dim(1);
            Tensor flip = Batched.column(transposed, row).broadcastTo(row.shape());
            Tensor i = Tensor.where(flip, column, row);
            Tensor j = Tensor.where(flip, row, column);
            Tensor at = Tensor.where(inside, i.mul(s).add(j), row.mul(0).sub(1));
            Tensor mine = patterns.flatten(1).take(0, which);
            return mine.gather(1, at.reshape(b, -1)).reshape(row.shape());
        }
    }
}
