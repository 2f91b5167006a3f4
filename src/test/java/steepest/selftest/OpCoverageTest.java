package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.Gradients;
import steepest.Node;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.fused.Pool2d;
import steepest.nn.Layer;
import steepest.nn.Layers;
import steepest.op.ArgReduce;
import steepest.op.Cast;
import steepest.op.Concat;
import steepest.op.Gather;
import steepest.op.Leaf;
import steepest.op.LogSumExp;
import steepest.op.MatMul;
import steepest.op.Move;
import steepest.op.Op;
import steepest.op.Pad;
import steepest.op.Random;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Softmax;
import steepest.op.Sort;
import steepest.op.Window;

/** The table has each op with each setting that takes another way through a kernel, by the graphs that its rows build. */
class OpCoverageTest {
    private static final List<String> AXES = List.of("first axis", "middle axis", "last axis");
    private static final List<Node> NODES =
            OpCases.all().stream().flatMap(OpCoverageTest::nodes).toList();
    private static final Set<String> SEEN =
            NODES.stream().flatMap(OpCoverageTest::settings).collect(Collectors.toCollection(TreeSet::new));

    private static Stream<Node> nodes(OpCase c) {
        List<Tensor> in = new ArrayList<>();
        for (OpCase.Input i : c.inputs()) in.add(Tensor.leaf(new Leaf.Input(in.size(), i.spec()), null));
        return Gradients.topological(c.apply(in)).stream();
    }

    /** What sets a node apart from others of its op. */
    private static Stream<String> settings(Node n) {
        Op op = n.op();
        if (op instanceof Reduce r)
            return Stream.of(name(r)
                    + (r.axes().size() > 1 ? " several axes" : axis(n, r.axes().get(0))));
        if (op instanceof ArgReduce a) return Stream.of((a.max() ? "argmax" : "argmin") + axis(n, a.axis()));
        if (op instanceof Scan s) return Stream.of("scan" + (s.reverse() ? " reverse" : "") + axis(n, s.axis()));
        if (op instanceof Sort s) return Stream.of("sort" + (s.descending() ? " descending" : "") + axis(n, s.axis()));
        if (op instanceof Gather g) return Stream.of("gather" + axis(n, g.axis()));
        if (op instanceof ScatterAdd s) return Stream.of("scatterAdd" + axis(n, s.axis()));
        if (op instanceof Concat c) return Stream.of("concat" + axis(n, c.axis()));
        if (op instanceof LogSumExp s) return Stream.of("logSumExp" + axis(n, s.axis()));
        if (op instanceof Softmax s) return Stream.of("softmax" + axis(n, s.axis()));
        if (op instanceof Softmax.Grad s) return Stream.of("softmaxGrad" + axis(n, s.axis()));
        if (op instanceof Softmax.Log s) return Stream.of("logSoftmax" + axis(n, s.axis()));
        if (op instanceof Softmax.LogGrad s) return Stream.of("logSoftmaxGrad" + axis(n, s.axis()));
        if (op instanceof Random r) return Stream.of("random " + r.kind());
        if (op instanceof Cast c) return Stream.of("cast " + n.input(0).dtype() + " to " + c.to());
        if (op instanceof Pad p)
            return Stream.of(
                    p.between().stream().anyMatch(b -> b > 0) ? "pad between" : "pad around",
                    p.value() == 0 ? "pad with 0" : "pad with another number");
        if (op instanceof Move.Slice s)
            return Stream.of(s.step().stream().anyMatch(step -> step > 1) ? "slice with steps" : "slice");
        if (op instanceof MatMul) return product(n);
        if (op instanceof Conv2d c) {
            int[] w = n.input(1).shape().dims();
            return convolution("conv2d", c.geometry(), w[0], w[1], w[2], w[3]);
        }
        if (op instanceof Conv2d.InputGrad c) {
            int[] w = n.input(1).shape().dims();
            return convolution("conv2dInputGrad", c.geometry(), w[0], w[1], w[2], w[3]);
        }
        if (op instanceof Conv2d.WeightGrad c) {
            int[] w = n.output(0).shape().dims();
            return convolution("conv2dWeightGrad", c.geometry(), w[0], w[1], c.kh(), c.kw());
        }
        if (op instanceof Pool2d.Max p) return pool("maxPool2d", p.window(), p.padH(), p.padW());
        if (op instanceof Pool2d.MaxGrad g)
            return pool(
                    "maxPool2dGrad",
                    g.pool().window(),
                    g.pool().padH(),
                    g.pool().padW());
        if (op instanceof Pool2d.Average p) return pool("avgPool2d", p.window(), p.padH(), p.padW());
        if (op instanceof Pool2d.AverageGrad g)
            return pool(
                    "avgPool2dGrad",
                    g.pool().window(),
                    g.pool().padH(),
                    g.pool().padW());
        return Stream.of();
    }

