package steepest;

import steepest.op.Leaf;

/**
 * State that outlives a computation: weights, moments, running statistics. It is read as a tensor and changed by {@link
 * #set} or by a {@link Step}. It binds to the device of its first run; used on another one, it moves there.
 */
public final class Variable {
    private final String name;
    private final Spec spec;
    private HostArray host; // null while only the device has the current value
    private Value value; // null until bound to a device
    private long version;
    private Tensor read;

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
        if (host == null) host = value.toHost();
        return host.copy();
    }

    /** @throws SteepestException if type or shape differ */
    public synchronized void set(HostArray array) {
        check(array.spec());
        changed();
        host = array.copy();
        value = null;
    }

    /** Evaluates the tensor and takes its value. @throws SteepestException if type or shape differ */
    public synchronized void set(Tensor tensor) {
        check(tensor.spec());
        Engine.get().evaluate(java.util.List.of(tensor));
        Value v = tensor.node().value(tensor.output());
        // a copy: plans write variables in place, and the tensor must keep its value
        HostArray copy = v == null ? tensor.toHost() : v.toHost();
        changed();
        host = copy;
        value = null;
    }

    private void check(Spec got) {
        if (!got.equals(spec)) throw SteepestException.of("variable %s: expected %s, got %s", name, spec, got);
    }

    private void changed() {
        version++;
        read = null;
        host = null;
    }

    /** Where the variable lies now; null before its first run. For engines. */
    public synchronized Value value() {
        return value;
    }

    /** Brings the variable to a device, if it is not there. For engines. */
    public synchronized Value bind(Device device) {
        if (value == null || value.device() != device) {
            HostArray h = host != null ? host : value.toHost();
            value = Engine.get().upload(device, h.copy());
        }
        return value;
    }

    /** Says that a plan has written the variable's memory. For engines. */
    public synchronized void written() {
        changed();
    }

    @Override
    public String toString() {
        return name + " " + spec;
    }
}
