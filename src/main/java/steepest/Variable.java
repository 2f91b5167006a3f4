package steepest;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import steepest.op.Leaf;

/**
 * State that outlives a computation: weights, moments, running statistics. It is read as a tensor and changed by {@link
 * #set} or by a {@link Step}. It lies on the device of its first run, then on the one that changed it last. Programs on
 * other devices read copies, which are brought up to date before each run and freed with the program: whoever reads a
 * variable, wherever, reads its latest value.
 */
public final class Variable {
    private final String name;
    private final Spec spec;
    private final List<Copy> copies = new ArrayList<>();
    private HostArray host; // what it was set to; null once a device has changed it
    private Value value; // the current one where it lies; null until bound to a device
    private long version;
    private Tensor read;

    /** Memory on another device and the version that is in it; held by the programs that use it there. */
    private record Copy(WeakReference<Value> memory, long version) {}

    /** A variable at one of its versions: what a leaf of the graph refers to. */
    public record Version(Variable variable, long number) {
        /** @throws SteepestException if the variable has been updated since the leaf was built */
        public void check() {
            if (variable.version != number)
                throw SteepestException.of(
                        "a tensor that reads variable %s was built before the variable was updated; build it again",
                        variable.name);
        }
    }

    private Variable(String name, HostArray initial) {
        this.name = name;
        this.spec = initial.spec();
        this.host = initial;
    }

    /** A variable that starts at {@code initial}, whose array it takes over. */
    public static Variable of(String name, HostArray initial) {
        return new Variable(name, initial);
    }

    /** A variable that starts at a tensor's value. */
    public static Variable of(String name, Tensor initial) {
        return new Variable(name, initial.toHost());
    }

    public static Variable zeros(String name, Spec spec) {
        return new Variable(name, HostArray.zeros(spec));
    }

    public String name() {
        return name;
    }

    public Spec spec() {
        return spec;
    }

    public Shape shape() {
        return spec.shape();
    }

    /** The current value as a leaf of a graph; the same tensor until the variable is updated. */
    public synchronized Tensor read() {
        if (read == null) read = Tensor.leaf(new Leaf.Read(spec), new Version(this, version));
        return read;
    }

    /** A copy of the current value. */
    public synchronized HostArray toHost() {
        return host != null ? host.copy() : value.toHost();
    }

    /** @throws SteepestException if type or shape differ */
    public synchronized void set(HostArray array) {
        check(array.spec());
        lieOn(null);
        host = array.copy();
    }

    /** Evaluates the tensor and takes its value. @throws SteepestException if type or shape differ */
    public synchronized void set(Tensor tensor) {
        check(tensor.spec());
        Engine.get().evaluate(List.of(tensor));
        Value v = tensor.node().value(tensor.output());
        // a copy: plans write variables in place, and the tensor must keep its value
        HostArray copy = v == null ? tensor.toHost() : v.toHost();
        lieOn(null);
        host = copy;
    }

    private void check(Spec got) {
        if (!got.equals(spec)) throw SteepestException.of("variable %s: expected %s, got %s", name, spec, got);
    }

    /** Another value, in memory given: what there was elsewhere is out of date. */
    private void lieOn(Value memory) {
        if (value != null && value != memory) copies.add(new Copy(new WeakReference<>(value), version));
        value = memory;
        version++;
        read = null;
        host = null;
    }

    /** Where the variable lies now; null before its first run. For engines. */
    public synchronized Value value() {
        return value;
    }

    /**
     * Memory on a device with the current value in it: where the variable lies, or a copy there, which stays as long as
     * somebody holds it and is filled again when it is asked for again. For engines.
     */
    public synchronized Value bind(Device device) {
        if (value == null) {
            value = Engine.get().upload(device, host.copy());
            return value;
        }
        if (value.device() == device) return value;
        Copy known = copy(device);
        Value memory = known == null ? null : known.memory.get();
        if (memory != null && known.version == version) return memory;
        Value filled = host != null
                ? Engine.get().upload(device, host.copy())
                : Engine.get().copy(value, device, memory);
        copies.remove(known);
        copies.add(new Copy(new WeakReference<>(filled), version));
        return filled;
    }

    private Copy copy(Device device) {
        copies.removeIf(c -> c.memory.get() == null);
        for (Copy c : copies) {
            Value memory = c.memory.get();
            if (memory != null && memory.device() == device) return c;
        }
        return null;
    }

    /** Says that a plan has written the memory that {@link #bind} gave. For engines. */
    public synchronized void written(Value memory) {
        copies.removeIf(c -> c.memory.get() == memory);
        lieOn(memory);
    }

    @Override
    public String toString() {
        return name + " " + spec;
    }
}
