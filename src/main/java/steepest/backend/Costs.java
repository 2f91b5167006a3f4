package steepest.backend;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import steepest.Gradients;
import steepest.Node;
import steepest.Recorder.Work;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.fused.Conv2d;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Fused;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Pointwise;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Sort;

/**
 * What kernels cost, counted from ops and shapes alone, as the roofline model has it (Williams, Waterman and Patterson,
 * 2009): floating-point operations, and the bytes that must be moved if everything is read once and written once.
 *
 * <p>A scalar function is one operation, however dear; a multiplication and an addition are two; a comparison by which
 * extremes are found or numbers sorted is one; moves, conversions, look-ups and random bits are none. A fused op costs
 * what its meaning does, but convolutions and their gradients, which are {@code 2 · outputs · C/groups · kh · kw}.
 */
public final class Costs {
    private static final int FUNCTIONS_NAMED = 3;

    private Costs() {}

    public static Work of(Kernel kernel) {
        return kernel instanceof Kernel.PointwiseKernel p ? pointwise(p) : op((Kernel.OpKernel) kernel);
    }

    /** Of kernels that run as one. */
    public static Work of(List<Kernel> kernels) {
        List<Work> all = kernels.stream().map(Costs::of).toList();
        String first = all.get(0).name();
        return new Work(
                all.size() == 1 ? first : first + " and " + (all.size() - 1) + " like it",
                all.stream().mapToLong(Work::flops).sum(),
                all.stream().mapToLong(Work::bytes).sum());
    }

    private static Work pointwise(Kernel.PointwiseKernel k) {
        List<String> functions = k.code().stream()
                .filter(i -> i.f() != null)
                .map(i -> i.f().name().toLowerCase(Locale.ROOT))
                .toList();
        boolean reads = k.loads().stream().anyMatch(l -> l instanceof Kernel.Element);
        String name = functions.isEmpty()
                ? k.code().isEmpty() ? reads ? "copy" : "fill" : "convert"
                : String.join("+", functions.subList(0, Math.min(FUNCTIONS_NAMED, functions.size())))
                        + (functions.size() > FUNCTIONS_NAMED
                                ? "+" + (functions.size() - FUNCTIONS_NAMED) + " more"
                                : "");
        Stream<View> loaded =
                k.loads().stream().filter(l -> l instanceof Kernel.Element).map(l -> ((Kernel.Element) l).view());
        Stream<View> stored = k.stores().stream().map(Kernel.Store::view);
        return new Work(name + " " + k.space(), functions.size() * k.space().size(), bytes(loaded) + bytes(stored));
    }

    private static Work op(Kernel.OpKernel k) {
        List<Spec> in = k.inputs().stream().map(View::spec).toList();
        List<Spec> out = k.outputs().stream().map(View::spec).toList();
        String shapes = (in.isEmpty() ? out : in)
                .stream().limit(2).map(s -> s.shape().toString()).collect(Collectors.joining(" "));
        long read = bytes(k.inputs().stream());
        long flops = flops(k.op(), in, out);
        String name = k.op().name() + " " + shapes;
        if (k.epilogue() == null) return new Work(name, flops, read + bytes(k.outputs().stream()));
        Work epilogue = pointwise(k.epilogue());
        return new Work(name + ", " + epilogue.name(), flops + epilogue.flops(), read + epilogue.bytes());
    }

    /** Bytes of the elements under views; one that is repeated counts once. */
    private static long bytes(Stream<View> views) {
        return views.mapToLong(v -> {
                    long n = v.dtype().bytes();
                    for (int i = 0; i < v.shape().rank(); i++)
                        if (v.strides()[i] != 0) n *= v.shape().dim(i);
                    return v.shape().size() == 0 ? 0 : n;
                })
                .sum();
    }

    static long flops(Op op, List<Spec> in, List<Spec> out) {
        if (op instanceof Pointwise) return out.get(0).shape().size();
        if (op instanceof Reduce
                || op instanceof ArgReduce
                || op instanceof Scan
                || op instanceof ScatterAdd
                || op instanceof Fold) return in.get(0).shape().size();
        if (op instanceof MatMul) {
            Shape a = in.get(0).shape();
            return 2 * out.get(0).shape().size() * a.dim(a.rank() - 1);
        }
        if (op instanceof Sort s) {
            Shape x = in.get(0).shape();
            return x.size() * levels(x.dim(x.axis(s.axis())));
        }
        if (op instanceof Conv2d)
            return convolution(out.get(0).shape(), in.get(1).shape());
        if (op instanceof Conv2d.InputGrad)
            return convolution(in.get(0).shape(), in.get(1).shape());
        if (op instanceof Conv2d.WeightGrad)
            return convolution(in.get(1).shape(), out.get(0).shape());
        return op instanceof Fused f ? meaning(f, in) : 0;
    }

    /** ⌈log₂ n⌉ */
    private static long levels(long n) {
        return n < 2 ? 0 : 64 - Long.numberOfLeadingZeros(n - 1);
    }

    /**
     * @param outputs of the forward convolution {@code [N, K, oh, ow]}
     * @param weight {@code [K, C/groups, kh, kw]}
     */
    private static long convolution(Shape outputs, Shape weight) {
        return 2 * outputs.size() * weight.slice(1, 4).size();
    }

    private static long meaning(Fused op, List<Spec> in) {
        List<Tensor> results = op.meaning(Fused.placeholders(in));
        long sum = 0;
        for (Node n : Gradients.topological(results)) {
            List<Spec> inputs = n.inputList().stream().map(Tensor::spec).toList();
            List<Spec> outputs = IntStream.range(0, n.outputCount())
                    .mapToObj(i -> n.output(i).spec())
                    .toList();
            sum += flops(n.op(), inputs, outputs);
        }
        return sum;
    }
}
