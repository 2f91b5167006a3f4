package steepest;

import java.util.Arrays;
import java.util.List;
import steepest.op.Concat;
import steepest.op.Copy;
import steepest.op.Detach;
import steepest.op.Iota;
import steepest.op.Leaf;
import steepest.op.Move;
import steepest.op.Op;
import steepest.op.Pointwise;
import steepest.op.ScalarOp;

/**
 * An array of numbers that is known by how it is computed: an output of a node in an immutable graph. Nothing is computed
 * until somebody looks ({@link #item}, {@link #toHost}, {@link #toString}); then the graph behind is planned, run and
 * the value remembered. Memory is never the user's business.
 *
 * <p>Binary operations broadcast by NumPy's rule and take operands of one type; a Java number takes its tensor's type.
 * Errors name the op, what was expected, what came, and the user's line.
 *
 * <p>The operations are in {@link Elementwise} (functions of each element), {@link Indexing} (shape, order, selection)
 * and {@link Contracting} (sums, products, sorting).
 */
public final class Tensor implements Output, Elementwise, Indexing, Contracting {
    private final Node node;
    private final int output;
    private final Spec spec;

    Tensor(Node node, int output, Spec spec) {
        this.node = node;
        this.output = output;
        this.spec = spec;
    }

    // ---- making ----

    /** An F32 vector. */
    public static Tensor of(float... values) {
        return of(HostArray.of(values, Shape.of(values.length)));
    }

    /** An I32 vector. */
    public static Tensor of(int... values) {
        return of(HostArray.of(values, Shape.of(values.length)));
    }

