package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import steepest.DType;
import steepest.Device;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Node;
import steepest.Program;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.op.ArgReduce;
import steepest.op.Cast;
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
import steepest.op.Sort;

/**
 * Evaluates a graph one node at a time on the reference device (no plan spans two nodes, no fused op is anything but its
 * meaning) and bounds, with every value, how far a device that rounds may be from it: running error analysis (Wilkinson,
 * "Error analysis revisited", 1986). With e the errors of an op's inputs x:
 *
 * <ul>
 *   <li>a scalar function is taken at the corners of x ± e, since all of them are monotone in each argument or convex;
 *   <li>what is a polynomial P of its inputs (sums, products, movements) errs by at most P(|x| + e) − P(|x|);
 *   <li>a comparison or an index is either certain, its arguments further apart than their errors, or unknown;
 * </ul>
 *
 * and each op adds what it rounds itself.
 */
final class Oracle {
    /** Half a unit in the last place of a number near 1: what one rounding does at most. */
    private static final double U = 0x1p-24;

    private static final double NONE = Double.POSITIVE_INFINITY;

    private final Device reference;
    private final int run;
    private final Map<Node, Enclosure[]> known = new IdentityHashMap<>();
    /** Programs of single nodes, by what they compute. */
    private final Map<Object, Program> programs;

    private Oracle(Device reference, int run, Map<Object, Program> programs) {
        this.reference = reference;
        this.run = run;
        this.programs = programs;
    }

    /**
     * What tensors should be.
     *
     * @param leaves the graph's inputs and what they are
     * @param run the number of the run, on which random bits depend
     */
    static List<Enclosure> evaluate(
            Device reference, List<Tensor> leaves, List<Enclosure> values, List<Tensor> outputs, int run) {
        Map<Object, Program> programs = new HashMap<>();
        Oracle oracle = new Oracle(reference, run, programs);
        try {
            for (int i = 0; i < leaves.size(); i++)
                oracle.known.put(leaves.get(i).node(), new Enclosure[] {values.get(i)});
            return oracle.evaluate(outputs);
        } finally {
            programs.values().forEach(Program::close);
        }
    }

    private List<Enclosure> evaluate(List<Tensor> outputs) {
        for (Node n : Gradients.topological(outputs)) if (!known.containsKey(n)) known.put(n, evaluate(n));
        return outputs.stream().map(t -> known.get(t.node())[t.output()]).toList();
    }

    private Enclosure[] evaluate(Node n) {
        List<Enclosure> in =
                n.inputList().stream().map(t -> known.get(t.node())[t.output()]).toList();
        Op op = n.op();
        if (op instanceof Fused f) return meaning(f, n, in).toArray(Enclosure[]::new);
        if (op instanceof Detach) return new Enclosure[] {in.get(0)};
        if (op instanceof Pointwise p && n.output(0).dtype() != DType.I32)
            return new Enclosure[] {pointwise(p.f(), in, n.output(0).spec())};
        List<HostArray> values = run(n, in.stream().map(Enclosure::value).toList());
        if (in.stream().allMatch(Enclosure::isExact) && !rounds(n))
            return values.stream().map(Enclosure::exact).toArray(Enclosure[]::new);
        HostArray value = values.get(0);
        if (op instanceof Cast c) return one(new Enclosure(value, cast(c.to(), in.get(0))));
        if (op instanceof Sort s) return sort(n, s, in.get(0), values);
        if (n.output(0).dtype() == DType.I32 && !(op instanceof ArgReduce) && !isMovement(op))
            return one(Enclosure.unknown(value)); // a whole number of uncertain ones
        if (op instanceof ArgReduce a) return one(new Enclosure(value, argReduce(n, a, in.get(0), value)));
        if (op instanceof Reduce r && (r.kind() == Reduce.Kind.MAX || r.kind() == Reduce.Kind.MIN))
            return one(new Enclosure(value, largest(in.get(0), r.axesArray())));
        return one(new Enclosure(value, polynomial(n, in, value)));
    }