    private static String name(Reduce r) {
        return r.kind().name().toLowerCase(Locale.ROOT);
    }

    /** Where an axis lies, among three or more. */
    private static String axis(Node n, int axis) {
        int last = n.input(0).shape().rank() - 1;
        return last < 2 ? "" : " " + AXES.get(axis == 0 ? 0 : axis == last ? 2 : 1);
    }

    private static Stream<String> product(Node n) {
        List<String> all = new ArrayList<>();
        boolean left = isTransposed(n.input(0));
        boolean right = isTransposed(n.input(1));
        all.add("matmul " + (left ? "Aᵀ" : "A") + (right ? "Bᵀ" : "B"));
        Shape out = n.output(0).shape();
        if (out.rank() > 2) all.add("matmul batched");
        for (Tensor t : n.inputList()) if (t.node().op() instanceof Move.Expand) all.add("matmul broadcast");
        if (out.dim(-1) == 1) all.add("matmul one column");
        if (out.dim(-2) == 1) all.add("matmul one row");
        return all.stream();
    }

    private static boolean isTransposed(Tensor t) {
        return t.node().op() instanceof Move.Permute p
                && p.order().get(p.order().size() - 1) != p.order().size() - 1;
    }

    private static Stream<String> convolution(String op, Geometry g, int out, int each, int kh, int kw) {
        List<String> all = new ArrayList<>();
        boolean depthwise = g.groups() > 1 && each == 1;
        if (depthwise) all.add(out == g.groups() ? " depthwise" : " depthwise, several to a channel");
        else all.add(g.groups() > 1 ? " groups" : " one group");
        if (g.strideH() > 1) all.add(g.strideH() == g.strideW() ? " stride" : " strides that differ");
        if (g.dilationH() > 1) all.add(" dilation");
        if (g.dilationH() != g.dilationW()) all.add(" dilations that differ");
        boolean padded = g.padTop() + g.padBottom() + g.padLeft() + g.padRight() > 0;
        all.add(
                !padded
                        ? " no padding"
                        : g.padTop() != g.padBottom() || g.padLeft() != g.padRight()
                                ? " asymmetric padding"
                                : " padding");
        all.add(kh * kw == 1 ? " 1x1" : kh == kw ? " square kernel" : " kernel that is not square");
        if (g.strideH() > kh) all.add(" stride beyond the kernel");
        return all.stream().map(s -> op + s);
    }

    private static final List<String> CONVOLUTION = List.of(
            " one group",
            " groups",
            " depthwise",
            " depthwise, several to a channel",
            " stride",
            " strides that differ",
            " stride beyond the kernel",
            " dilation",
            " dilations that differ",
            " no padding",
            " padding",
            " asymmetric padding",
            " 1x1",
            " square kernel",
            " kernel that is not square");

