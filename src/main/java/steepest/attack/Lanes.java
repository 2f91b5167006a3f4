package steepest.attack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import steepest.DType;
import steepest.Engine;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;

/**
 * Samples side by side on the device. Who is done stands still; when half of the lanes stand still, the others move
 * together into a batch of half the size, and so on, so that only a few sizes are ever planned.
 */
final class Lanes {
    /** Before an attack's own state: who is done, and what has been spent. */
    private static final int BOOKS = 3;

    private final Victim victim;
    private final int size;
    private final boolean compact;
    /** Which sample is in a lane; −1 for none. */
    private int[] lane;

    private int live;
    private List<Tensor> given;
    private List<Tensor> state;
    private final float[] found;
    private final int[] gradients;
    private final int[] forwards;
    private final Shape shape;

    /**
     * @param state the types of the attack's state for a batch of the size of x; it starts as zeros
     */
    Lanes(Victim victim, Budget budget, Samples samples, int[] goal, StateSpecs state, boolean compact) {
        this.victim = victim;
        this.size = samples.size();
        this.compact = compact;
        this.shape = samples.x().shape();
        this.live = size;
        this.found = samples.x().floats().clone();
        this.gradients = new int[size];
        this.forwards = new int[size];
        int lanes = capacity(size);
        lane = new int[lanes];
        Arrays.setAll(lane, i -> i < size ? i : -1);
        int[] places = Arrays.stream(lane).map(i -> Math.max(i, 0)).toArray();
        Samples filled = samples.select(places);
        HostArray[] box = box(budget, victim, filled.x());
        given = List.of(
                Tensor.of(filled.x()),
                Tensor.of(filled.y()),
                Tensor.of(Arrays.stream(places).map(i -> goal[i]).toArray()),
                Tensor.of(filled.index()),
                Tensor.of(box[0]),
                Tensor.of(box[1]));
        byte[] done = new byte[lanes];
        for (int i = size; i < lanes; i++) done[i] = 1;
        List<Tensor> all = new ArrayList<>();
        all.add(Tensor.of(HostArray.of(DType.BOOL, done, Shape.of(lanes))));
        all.add(Tensor.of(new int[lanes]));
        all.add(Tensor.of(new int[lanes]));
        for (Spec s : state.of(filled.x().shape())) all.add(Tensor.of(HostArray.zeros(s)));
        this.state = List.copyOf(all);
    }

    /** The types of an attack's state for x's shape {@code [B, …]}; the first is what it returns, of x's type. */
    @FunctionalInterface
    interface StateSpecs {
        List<Spec> of(Shape x);
    }

    /** The smallest of batch, ⌈batch / 2⌉, ⌈batch / 4⌉, … that holds n samples. */
    private int capacity(int n) {
        int c = victim.batch();
        while (c > 1 && (c + 1) / 2 >= n) c = (c + 1) / 2;
        return c;
    }