    private static Enclosure[] one(Enclosure e) {
        return new Enclosure[] {e};
    }

    private List<Enclosure> meaning(Fused f, Node n, List<Enclosure> in) {
        List<Tensor> leaves =
                Fused.placeholders(n.inputList().stream().map(Tensor::spec).toList());
        Oracle inner = new Oracle(reference, run, programs);
        for (int i = 0; i < in.size(); i++) inner.known.put(leaves.get(i).node(), new Enclosure[] {in.get(i)});
        return inner.evaluate(f.meaning(leaves));
    }

    // ---- values ----

    /** The outputs of one node by itself, on the reference. */
    private List<HostArray> run(Node n, List<HostArray> in) {
        if (n.op() instanceof Leaf.Literal l) return List.of(filled(l.spec(), l.value()));
        if (n.op() instanceof Leaf.Argument a) return List.of(filled(a.spec(), (Double) n.payload()));
        if (n.op() instanceof Leaf.Constant) return List.of((HostArray) n.payload());
        // an op is a value; what else a node holds is a random key
        Program p = programs.computeIfAbsent(
                List.of(n.op(), in.size(), n.payload() == null ? "" : n.payload()),
                k -> Program.of(in.size(), (tensors, pass) -> {
                            Node alone = Tensor.leaf(n.op(), n.payload(), tensors.toArray(Tensor[]::new))
                                    .node();
                            Tensor[] outputs = new Tensor[alone.outputCount()];
                            Arrays.setAll(outputs, alone::output);
                            return Step.of(outputs);
                        })
                        .on(reference));
        p.resumeAt(run);
        return p.run(in.stream().map(Tensor::of).toList()).stream()
                .map(Tensor::toHost)
                .toList();
    }

    private static HostArray filled(Spec spec, double value) {
        HostArray a = HostArray.zeros(spec);
        for (int i = 0; i < a.size(); i++) a.set(i, value);
        return a;
    }

    // ---- errors ----

    private static boolean isMovement(Op op) {
        return op instanceof Move || op instanceof Pad || op instanceof steepest.op.Concat || op instanceof Gather;
    }

    /** Whether a node's own arithmetic is inexact for exact inputs. */
    private static boolean rounds(Node n) {
        Op op = n.op();
        boolean adds = op instanceof MatMul
                || op instanceof steepest.op.Scan
                || op instanceof ScatterAdd
                || op instanceof steepest.op.Fold
                || op instanceof Reduce r && (r.kind() == Reduce.Kind.SUM || r.kind() == Reduce.Kind.PROD);
        return n.output(0).dtype() == DType.F32
                && (adds || op instanceof Cast && n.input(0).dtype() == DType.I32);
    }

    private double[] polynomial(Node n, List<Enclosure> in, HostArray value) {
        boolean indexed = n.op() instanceof Gather || n.op() instanceof ScatterAdd;
        double[] error = new double[value.size()];
        if (n.op() instanceof ScatterAdd && !in.get(1).isExact()) {
            Arrays.fill(error, NONE);
            return error;
        }
        List<HostArray> size = new ArrayList<>();
        List<HostArray> sizeAndError = new ArrayList<>();
        for (int k = 0; k < in.size(); k++) {
            Enclosure x = in.get(k);
            if (k == 1 && indexed) {
                size.add(x.value());
                sizeAndError.add(x.value());
                continue;
            }
            double[] a = new double[x.error().length];
            double[] b = new double[a.length];
            for (int i = 0; i < a.length; i++) {
                a[i] = Math.abs(x.value().get(i));
                b[i] = a[i] + x.error()[i];
            }
            size.add(HostArray.of(a, x.value().shape()));
            sizeAndError.add(HostArray.of(b, x.value().shape()));
        }
        HostArray p = run(n, size).get(0);
        HostArray q = run(n, sizeAndError).get(0);
        double roundings = rounds(n) ? 2 + terms(n) : 0;
        for (int i = 0; i < error.length; i++) {
            error[i] = q.get(i) - p.get(i) + roundings * U * q.get(i);
            if (Double.isNaN(error[i]) || n.op() instanceof Gather && in.get(1).error()[i] != 0) error[i] = NONE;
            else if (roundings > 0) error[i] += underflow(value.get(i));
        }
        return error;
    }

