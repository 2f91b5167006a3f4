package steepest.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import steepest.Device;
import steepest.Engine;
import steepest.Footprint;
import steepest.Recorder;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Value;
import steepest.Variable;
import steepest.backend.Costs;
import steepest.op.Leaf;

/** A program's step on a device: the shared plan, the program's own slab and its leaves. */
final class CompiledPlan implements Engine.Plan {
    private final SteepestEngine engine;
    private final EngineDevice device;
    private final EngineDevice.Ready ready;
    private final List<Tensor> leaves;
    private final List<Tensor> inputs;
    private final Value[] fixed; // constants and the memory of variables, held for the program's life
    private final List<Integer> variables = new ArrayList<>();
    private Memory.Block[] slabs; // taken when first run
    private boolean closed;

    CompiledPlan(SteepestEngine engine, EngineDevice device, Recipe recipe, List<Tensor> inputs) {
        this.engine = engine;
        this.device = device;
        this.leaves = recipe.leaves();
        this.inputs = inputs;
        checkInputs();
        this.ready = device.ready(recipe.form());
        this.fixed = new Value[leaves.size()];
        for (int i = 0; i < fixed.length; i++) {
            Tensor leaf = leaves.get(i);
            if (leaf.node().op() instanceof Leaf.Read) variables.add(i);
        }
    }

    /** An input of another program would never get a value. */
    private void checkInputs() {
        Set<Tensor> own = new HashSet<>(inputs);
        for (Tensor t : leaves)
            if (t.node().op() instanceof Leaf.Input && !own.contains(t))
                throw SteepestException.of("a program's body uses an input %s of another program", t.spec());
    }

    @Override
    public void bind() {
        if (slabs == null) {
            slabs = device.slabs(ready.plan, "a program's slab");
            for (int i = 0; i < fixed.length; i++)
                if (!(leaves.get(i).node().op() instanceof Leaf.Read)) fixed[i] = device.bind(leaves.get(i));
        }
        for (int i : variables) fixed[i] = variable(i).bind(device);
    }

    private Variable variable(int leaf) {
        return EngineDevice.variable(leaves.get(leaf));
    }

    @Override
    public List<Tensor> run(List<Tensor> given, int run) {
        if (closed) throw SteepestException.of("the program is closed");
        bind();
        Value[] values = fixed.clone();
        for (int i = 0; i < values.length; i++) {
            Tensor leaf = leaves.get(i);
            if (leaf.node().op() instanceof Leaf.Input in) values[i] = engine.valueOn(device, given.get(in.index()));
        }
        // eager draws are run 0, so that a program with the same seed draws other bits
        List<Value> results = device.run(ready, leaves, values, slabs, run + 1);
        for (int i : ready.plan.writtenLeaves()) variable(i).written(fixed[i]);
        List<Tensor> tensors = new ArrayList<>();
        for (Value v : results) tensors.add(SteepestEngine.evaluated(v));
        return tensors;
    }

    @Override
    public String explain() {
        List<String> names = new ArrayList<>();
        for (Tensor t : leaves) names.add(name(t));
        return Explanation.of(device.info().id(), ready.plan, names, footprint());
    }

    @Override
    public Footprint footprint() {
        long inputs = 0;
        long constants = 0;
        Map<Variable, Long> variables = new IdentityHashMap<>();
        for (Tensor t : leaves) {
            long bytes = Memory.bytes(t.dtype(), t.size());
            if (t.node().op() instanceof Leaf.Input) inputs += bytes;
            else if (t.node().op() instanceof Leaf.Read) variables.put(EngineDevice.variable(t), bytes);
            else if (Recipe.isKnown(t) || t.node().op() instanceof Leaf.Constant) constants += bytes;
        }
        long slab = 0;
        long results = 0;
        for (Planner.Slot s : ready.plan.slots()) {
            if (s instanceof Planner.Slot.SlabSlot b) slab += Memory.bytes(b.dtype(), b.length());
            if (s instanceof Planner.Slot.ResultSlot r) results += Memory.bytes(r.dtype(), r.length());
        }
        long held = variables.values().stream().mapToLong(Long::longValue).sum();
        return new Footprint(inputs, held, constants, slab, ready.plan.busiestBytes(), results);
    }

    private static String name(Tensor t) {
        if (t.node().op() instanceof Leaf.Input in) return "input " + in.index() + " ";
        if (t.node().op() instanceof Leaf.Read) return EngineDevice.variable(t).name();
        return "constant";
    }

    @Override
    public List<Recorder.Work> work() {
        return ready.plan.schedule().kernels().stream().map(Costs::of).toList();
    }

    @Override
    public long slabBytes() {
        return ready.plan.slabBytes();
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        if (slabs != null) device.release(slabs);
        slabs = null;
        Arrays.fill(fixed, null);
        device.letGo(ready);
    }

    Device device() {
        return device;
    }
}