    /** The bounds that a pixel must keep. The L∞ ball's are rounded inwards: a float must not leave the ball. */
    private static HostArray[] box(Budget budget, Victim victim, HostArray x) {
        float low = victim.domain().low();
        float high = victim.domain().high();
        if (budget.norm() != Norm.LINF || Double.isInfinite(budget.epsilon())) {
            int[] d = new int[x.shape().rank()];
            Arrays.fill(d, 1);
            d[0] = x.shape().dim(0);
            float[] lows = new float[d[0]];
            float[] highs = new float[d[0]];
            Arrays.fill(lows, low);
            Arrays.fill(highs, high);
            return new HostArray[] {HostArray.of(lows, Shape.of(d)), HostArray.of(highs, Shape.of(d))};
        }
        float[] a = x.floats();
        float[] lo = new float[a.length];
        float[] hi = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            double least = a[i] - budget.epsilon();
            double most = a[i] + budget.epsilon();
            float l = (float) least;
            float h = (float) most;
            lo[i] = Math.max(low, l < least ? Math.nextUp(l) : l);
            hi[i] = Math.min(high, h > most ? Math.nextDown(h) : h);
        }
        return new HostArray[] {HostArray.of(lo, x.shape()), HostArray.of(hi, x.shape())};
    }

    /** A phase as a program over all that {@link #run} hands it. */
    static Program program(Victim victim, Budget budget, boolean relentless, int states, Phase phase, long seed) {
        return Program.of(Task.INPUTS + BOOKS + states, (in, pass) -> {
                    Task task = Task.of(victim, budget, relentless, in.subList(0, Task.INPUTS));
                    List<Tensor> books = in.subList(Task.INPUTS, Task.INPUTS + BOOKS);
                    List<Tensor> old = in.subList(Task.INPUTS + BOOKS, in.size());
                    Phase.Turn turn = phase.body().apply(task, old, pass.rng());
                    Tensor done = books.get(0);
                    List<Tensor> next = new ArrayList<>();
                    next.add(done.or(turn.done()));
                    next.add(spend(done, books.get(1), phase.gradients()));
                    next.add(spend(done, books.get(2), phase.forwards()));
                    for (int i = 0; i < old.size(); i++)
                        next.add(Batched.choose(done, old.get(i), turn.state().get(i)));
                    return steepest.Step.of(next.toArray(Tensor[]::new));
                })
                .on(victim.device())
                .seed(seed);
    }

    private static Tensor spend(Tensor done, Tensor spent, int more) {
        return Tensor.where(done, spent, spent.add(more));
    }

    /** Takes turns until they are over or everybody is done. */
    void run(Program program, int turns, int firstRun) {
        // looking waits for the device
        int look = Math.max(1, Math.min(50, turns / 10));
        program.resumeAt(firstRun);
        for (int i = 1; i <= turns && live > 0; i++) {
            List<Tensor> in = new ArrayList<>(given);
            in.addAll(state);
            state = program.run(in);
            if (i % look == 0 || i == turns) look();
        }
    }

    private void look() {
        byte[] done = state.get(0).toHost().bytes();
        live = 0;
        for (byte d : done) if (d == 0) live++;
        int target = capacity(Math.max(live, 1));
        if (compact && live > 0 && target < lane.length) compact(done, target);
    }

    private void compact(byte[] done, int target) {
        keep();
        int[] to = new int[target];
        int[] lanes = new int[target];
        byte[] standing = new byte[target];
        int at = 0;
        for (int i = 0; i < lane.length; i++) if (done[i] == 0) to[at++] = i;
        for (int i = 0; i < target; i++) {
            lanes[i] = i < live ? lane[to[i]] : -1;
            standing[i] = (byte) (i < live ? 0 : 1);
        }
        lane = lanes;
        Tensor index = Tensor.of(to);
        given = given.stream().map(t -> t.take(0, index)).toList();
        List<Tensor> moved = new ArrayList<>();
        moved.add(Tensor.of(HostArray.of(DType.BOOL, standing, Shape.of(target))));
        for (int i = 1; i < state.size(); i++) moved.add(state.get(i).take(0, index));
        state = moved;
        List<Tensor> all = new ArrayList<>(given);
        all.addAll(state.subList(1, state.size()));
        Engine.get().evaluate(all);
    }

    /** Brings what has been found so far to the host. */
    private void keep() {
        int n = found.length / size;
        int[] g = state.get(1).toInts();
        int[] f = state.get(2).toInts();
        float[] x = state.get(BOOKS).toFloats();
        for (int i = 0; i < lane.length; i++) {
            if (lane[i] < 0) continue;
            gradients[lane[i]] = g[i];
            forwards[lane[i]] = f[i];
            System.arraycopy(x, i * n, found, lane[i] * n, n);
        }
    }

    Outcome outcome() {
        keep();
        return new Outcome(HostArray.of(found, shape), gradients, forwards);
    }
}
