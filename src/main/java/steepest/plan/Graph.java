package steepest.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import steepest.DType;
import steepest.Gradients;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.backend.BackendDevice;
import steepest.op.Cast;
import steepest.op.Concat;
import steepest.op.Detach;
import steepest.op.Fused;
import steepest.op.Gather;
import steepest.op.Leaf;
import steepest.op.MatMul;
import steepest.op.Move;
import steepest.op.Op;
import steepest.op.Pad;
import steepest.op.Pointwise;
import steepest.op.Reduce;
import steepest.op.ScalarOp;
import steepest.op.ScatterAdd;

/**
 * The planner's own graph. It is built from a {@link Recipe} vertex by vertex, and every vertex is simplified as it is
 * made: equal ones are shared, fused ops that the device does not claim are replaced by their meaning, views are composed,
 * and where a kernel cannot read through a view a copy is put in.
 */
final class Graph {
    /** An op applied to ports. Created after what it depends on, so ids are a topological order. */
    static final class Vertex {
        final int id;
        final Op op;
        final List<Port> in;
        final List<Spec> specs;
        final int leaf;
        /** For a {@link Move} only: where its elements lie. */
        final Strided view;

        private Vertex(int id, Op op, List<Port> in, List<Spec> specs, int leaf, Strided view) {
            this.id = id;
            this.op = op;
            this.in = in;
            this.specs = specs;
            this.leaf = leaf;
            this.view = view;
        }

        /** Whether this is a loop over elements, which can be fused with others. */
        boolean isPointwise() {
            return op instanceof Pointwise || op instanceof Cast;
        }

        /** Whether this is a number, which kernels take as such. */
        boolean isScalar() {
            return op instanceof Leaf.Literal || op instanceof Leaf.Argument;
        }

        /** Whether this is memory that exists before the plan runs. */
        boolean isBound() {
            return op instanceof Leaf && !isScalar();
        }
    }

    /** An output of a vertex. */
    record Port(Vertex vertex, int output) {
        Spec spec() {
            return vertex.specs.get(output);
        }

        Shape shape() {
            return spec().shape();
        }

        /** The memory behind: itself, or what a view looks at. */
        Strided strided() {
            return vertex.view != null ? vertex.view : Strided.whole(this);
        }
    }

    private record Key(Op op, List<Port> in, int leaf) {}

    private final BackendDevice device;
    private final Map<Key, Vertex> vertices = new HashMap<>();
    final List<Port> roots = new ArrayList<>();
    /** Variable leaf and new value. */
    final List<Map.Entry<Vertex, Port>> writes = new ArrayList<>();

    Graph(Recipe.Form form, BackendDevice device) {
        this.device = device;
        List<List<Port>> made = new ArrayList<>();
        Map<Integer, Vertex> leafVertex = new HashMap<>();
        for (Recipe.Entry e : form.entries()) {
            List<Port> in = e.inputs().stream()
                    .map(r -> made.get(r.entry()).get(r.output()))
                    .toList();
            List<Port> out = make(e.op(), in, e.leaf());
            if (e.leaf() >= 0) leafVertex.put(e.leaf(), out.get(0).vertex());
            made.add(out);
        }
        for (Recipe.Ref r : form.roots()) roots.add(made.get(r.entry()).get(r.output()));
        for (Recipe.Write w : form.writes()) {
            Port value = made.get(w.value().entry()).get(w.value().output());
            writes.add(Map.entry(leafVertex.get(w.leaf()), value));
        }
    }