    /** How many terms or factors an output of a sum or product has at most. */
    private static double terms(Node n) {
        double in = Math.max(1, n.input(0).size());
        double out = Math.max(1, n.output(0).size());
        if (n.op() instanceof Reduce) return in / out;
        if (n.op() instanceof MatMul) return n.input(0).shape().dim(-1);
        if (n.op() instanceof Cast) return 0;
        return in;
    }

    /** What lies below the normal numbers may be taken for zero. */
    private static double underflow(double value) {
        return value != 0 && Math.abs(value) < 2 * Float.MIN_NORMAL ? Float.MIN_NORMAL : 0;
    }

    private static Enclosure pointwise(ScalarOp f, List<Enclosure> in, Spec spec) {
        HostArray value = HostArray.zeros(spec);
        double[] error = new double[value.size()];
        double[] x = new double[3];
        double[] e = new double[3];
        for (int i = 0; i < error.length; i++) {
            for (int k = 0; k < in.size(); k++) {
                x[k] = in.get(k).value().get(i);
                e[k] = in.get(k).error()[i];
            }
            value.set(i, f.apply(x[0], x[1], x[2]));
            double y = value.get(i);
            double spread = e[0] + e[1] + e[2] == 0 ? 0 : spread(f, x, e, y);
            double own = ulps(f) * 2 * U * (Math.abs(y) + (Double.isInfinite(spread) ? 0 : spread));
            error[i] = Double.isFinite(y) ? spread + own + (ulps(f) > 0 ? underflow(y) : 0) : spread == 0 ? 0 : NONE;
        }
        return new Enclosure(value, error);
    }

    /** How far a function's value can lie from {@code y} if its arguments may be off by e. */
    private static double spread(ScalarOp f, double[] x, double[] e, double y) {
        if (f.rule() == ScalarOp.Rule.COMPARE) return Math.abs(x[0] - x[1]) <= e[0] + e[1] ? 1 : 0;
        if (f == ScalarOp.SIN || f == ScalarOp.COS) return Math.min(2, e[0]);
        if (f.rule() == ScalarOp.Rule.SELECT) {
            double chosen = x[0] != 0 ? e[1] : e[2];
            double other = Math.abs(x[1] - x[2]) + (x[0] != 0 ? e[2] : e[1]);
            return e[0] == 0 ? chosen : Math.max(chosen, other);
        }
        if (f.rule() == ScalarOp.Rule.LOGIC) {
            boolean certain = f.apply(0, 0, 0) == f.apply(1, 0, 0) && f.apply(0, 1, 0) == f.apply(1, 1, 0);
            return certain ? 0 : corners(truth(f), x, e, y);
        }
        if (f == ScalarOp.DIV && Math.abs(x[1]) <= e[1]
                || (f == ScalarOp.RECIPROCAL || f == ScalarOp.RSQRT || f == ScalarOp.LOG) && Math.abs(x[0]) <= e[0])
            return NONE;
        return corners((a, b) -> f.apply(a, b, x[2]), f, x, e, y);
    }

    private static DoubleBinaryOperator truth(ScalarOp f) {
        return (a, b) -> f.apply(Math.rint(a), Math.rint(b), 0);
    }

    private static double corners(DoubleBinaryOperator f, double[] x, double[] e, double y) {
        double spread = 0;
        for (int s = -1; s <= 1; s++)
            for (int t = -1; t <= 1; t++)
                spread = Math.max(spread, Math.abs(f.applyAsDouble(x[0] + s * e[0], x[1] + t * e[1]) - y));
        return Double.isNaN(spread) ? NONE : spread;
    }