    private static Stream<String> pool(String op, Window w, int padH, int padW) {
        List<String> all = new ArrayList<>();
        all.add(w.strideH() < w.kh() ? " overlapping" : w.strideH() > w.kh() ? " gaps" : " side by side");
        if (w.strideH() != w.strideW()) all.add(" strides that differ");
        if (w.kh() != w.kw()) all.add(" window that is not square");
        if (w.dilationH() > 1) all.add(" dilation");
        all.add(padH + padW > 0 ? " padding" : " no padding");
        return all.stream().map(s -> op + s);
    }

    private static final List<String> POOL = List.of(
            " overlapping",
            " gaps",
            " side by side",
            " strides that differ",
            " window that is not square",
            " dilation",
            " padding",
            " no padding");

    private static List<String> each(List<String> ops, List<String> settings) {
        return ops.stream().flatMap(op -> settings.stream().map(s -> op + s)).toList();
    }

    @Test
    void everyOpAlongAnAxisHasItFirstInTheMiddleAndLast() {
        List<String> ops = new ArrayList<>(List.of(
                "argmax",
                "argmin",
                "scan",
                "scan reverse",
                "sort",
                "sort descending",
                "gather",
                "scatterAdd",
                "concat"));
        ops.addAll(List.of("logSumExp", "softmax", "softmaxGrad", "logSoftmax", "logSoftmaxGrad"));
        for (Reduce.Kind k : Reduce.Kind.values()) ops.add(k.name().toLowerCase(Locale.ROOT));
        assertThat(SEEN).containsAll(each(ops, AXES.stream().map(a -> " " + a).toList()));
    }

    @Test
    void everyReductionIsTakenOverSeveralAxes() {
        for (Reduce.Kind k : Reduce.Kind.values())
            assertThat(SEEN).contains(k.name().toLowerCase(Locale.ROOT) + " several axes");
    }

    @Test
    void convolutionsAndTheirGradientsHaveEverySetting() {
        assertThat(SEEN).containsAll(each(List.of("conv2d", "conv2dInputGrad", "conv2dWeightGrad"), CONVOLUTION));
    }

    @Test
    void poolingsAndTheirGradientsHaveEverySetting() {
        assertThat(SEEN).containsAll(each(List.of("maxPool2d", "maxPool2dGrad", "avgPool2d", "avgPool2dGrad"), POOL));
        List<String> details = OpCases.all().stream().map(OpCase::name).toList();
        for (String pad : List.of("padding counted", "padding not counted"))
            assertThat(details).anyMatch(d -> d.startsWith("avgPool2d") && d.contains(pad));
    }

    @Test
    void productsHaveEveryTranspositionAndBatching() {
        assertThat(SEEN)
                .contains("matmul AB", "matmul AᵀB", "matmul ABᵀ", "matmul AᵀBᵀ")
                .contains("matmul batched", "matmul broadcast", "matmul one column", "matmul one row");
    }

    @Test
    void whatMovesHasEverySetting() {
        assertThat(SEEN)
                .contains("pad between", "pad around", "pad with 0", "pad with another number")
                .contains("slice", "slice with steps");
        for (Random.Kind k : Random.Kind.values()) assertThat(SEEN).contains("random " + k);
    }

    @Test
    void everyTypeIsCastToEveryOther() {
        List<DType> types = List.of(DType.F32, DType.I32, DType.U8, DType.BOOL);
        assertThat(SEEN)
                .containsAll(types.stream()
                        .flatMap(
                                from -> types.stream().filter(to -> to != from).map(to -> "cast " + from + " to " + to))
                        .toList());
    }

    @Test
    void everyLayerWithWeightsHasARow() {
        String rows = OpCases.all().stream().map(OpCase::name).collect(Collectors.joining("\n"));
        Set<String> layers = Arrays.stream(Layers.class.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && m.getReturnType() != Layer.class)
                .map(Method::getName)
                .collect(Collectors.toSet());
        assertThat(layers)
                .hasSizeGreaterThan(12)
                .allSatisfy(layer -> assertThat(rows).contains("layer " + layer + "("));
    }
}