    /** The outputs of an op, simplified and legal for the device. */
    private List<Port> make(Op op, List<Port> in, int leaf) {
        List<Spec> specs = op.outputs(in.stream().map(Port::spec).toList());
        if (op instanceof Fused f
                && !device.claims(f, in.stream().map(Port::spec).toList())) return expand(f, in);
        if (op instanceof Detach) return in;
        if (op instanceof Move m) return List.of(move(m, in.get(0), specs.get(0)));
        if (op instanceof Cast c && c.to() == in.get(0).spec().dtype()) return in;
        if (op instanceof Pointwise p) {
            Port simpler = simplify(p.f(), in, specs.get(0));
            if (simpler != null) return List.of(simpler);
            Shape where = shapeOfLoop(in);
            if (where != null) return List.of(loop(p, in, where, specs.get(0)));
        }
        if (op instanceof MatMul && in.get(0).shape().dim(-1) == 0) return List.of(constant(0, specs.get(0)));
        if (op instanceof Reduce r
                && r.axes().stream().allMatch(a -> in.get(0).shape().dim(a) == 1))
            return List.of(move(new Move.Reshape(specs.get(0).shape()), in.get(0), specs.get(0)));
        List<Port> legal = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) legal.add(readable(op, i, in.get(i)));
        return ports(vertex(op, legal, specs, leaf, null));
    }

    /**
     * The shape of an operand's memory, where the operand has it but for axes of size 1 and could run in one kernel with this
     * loop: products first, such as a convolution of one row that is seen without it. Null where the loop keeps its shape.
     */
    private Shape shapeOfLoop(List<Port> in) {
        Shape found = null;
        boolean stays = false;
        for (Port p : in) {
            Port base = p.strided().base();
            boolean product = takesEpilogue(base.vertex());
            if (!product && !base.vertex().isPointwise() || !p.strided().isAllOf(base)) continue;
            if (base.equals(p)) stays = true;
            else if (product) return base.shape();
            else if (found == null) found = base.shape();
        }
        return stays ? null : found;
    }

    private boolean takesEpilogue(Vertex v) {
        return v.specs.size() == 1
                && device.fusesInto(v.op, v.in.stream().map(Port::spec).toList());
    }

    /** A loop in another shape of the same elements, seen in its own. */
    private Port loop(Pointwise p, List<Port> in, Shape shape, Spec spec) {
        List<Port> there = new ArrayList<>();
        for (Port x : in)
            there.add(move(new Move.Reshape(shape), x, new Spec(x.spec().dtype(), shape)));
        Vertex v = vertex(p, there, List.of(new Spec(spec.dtype(), shape)), -1, null);
        return move(new Move.Reshape(spec.shape()), new Port(v, 0), spec);
    }

    private static List<Port> ports(Vertex v) {
        return IntStream.range(0, v.specs.size()).mapToObj(i -> new Port(v, i)).toList();
    }

    private Vertex vertex(Op op, List<Port> in, List<Spec> specs, int leaf, Strided view) {
        return vertices.computeIfAbsent(
                new Key(op, in, leaf), k -> new Vertex(vertices.size(), op, in, specs, leaf, view));
    }

    /** A fused op's meaning, built on stand-ins and carried over. */
    private List<Port> expand(Fused f, List<Port> in) {
        List<Tensor> out =
                f.meaning(Fused.placeholders(in.stream().map(Port::spec).toList()));
        Map<Node, List<Port>> made = new HashMap<>();
        for (Node n : Gradients.topological(out)) {
            List<Port> ports;
            if (n.op() instanceof Leaf.Input i) {
                ports = List.of(in.get(i.index()));
            } else {
                List<Port> from = new ArrayList<>();
                for (Tensor t : n.inputs()) from.add(made.get(t.node()).get(t.output()));
                // a number in a meaning has no caller to change it
                Op op = n.op() instanceof Leaf.Argument a ? new Leaf.Literal((Double) n.payload(), a.dtype()) : n.op();
                ports = make(op, from, -1);
            }
            made.put(n, ports);
        }
        return out.stream().map(t -> made.get(t.node()).get(t.output())).toList();
    }

    /** A view; a copy first where the view cannot be expressed by strides. */
    private Port move(Move m, Port x, Spec spec) {
        if (m instanceof Move.Reshape && spec.shape().equals(x.shape())) return x;
        if (m instanceof Move.Permute p && swapsLastTwo(p) && x.vertex().op instanceof MatMul) {
            // (AB)ᵀ = BᵀAᵀ, and transposed operands cost nothing
            List<Port> ab = x.vertex().in;
            return make(new MatMul(), List.of(transposed(ab.get(1)), transposed(ab.get(0))), -1)
                    .get(0);
        }
        Strided view = x.strided().through(m, spec.shape());
        if (view == null) return move(m, copy(x), spec);
        if (view.isWholeOf(view.base())) return view.base();
        return new Port(vertex(m, List.of(x), List.of(spec), -1, view), 0);
    }

    private static boolean swapsLastTwo(Move.Permute p) {
        int r = p.order().size();
        for (int i = 0; i < r - 2; i++) if (p.order().get(i) != i) return false;
        return p.order().get(r - 1) == r - 2;
    }

    private Port transposed(Port x) {
        List<Integer> order = new ArrayList<>();
        int r = x.shape().rank();
        for (int i = 0; i < r - 2; i++) order.add(i);
        order.add(r - 1);
        order.add(r - 2);
        Move m = new Move.Permute(order);
        return move(m, x, m.outputs(List.of(x.spec())).get(0));
    }

    /** The same elements in memory of their own. */
    Port copy(Port x) {
        return new Port(vertex(new Cast(x.spec().dtype()), List.of(x), List.of(x.spec()), -1, null), 0);
    }

    /** What a kernel can take as input {@code i}: see {@link steepest.backend.Kernel.OpKernel}. */
    private Port readable(Op op, int i, Port x) {
        if (op instanceof Pointwise || op instanceof Cast || op instanceof Pad || op instanceof Concat) return x;
        Strided s = x.strided();
        if (s.base().vertex().isScalar()) return copy(x);
        boolean anyStrides = op instanceof MatMul || i == 1 && (op instanceof Gather || op instanceof ScatterAdd);
        return anyStrides || s.isContiguous() ? x : copy(x);
    }

    // ---- simplification ----

    /** A port that equals {@code f(in)} and costs less, or null. */
    private Port simplify(ScalarOp f, List<Port> in, Spec spec) {
        Double a = literal(in.get(0));
        Double b = in.size() > 1 ? literal(in.get(1)) : null;
        Double c = in.size() > 2 ? literal(in.get(2)) : null;
        if (a != null && (in.size() < 2 || b != null) && (in.size() < 3 || c != null) && spec.dtype() == DType.F32) {
            double v = f.apply(a, b == null ? 0 : b, c == null ? 0 : c);
            // as the device would compute it: one that has F64 keeps doubles
            return constant(device.supports(DType.F64) ? v : (float) v, spec);
        }
        return switch (f) {
            case MUL -> is(a, 1) ? in.get(1) : is(b, 1) ? in.get(0) : null;
            case DIV -> is(b, 1) ? in.get(0) : null;
            // x + 0 is x but for x = −0, which compares equal
            case ADD -> is(a, 0) ? in.get(1) : is(b, 0) ? in.get(0) : null;
            case SUB -> is(b, 0) ? in.get(0) : null;
            case NEG ->
                in.get(0).vertex().op instanceof Pointwise p && p.f() == ScalarOp.NEG
                        ? in.get(0).vertex().in.get(0)
                        : null;
            default -> null;
        };
    }

    private static boolean is(Double literal, double value) {
        return literal != null && literal == value;
    }

    /** The number that every element of a port is, if that is known; null otherwise. */
    private static Double literal(Port p) {
        return p.strided().base().vertex().op instanceof Leaf.Literal l ? Double.valueOf(l.value()) : null;
    }

    private Port constant(double value, Spec spec) {
        Leaf.Literal l = new Leaf.Literal(value, spec.dtype());
        Port p = new Port(vertex(l, List.of(), List.of(l.spec()), -1, null), 0);
        int[] ones = new int[spec.shape().rank()];
        java.util.Arrays.fill(ones, 1);
        Spec flat = new Spec(spec.dtype(), Shape.of(ones));
        return move(new Move.Expand(spec.shape()), move(new Move.Reshape(flat.shape()), p, flat), spec);
    }

    /** The vertices that roots and writes need, inputs before users; views left out, their bases kept. */
    List<Vertex> needed() {
        boolean[] mark = new boolean[vertices.size()];
        List<Vertex> all = new ArrayList<>(vertices.values());
        all.sort((x, y) -> Integer.compare(y.id, x.id));
        for (Port p : roots) mark[p.strided().base().vertex().id] = true;
        writes.forEach(w -> {
            mark[w.getValue().strided().base().vertex().id] = true;
            mark[w.getKey().id] = true;
        });
        List<Vertex> needed = new ArrayList<>();
        for (Vertex v : all) {
            if (!mark[v.id]) continue;
            needed.add(v);
            for (Port p : v.in) mark[p.strided().base().vertex().id] = true;
        }
        java.util.Collections.reverse(needed);
        return needed;
    }
}
