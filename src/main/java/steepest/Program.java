package steepest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import steepest.op.Leaf;

/**
 * A computation planned once and replayed: its body is called with stand-ins for the inputs, the graph it builds is
 * planned for a device, and each run only feeds in new values. For every new combination of input shapes (the last,
 * smaller batch) the body is called once more; both plans are kept.
 *
 * <pre>{@code
 * try (var step = Program.of((x, y, pass) -> adam.minimize(loss(x, y, pass), pass)).on(Device.best())) {
 *   for (var b : batches) step.run(b.x(), b.y());
 * }
 * }</pre>
 *
 * Runs draw fresh random bits; the same program, seed and inputs give the same bits again. Not thread-safe.
 */
public final class Program implements AutoCloseable {
    /** A body with any number of inputs. */
    @FunctionalInterface
    public interface Body {
        Output apply(List<Tensor> inputs, Pass pass);
    }

    @FunctionalInterface
    public interface Body1 {
        Output apply(Tensor x);
    }

    @FunctionalInterface
    public interface Body2 {
        Output apply(Tensor x, Tensor y);
    }

    @FunctionalInterface
    public interface Body3 {
        Output apply(Tensor x, Tensor y, Pass pass);
    }

    /** One turn of a loop: the new state from the old. */
    @FunctionalInterface
    public interface LoopBody {
        List<Tensor> apply(List<Tensor> state, Pass pass);
    }

    private final Body body;
    private final int arity;
    private final Map<List<Spec>, Engine.Plan> plans = new HashMap<>();
    private Device device;
    private long seed;
    private int run;
    private boolean closed;

    private Program(int arity, Body body) {
        this.arity = arity;
        this.body = body;
    }

    public static Program of(Body1 body) {
        return new Program(1, (in, pass) -> body.apply(in.get(0)));
    }

    public static Program of(Body2 body) {
        return new Program(2, (in, pass) -> body.apply(in.get(0), in.get(1)));
    }

    /** Two inputs and the pass that a training step needs. */
    public static Program of(Body3 body) {
        return new Program(2, (in, pass) -> body.apply(in.get(0), in.get(1), pass));
    }

    /** Any number of inputs. */
    public static Program of(int inputs, Body body) {
        return new Program(inputs, body);
    }

    /** The device to run on; {@link Device#getDefault} otherwise. Before the first run. */
    public Program on(Device device) {
        if (!plans.isEmpty()) throw SteepestException.of("a program that has run stays on its device");
        this.device = device;
        return this;
    }

    /** The seed of the pass's randomness (dropout); 0 otherwise. Before the first run. */
    public Program seed(long seed) {
        if (!plans.isEmpty()) throw SteepestException.of("a program that has run keeps its seed");
        this.seed = seed;
        return this;
    }

    /**
     * Runs once.
     *
     * @return the results of the step, each evaluated on the device
     * @throws SteepestException if the number of inputs is wrong, the program is closed or the body's shapes do not fit
     */
    public List<Tensor> run(Tensor... inputs) {
        return run(List.of(inputs));
    }

    public List<Tensor> run(List<Tensor> inputs) {
        return plan(inputs.stream().map(Tensor::spec).toList()).run(inputs, run++);
    }

    /** The only result of a program that has one. */
    public Tensor call(Tensor... inputs) {
        List<Tensor> results = run(inputs);
        if (results.size() != 1)
            throw SteepestException.of("call: the program has %d results, not one", results.size());
        return results.get(0);
    }

    private Engine.Plan plan(List<Spec> specs) {
        if (closed) throw SteepestException.of("the program is closed");
        if (specs.size() != arity)
            throw Caller.locate(SteepestException.of("program: expected %d inputs, got %d", arity, specs.size()));
        Engine.Plan plan = plans.get(specs);
        if (plan == null) {
            if (device == null) device = Device.getDefault();
            List<Tensor> in = IntStream.range(0, arity)
                    .mapToObj(i -> Tensor.leaf(new Leaf.Input(i, specs.get(i)), null))
                    .toList();
            // each capture starts the pass's streams anew: bits do not depend on which shapes came first
            Pass pass = new Pass(Rng.seed(seed));
            Step step = body.apply(in, pass).asStep();
            checkCommitted(pass, step);
            plan = Engine.get().plan(device, in, step);
            plans.put(specs, plan);
        }
        return plan;
    }

