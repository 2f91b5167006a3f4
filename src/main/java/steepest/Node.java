package steepest;

import java.util.ArrayList;
import java.util.List;
import steepest.op.Op;

/**
 * A computation in the graph: an op applied to tensors, giving one or more tensors. Immutable but for what evaluation
 * remembers. User code meets {@link Tensor}; nodes are for those who write ops, planners and backends.
 */
public final class Node {
    /** How long an unbroken history may grow before it is taken for a forgotten {@code detach}. */
    static final int MAX_DEPTH = 10_000;

    private final Op op;
    private final Object payload;
    private final Tensor[] outputs;
    private final Value[] values;
    private Tensor[] inputs;
    private int depth;

    private Node(Op op, Object payload, Tensor[] inputs, List<Spec> specs) {
        this.op = op;
        this.payload = payload;
        this.inputs = inputs;
        this.values = new Value[specs.size()];
        this.outputs = new Tensor[specs.size()];
        for (int i = 0; i < outputs.length; i++) outputs[i] = new Tensor(this, i, specs.get(i));
        for (Tensor t : inputs) depth = Math.max(depth, t.node().depth + 1);
        if (depth > MAX_DEPTH)
            throw SteepestException.of(
                    "%s: its history is more than %d ops long; detach() the tensors that a loop carries on, or capture the"
                            + " loop's body with Program.loop",
                    op.name(), MAX_DEPTH);
    }

    /** @throws SteepestException if the inputs do not fit the op, with the caller's line */
    static Node create(Op op, Object payload, Tensor... inputs) {
        List<Spec> in = new ArrayList<>(inputs.length);
        for (Tensor t : inputs) in.add(t.spec());
        try {
            return new Node(op, payload, inputs, op.outputs(in));
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    public Op op() {
        return op;
    }

    /** What a leaf holds: see {@link steepest.op.Leaf} and {@link steepest.op.Random}; else null. */
    public Object payload() {
        return payload;
    }

    /** The inputs; empty for leaves, and for a detached node that has been evaluated. */
    public Tensor[] inputs() {
        return inputs;
    }

    public List<Tensor> inputList() {
        return List.of(inputs);
    }

    public Tensor input(int i) {
        return inputs[i];
    }

    public Tensor output(int i) {
        return outputs[i];
    }

    public int outputCount() {
        return outputs.length;
    }

    /** What evaluation found for an output; null while it has not been evaluated. */
    public synchronized Value value(int output) {
        return values[output];
    }

    /** Remembers an output's value. Called by engines. */
    public synchronized void setValue(int output, Value value) {
        values[output] = value;
        if (op instanceof steepest.op.Detach) {
            inputs = new Tensor[0];
            depth = 0;
        }
    }
}
