package steepest.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Recorder;
import steepest.Rng;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Value;
import steepest.Variable;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.op.Leaf;

/** An open device: its memory, its plans, and the running of plans. One run at a time. */
final class EngineDevice implements Device {
    /** Plans kept; the one not used for longest goes first. */
    private static final int MAX_PLANS = 1024;

    final BackendDevice backend;
    final Memory memory;
    private final Runnable onClose;
    private final Map<Recipe.Form, Ready> plans = new LinkedHashMap<>(16, 0.75f, true);
    private long planned;
    private Ceilings ceilings;
    private boolean closed;

    /** A plan and its kernels. */
    static final class Ready {
        final Planner.Planned plan;
        final Executable executable;
        /** Programs and runs that hold it; it stays while there are any. */
        int holders;

        private Ready(Planner.Planned plan, Executable executable) {
            this.plan = plan;
            this.executable = executable;
        }
    }

    EngineDevice(BackendDevice backend, Runnable onClose) {
        this.backend = backend;
        this.memory = new Memory(backend);
        this.onClose = onClose;
    }

    @Override
    public DeviceInfo info() {
        return backend.info();
    }

    @Override
    public long liveBytes() {
        return memory.liveBytes();
    }

    @Override
    public long peakBytes() {
        return memory.peakBytes();
    }

    @Override
    public long pooledBytes() {
        return memory.pooledBytes();
    }

    @Override
    public long maxTensorBytes(DType dtype) {
        return backend.maxBufferBytes(dtype);
    }

    @Override
    public synchronized Counters counters() {
        return new Counters(planned, backend.kernelBuilds(), backend.launches());
    }

    @Override
    public synchronized Ceilings ceilings() {
        checkOpen();
        if (ceilings == null) ceilings = backend.measureCeilings();
        return ceilings;
    }

    @Override
    public synchronized void finish() {
        backend.finish();
    }

    /** The plan of a form, made if it is not known, and held until {@link #letGo}. */
    synchronized Ready ready(Recipe.Form form) {
        checkOpen();
        Ready r = plans.get(form);
        if (r == null) {
            r = prepare(form);
            plans.put(form, r);
            if (plans.size() > MAX_PLANS) dropOldest();
        }
        r.holders++;
        return r;
    }

    private Ready prepare(Recipe.Form form) {
        Planner.Planned plan = Recorder.timed("plan", () -> Planner.plan(form, backend));
        Executable kernels = Recorder.timed(
                "build",
                () -> memory.retry("a plan's tables and scratch memory", () -> backend.compile(plan.schedule())));
        planned++;
        return new Ready(plan, kernels);
    }

    /** Says that a plan is not in use any more. */
    synchronized void letGo(Ready r) {
        r.holders--;
    }

    private void dropOldest() {
        for (var it = plans.values().iterator(); it.hasNext(); ) {
            Ready r = it.next();
            if (r.holders == 0) {
                it.remove();
                r.executable.close();
                return;
            }
        }
    }

    private void checkOpen() {
        if (closed) throw SteepestException.of("device %s is closed", info().id());
    }

    /**
     * Runs a plan once.
     *
     * @param values the memory of each leaf that has some, by ordinal
     * @param slabs the plan's scratch memory, by slot
     */
    synchronized List<Value> run(Ready ready, List<Tensor> leaves, Value[] values, Memory.Block[] slabs, int run) {
        checkOpen();
        Planner.Planned plan = ready.plan;
        Buffer[] slots = new Buffer[plan.slots().size()];
        DeviceValue[] made = new DeviceValue[slots.length];
        for (Planner.Result r : plan.results())
            if (made[r.slot()] == null) made[r.slot()] = newValue(r.spec(), "results");
        for (int i = 0; i < slots.length; i++) {
            Planner.Slot s = plan.slots().get(i);
            if (s instanceof Planner.Slot.LeafSlot l) slots[i] = ((DeviceValue) values[l.leaf()]).buffer();
            else if (s instanceof Planner.Slot.ResultSlot) slots[i] = made[i].buffer();
            else slots[i] = slabs[i].buffer;
        }
        double[] scalars = new double[plan.scalarLeaves().size()];
        for (int i = 0; i < scalars.length; i++)
            scalars[i] = (Double) leaves.get(plan.scalarLeaves().get(i)).node().payload();
        Rng.Key[] keys = new Rng.Key[plan.keyLeaves().size()];
        for (int i = 0; i < keys.length; i++)
            keys[i] = (Rng.Key) leaves.get(plan.keyLeaves().get(i)).node().payload();
        Executable.Arguments arguments = new Executable.Arguments(scalars, keys, run);
        Recorder.timed("run", () -> ready.executable.run(slots, arguments));
        List<Value> results = new ArrayList<>();
        for (Planner.Result r : plan.results()) results.add(made[r.slot()].as(r.spec()));
        return results;
    }