    /** What a pass collected and nobody commits would be lost without a word. */
    private static void checkCommitted(Pass pass, Step step) {
        for (Step.Update u : pass.updates())
            if (!step.updates().contains(u))
                throw SteepestException.of(
                        "the pass collected an update of %s that the step does not make: return minimize(loss, pass), or"
                                + " step.update(pass.updates())",
                        u.variable().name());
    }

    /**
     * Plans for inputs of these types and shapes, if that has not been done, and brings all variables to the device, so
     * that a run only has to compute.
     *
     * @throws SteepestException if the program cannot run on its device, as {@link #run(Tensor...)}
     */
    public void prepare(Spec... inputs) {
        plan(List.of(inputs)).bind();
    }

    /** What would run for inputs of these types and shapes: kernels, shapes, fusion, memory. Plans if need be. */
    public String explain(Spec... inputs) {
        return plan(List.of(inputs)).explain();
    }

    /** What the kernels that {@link #explain} lists compute and move at the least, one by one. Plans if need be. */
    public List<Recorder.Work> work(Spec... inputs) {
        return plan(List.of(inputs)).work();
    }

    /** The memory that a run with inputs of these types and shapes takes: none of it is taken yet. Plans if need be. */
    public Footprint footprint(Spec... inputs) {
        return plan(List.of(inputs)).footprint();
    }

    /** Bytes of all slabs that hold intermediate results. */
    public long slabBytes() {
        return plans.values().stream().mapToLong(Engine.Plan::slabBytes).sum();
    }

    /** How often the program has run. */
    public int runs() {
        return run;
    }

    /** Continues the count of runs, and so the randomness, where an earlier process stopped. */
    public void resumeAt(int run) {
        this.run = run;
    }

    @Override
    public void close() {
        closed = true;
        plans.values().forEach(Engine.Plan::close);
        plans.clear();
    }

    /**
     * Repeats a body that is planned once; its outputs are its next inputs and stay on the device. Gradients do not pass
     * through.
     *
     * @param state the tensors before the first turn
     * @param steps how many turns at most
     * @return the state after the last turn, of the same types and shapes
     */
    public static List<Tensor> loop(Device device, List<Tensor> state, int steps, LoopBody body) {
        return loop(device, state, steps, Integer.MAX_VALUE, body);
    }

    /**
     * As above; the host looks at the first tensor of the state, a BOOL scalar, every {@code check} turns and stops when
     * it is true.
     */
    public static List<Tensor> loop(Device device, List<Tensor> state, int steps, int check, LoopBody body) {
        List<Spec> specs = state.stream().map(Tensor::spec).toList();
        if (check != Integer.MAX_VALUE && (specs.isEmpty() || !specs.get(0).equals(Spec.of(DType.BOOL))))
            throw Caller.locate(
                    SteepestException.of("loop: a stop flag is a bool[] first in the state, got %s", specs));
        Body whole = (in, pass) -> {
            List<Tensor> next = body.apply(in, pass);
            List<Spec> got = next.stream().map(Tensor::spec).toList();
            if (!got.equals(specs))
                throw SteepestException.of("loop: the state is %s, the body returned %s", specs, got);
            return Step.of(next.toArray(Tensor[]::new));
        };
        List<Tensor> now = new ArrayList<>(state);
        try (Program program = Program.of(state.size(), whole).on(device)) {
            for (int i = 0; i < steps; i++) {
                now = program.run(now);
                if ((i + 1) % check == 0 && now.get(0).item() != 0) break;
            }
        }
        return now;
    }

    /** All plans of all shapes, explained. */
    @Override
    public String toString() {
        return Arrays.toString(plans.keySet().toArray())
                + (device == null ? "" : " on " + device.info().id());
    }
}