    /** An F32 matrix. @throws SteepestException if the rows differ in length */
    public static Tensor of(float[][] rows) {
        int n = rows.length == 0 ? 0 : rows[0].length;
        float[] flat = new float[rows.length * n];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != n)
                throw Caller.locate(
                        SteepestException.of("matrix: row %d has %d elements, row 0 has %d", i, rows[i].length, n));
            System.arraycopy(rows[i], 0, flat, i * n, n);
        }
        return of(HostArray.of(flat, Shape.of(rows.length, n)));
    }

    /** A tensor of the array's type and shape, which takes the array over. */
    public static Tensor of(HostArray array) {
        return leaf(new Leaf.Constant(array.spec()), array);
    }

    /** An F32 scalar that is an argument of plans: another value, the same plan. */
    public static Tensor scalar(double value) {
        return scalar(value, DType.F32);
    }

    public static Tensor scalar(double value, DType dtype) {
        return leaf(new Leaf.Argument(dtype), value);
    }

    /** A scalar that is part of the graph's code, such as the ½ in a derivative. */
    public static Tensor literal(double value, DType dtype) {
        return leaf(new Leaf.Literal(value, dtype), null);
    }

    public static Tensor zeros(Spec spec) {
        return literal(0, spec.dtype()).broadcastTo(spec.shape());
    }

    public static Tensor ones(Spec spec) {
        return literal(1, spec.dtype()).broadcastTo(spec.shape());
    }

    /** F32 zeros. */
    public static Tensor zeros(int... dims) {
        return zeros(Spec.of(DType.F32, dims));
    }

    /** F32 ones. */
    public static Tensor ones(int... dims) {
        return ones(Spec.of(DType.F32, dims));
    }

    /** F32, each element {@code value}. */
    public static Tensor full(double value, int... dims) {
        return scalar(value).broadcastTo(Shape.of(dims));
    }

    /** 0 … n−1, I32 {@code [n]}. */
    public static Tensor iota(int n) {
        return apply(new Iota(n));
    }

    /** {@code condition ? a : b} for each element, all three broadcast; condition is BOOL. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return pointwise(ScalarOp.SELECT, condition, a, b);
    }

    /** Tensors one after the other along an axis; they agree in all others. */
    public static Tensor concat(int axis, List<Tensor> parts) {
        if (parts.isEmpty()) throw Caller.locate(SteepestException.of("concat: takes at least one tensor"));
        int a = Caller.located(() -> parts.get(0).shape().axis(axis));
        return apply(new Concat(a), parts.toArray(Tensor[]::new));
    }

    public static Tensor concat(int axis, Tensor... parts) {
        return concat(axis, List.of(parts));
    }

    /** Tensors of one shape side by side along a new axis. */
    public static Tensor stack(int axis, List<Tensor> parts) {
        return concat(axis, parts.stream().map(t -> t.unsqueeze(axis)).toList());
    }

    // ---- graph ----

    /** The first output of an op applied to tensors. @throws SteepestException if they do not fit, with the caller's line */
    public static Tensor apply(Op op, Tensor... inputs) {
        return Node.create(op, null, inputs).output(0);
    }

    /** An op that holds something besides its inputs: a leaf's value, a random key. */
    public static Tensor leaf(Op op, Object payload, Tensor... inputs) {
        return Node.create(op, payload, inputs).output(0);
    }

    /** A scalar function of tensors, which broadcast. */
    public static Tensor pointwise(ScalarOp f, Tensor... in) {
        Shape shape = in[0].shape();
        try {
            for (Tensor t : in) shape = Shape.broadcast(new Pointwise(f).name(), shape, t.shape());
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
        Tensor[] same = new Tensor[in.length];
        for (int i = 0; i < in.length; i++) same[i] = in[i].broadcastTo(shape);
        return apply(new Pointwise(f), same);
    }

    public Node node() {
        return node;
    }

    /** Which output of its node this is. */
    public int output() {
        return output;
    }

    public Spec spec() {
        return spec;
    }

    public DType dtype() {
        return spec.dtype();
    }

    public Shape shape() {
        return spec.shape();
    }

    /** The number of elements. */
    public long size() {
        return spec.shape().size();
    }

    @Override
    public Tensor self() {
        return this;
    }

    /** The gradient of this scalar with respect to {@code x}, of x's shape; zeros where nothing flows. */
    public Tensor grad(Tensor x) {
        return Gradients.of(this, List.of(x)).get(0);
    }

    /** The gradients of this scalar with respect to several tensors. */
    public List<Tensor> grad(List<Tensor> xs) {
        return Gradients.of(this, xs);
    }

    /** The gradient with respect to a variable's current value. */
    public Tensor grad(Variable v) {
        return grad(v.read());
    }

    /** The same value, through which no gradient flows; once evaluated it no longer remembers its history. */
    public Tensor detach() {
        return apply(new Detach(), this);
    }

    /** The same tensor as another node, at no cost: gradients by it do not reach what else uses this one. */
    public Tensor alias() {
        return apply(new Move.Reshape(shape()), this);
    }

    /** The same tensor on another device. */
    public Tensor to(Device device) {
        evaluate();
        Value v = node.value(output);
        Device from = v == null ? Device.getDefault() : v.device();
        return from == device ? this : apply(new Copy(device, from), this);
    }

    @Override
    public Step asStep() {
        return Step.of(this);
    }

    // ---- looking ----

    /** Computes the value now, if that has not been done. @throws SteepestException inside the capture of a program */
    public Tensor evaluate() {
        Engine.get().evaluate(List.of(this));
        return this;
    }

    /** A copy of the value in the Java heap. */
    public HostArray toHost() {
        if (node.op() instanceof Leaf.Constant && node.payload() instanceof HostArray a) return a.copy();
        evaluate();
        return node.value(output).toHost();
    }

    /** The elements of an F32 tensor, row-major. */
    public float[] toFloats() {
        return toHost().floats();
    }

    /** The elements of an I32 tensor, row-major. */
    public int[] toInts() {
        return toHost().ints();
    }

    /** The only element. @throws SteepestException if there is not exactly one */
    public double item() {
        if (size() != 1) throw Caller.locate(SteepestException.of("item: takes a tensor of one element, got %s", spec));
        return toHost().get(0);
    }

    /** Type, shape and values: {@code f32[2,2] [[1, 2], [3, 4]]}; long axes are cut. Evaluates. */
    @Override
    public String toString() {
        if (isCaptured()) return spec + " (captured: known when the program runs)";
        return spec + " " + TensorText.of(toHost());
    }

    /** Whether this depends on an input of a program being captured. */
    private boolean isCaptured() {
        if (node.value(output) != null) return false;
        return Gradients.topological(List.of(this)).stream()
                .anyMatch(n -> n.op() instanceof Leaf.Input && n.value(0) == null);
    }

    static int[] toArray(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    static List<Integer> toList(int... values) {
        return Arrays.stream(values).boxed().toList();
    }
}