    /** Scratch memory for a plan. */
    Memory.Block[] slabs(Planner.Planned plan, String purpose) {
        Memory.Block[] slabs = new Memory.Block[plan.slots().size()];
        for (int i = 0; i < slabs.length; i++)
            if (plan.slots().get(i) instanceof Planner.Slot.SlabSlot s)
                slabs[i] = memory.acquire(s.dtype(), s.length(), purpose);
        return slabs;
    }

    void release(Memory.Block[] slabs) {
        for (Memory.Block b : slabs) if (b != null) memory.release(b);
    }

    private DeviceValue newValue(Spec spec, String purpose) {
        Memory.Block block = memory.acquire(spec.dtype(), spec.shape().size(), purpose);
        DeviceValue v = new DeviceValue(this, spec, block, null);
        memory.releaseWith(v, block);
        return v;
    }

    synchronized Value upload(HostArray array) {
        checkOpen();
        checkType(array.dtype());
        var shared = backend.wrap(array);
        if (shared.isPresent()) {
            Memory.Block block = memory.adopt(shared.get(), "tensors from the host");
            DeviceValue v = new DeviceValue(this, array.spec(), block, null);
            memory.releaseWith(v, block);
            return v;
        }
        DeviceValue v = newValue(array.spec(), "tensors from the host");
        if (array.size() > 0) Recorder.timed("upload", () -> backend.write(array, v.buffer()));
        return v;
    }

    private void checkType(DType dtype) {
        if (!backend.supports(dtype))
            throw SteepestException.of("device %s does not compute in %s (the device ref does)", info().id(), dtype);
    }

    /** @param exactly whether for another device of this kind: see {@link BackendDevice#readExactly} */
    synchronized HostArray download(Buffer buffer, Spec spec, boolean exactly) {
        checkOpen();
        if (spec.shape().size() == 0) return HostArray.zeros(spec);
        return Recorder.timed(
                "download",
                () -> exactly ? backend.readExactly(buffer, spec.shape()) : backend.read(buffer, spec.shape()));
    }

    /** Takes over a value of another device. */
    Value receive(DeviceValue from, DeviceValue into) {
        HostArray array =
                from.device().download(from.buffer(), from.spec(), from.device().isLike(this));
        synchronized (this) {
            checkOpen();
            checkType(from.spec().dtype());
            DeviceValue v = into == null ? newValue(from.spec(), "copies from other devices") : into;
            if (array.size() > 0) Recorder.timed("upload", () -> backend.write(array, v.buffer()));
            return v;
        }
    }

    private boolean isLike(EngineDevice other) {
        return backend.getClass() == other.backend.getClass();
    }

    /** The memory of a leaf on this device; null for numbers and random keys. Program inputs are bound elsewhere. */
    Value bind(Tensor leaf) {
        if (Recipe.isKnown(leaf)) {
            Value v = leaf.node().value(leaf.output());
            if (v.device() == this) return v;
            if (leaf.node().payload() instanceof HostArray a) return upload(a);
            throw SteepestException.of(
                    "a tensor %s lies on device %s, the computation runs on %s: bring it there with to(device)",
                    leaf.spec(), v.device().info().id(), info().id());
        }
        if (leaf.node().op() instanceof Leaf.Constant) {
            Value v = upload((HostArray) leaf.node().payload());
            leaf.node().setValue(0, v);
            return v;
        }
        if (leaf.node().op() instanceof Leaf.Read) return variable(leaf).bind(this);
        return null;
    }

    static Variable variable(Tensor read) {
        return ((Variable.Version) read.node().payload()).variable();
    }

    @Override
    public synchronized void close() {
        if (closed) return;
        backend.finish();
        plans.values().forEach(r -> r.executable.close());
        plans.clear();
        memory.close();
        backend.close();
        closed = true;
        onClose.run();
    }

    @Override
    public String toString() {
        return info().id();
    }
}