    /** As above; a bound of clamp's is at its own corners too. */
    private static double corners(DoubleBinaryOperator f, ScalarOp op, double[] x, double[] e, double y) {
        if (op.arity() < 3 || e[2] == 0) return corners(f, x, e, y);
        double spread = 0;
        for (int s = -1; s <= 1; s++) {
            double c = x[2] + s * e[2];
            spread = Math.max(spread, corners((a, b) -> op.apply(a, b, c), x, e, y));
        }
        return spread;
    }

    /** How many units in the last place a function may be off, and the reference with it. */
    private static double ulps(ScalarOp f) {
        return switch (f) {
            case NEG, ABS, SIGN, FLOOR, CEIL, ROUND, MIN, MAX, CLAMP, RELU, SELECT -> 0;
            case ADD, SUB, MUL, SQUARE -> 1;
            case DIV, SQRT, RECIPROCAL -> 4;
            default -> f.rule() == ScalarOp.Rule.FLOAT ? 17 : 0; // comparisons and logic have none
        };
    }

    private static double[] cast(DType to, Enclosure x) {
        double[] error = new double[x.error().length];
        for (int i = 0; i < error.length; i++) {
            double v = x.value().get(i);
            double e = x.error()[i];
            if (to == DType.F32) error[i] = e + (x.value().dtype() == DType.I32 ? 2 * U * Math.abs(v) : 0);
            else if (to == DType.BOOL) error[i] = e > 0 && Math.abs(v) <= e ? 1 : 0;
            else error[i] = (long) (v - e) == (long) (v + e) ? 0 : NONE;
        }
        return error;
    }

    /** For each group of elements that a reduction takes together, the largest of their errors. */
    private double[] largest(Enclosure x, int... axes) {
        HostArray e = HostArray.of(x.error().clone(), x.value().shape());
        return eager(List.of(e), in -> in.get(0).max(axes)).doubles();
    }

    private HostArray eager(List<HostArray> in, java.util.function.Function<List<Tensor>, Tensor> f) {
        try (Program p = Program.of(in.size(), (t, pass) -> Step.of(f.apply(t))).on(reference)) {
            return p.run(in.stream().map(Tensor::of).toList()).get(0).toHost();
        }
    }

    /** A place is certain if no other element along the axis comes as near to the winner as both may be off. */
    private double[] argReduce(Node n, ArgReduce a, Enclosure x, HostArray winner) {
        long[] strides = x.value().shape().strides();
        int length = x.value().shape().dim(a.axis());
        long inner = strides[a.axis()];
        double[] error = new double[winner.size()];
        for (int i = 0; i < error.length; i++) {
            int start = (int) (i / inner * inner * length + i % inner);
            int best = (int) (start + winner.get(i) * inner);
            for (int j = 0; j < length; j++) {
                int at = (int) (start + j * inner);
                double slack = x.error()[at] + x.error()[best];
                if (at != best
                        && slack > 0
                        && Math.abs(x.value().get(at) - x.value().get(best)) <= slack) error[i] = NONE;
            }
        }
        return error;
    }

    /** Sorting moves no value further than the largest error; places are certain where neighbours are apart. */
    private Enclosure[] sort(Node n, Sort s, Enclosure x, List<HostArray> sorted) {
        HostArray value = sorted.get(0);
        if (value.size() == 0) return sorted.stream().map(Enclosure::exact).toArray(Enclosure[]::new);
        int length = value.shape().dim(s.axis());
        int inner = (int) value.shape().strides()[s.axis()];
        double[] most = largest(x, s.axis());
        double[] error = new double[value.size()];
        double[] place = new double[error.length];
        for (int i = 0; i < error.length; i++) {
            int line = i / (inner * length) * inner + i % inner;
            error[i] = most[line];
            boolean last = i / inner % length == length - 1;
            if (last || most[line] == 0) continue;
            if (!(Math.abs(value.get(i) - value.get(i + inner)) > 2 * most[line])) place[i] = place[i + inner] = NONE;
        }
        return new Enclosure[] {new Enclosure(value, error), new Enclosure(sorted.get(1), place)};
    }
}
