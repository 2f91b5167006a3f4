package steepest.backend.opencl;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.Kernel;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.View;
import steepest.fused.BatchNorm;
import steepest.fused.Conv2d;
import steepest.fused.GroupNorm;
import steepest.fused.GruCell;
import steepest.fused.LstmCell;
import steepest.fused.NearestCentroid;
import steepest.fused.Pool2d;
import steepest.fused.RmsNorm;
import steepest.fused.SoftCrossEntropy;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Fused;
import steepest.op.Gather;
import steepest.op.Iota;
import steepest.op.LogSumExp;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Random;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Softmax;
import steepest.op.Sort;
import steepest.op.Unfold;
import steepest.op.Variance;
import steepest.op.Window;

/**
 * Turns the kernels of a schedule into launches of OpenCL kernels. Each op that has a kernel has a row in the table below;
 * the larger families have a class of their own.
 */
final class Lowering {
    private Lowering() {}

    /** How an op becomes launches. */
    @FunctionalInterface
    interface Rule<O extends Op> {
        /** @param in the op's inputs, {@code y} its first output, {@code k} all of it */
        void lower(O op, List<View> in, View y, OpKernel k, Launches out);
    }

    private static final Map<Class<? extends Op>, Rule<?>> RULES = new HashMap<>();

    private static <O extends Op> void rule(Class<O> op, Rule<? super O> rule) {
        RULES.put(op, rule);
    }

    static {
        rule(
                Iota.class,
                (op, in, y, k, out) ->
                        out.launch(philox(true), "iota").view(y).ints(op.n()).jobs(op.n(), 1));
        rule(Random.class, (op, in, y, k, out) -> random(op, k, y, out));
        rule(Reduce.class, (op, in, y, k, out) -> ReduceLowering.lower(op, in.get(0), y, out));
        rule(ArgReduce.class, (op, in, y, k, out) -> argReduce(op, in.get(0), y, out));
        rule(Scan.class, (op, in, y, k, out) -> ScanLowering.scan(op, in.get(0), y, out));
        rule(
                Sort.class,
                (op, in, y, k, out) ->
                        ScanLowering.sort(op, in.get(0), y, k.outputs().get(1), out));
        rule(MatMul.class, (op, in, y, k, out) -> MatMulLowering.lower(in.get(0), in.get(1), k, out));
        rule(Gather.class, (op, in, y, k, out) -> IndexLowering.gather(op, in.get(0), in.get(1), y, out));
        rule(ScatterAdd.class, (op, in, y, k, out) -> IndexLowering.scatterAdd(op, in.get(0), in.get(1), y, out));
        rule(Unfold.class, (op, in, y, k, out) -> unfold(op.window(), in.get(0), y, out));
        rule(Fold.class, (op, in, y, k, out) -> fold(op, in.get(0), y, out));
        rule(
                Conv2d.class,
                (op, in, y, k, out) -> ConvolutionLowering.forward(op.geometry(), in.get(0), in.get(1), k, out));
        rule(
                Conv2d.InputGrad.class,
                (op, in, y, k, out) -> ConvolutionLowering.inputGradient(op.geometry(), in.get(0), in.get(1), k, out));
        rule(
                Conv2d.WeightGrad.class,
                (op, in, y, k, out) -> ConvolutionLowering.weightGradient(op.geometry(), in.get(0), in.get(1), k, out));
        rule(LstmCell.class, (op, in, y, k, out) -> RecurrentLowering.lower("lstm", k, out));
        rule(LstmCell.Grad.class, (op, in, y, k, out) -> RecurrentLowering.lower("lstm_grad", k, out));
        rule(GruCell.class, (op, in, y, k, out) -> RecurrentLowering.lower("gru", k, out));
        rule(GruCell.Grad.class, (op, in, y, k, out) -> RecurrentLowering.lower("gru_grad", k, out));
        rule(
                NearestCentroid.class,
                (op, in, y, k, out) -> KMeansLowering.nearest(in, y, k.outputs().get(1), out));
        rule(
                Pool2d.Max.class,
                (op, in, y, k, out) -> pool("max_pool", op.window(), op.padH(), op.padW(), in, y, false, out));
        rule(Pool2d.MaxGrad.class, (op, in, y, k, out) -> {
            Pool2d.Max p = op.pool();
            Window w = p.window();
            boolean apart = w.strideH() > (w.kh() - 1) * w.dilationH() && w.strideW() > (w.kw() - 1) * w.dilationW();
            long n = y.shape().size();
            if (apart && !out.tuning.chunked()) {
                out.launch(Unit.of("pooling", Map.of()), "zero").view(y).ints(n).jobs(n, 1);
                pool("max_pool_grad_apart", w, p.padH(), p.padW(), in, y, true, out);
            } else pool("max_pool_grad", w, p.padH(), p.padW(), in, y, true, out);
        });
        rule(
                Pool2d.Average.class,
                (op, in, y, k, out) -> pool("average_pool", op.window(), op.padH(), op.padW(), in, y, false, out));
        rule(Pool2d.AverageGrad.class, (op, in, y, k, out) -> {
            Pool2d.Average p = op.pool();
            pool("average_pool_grad", p.window(), p.padH(), p.padW(), in, y, true, out);
        });
        rule(BatchNorm.class, NormLowering::batchNorm);
        rule(BatchNorm.Grad.class, NormLowering::batchNormGrad);
        rule(GroupNorm.class, NormLowering::groupNorm);
        rule(GroupNorm.Grad.class, NormLowering::groupNormGrad);
        rule(RmsNorm.class, NormLowering::rmsNorm);
        rule(RmsNorm.Grad.class, NormLowering::rmsNormGrad);
        rule(Variance.class, (op, in, y, k, out) -> NormLowering.variance(in.get(0), y, out));
        rule(LogSumExp.class, lines("LOG_SUM_EXP", LogSumExp::axis));
        rule(Softmax.class, lines("SOFTMAX", Softmax::axis));
        rule(Softmax.Grad.class, lines("SOFTMAX_GRAD", Softmax.Grad::axis));
        rule(Softmax.Log.class, lines("LOG_SOFTMAX", Softmax.Log::axis));
        rule(Softmax.LogGrad.class, lines("LOG_SOFTMAX_GRAD", Softmax.LogGrad::axis));
        rule(SoftmaxCrossEntropy.class, rows("CROSS_ENTROPY", op -> 0));
        rule(SoftmaxCrossEntropy.Grad.class, rows("CROSS_ENTROPY_GRAD", op -> 0));
        rule(SoftCrossEntropy.class, rows("SOFT", op -> 0));
        rule(SoftCrossEntropy.Grad.class, rows("SOFT_GRAD", op -> 0));
        rule(SoftCrossEntropy.Smoothed.class, rows("SMOOTHED", SoftCrossEntropy.Smoothed::smoothing));
        rule(
                SoftCrossEntropy.SmoothedGrad.class,
                rows("SMOOTHED_GRAD", op -> op.loss().smoothing()));
    }

    /** An op of {@code softmax.cl} along an axis. */
    private static <O extends Op> Rule<O> lines(String name, ToIntFunction<O> axis) {
        return (op, in, y, k, out) -> SoftmaxLowering.lines(name, axis.applyAsInt(op), 0, in, y, out);
    }

    /** An op of {@code softmax.cl} over the classes of {@code [N, C]}. */
    private static <O extends Op> Rule<O> rows(String name, ToDoubleFunction<O> smoothing) {
        return (op, in, y, k, out) -> SoftmaxLowering.lines(name, 1, smoothing.applyAsDouble(op), in, y, out);
    }

    /** Whether there is a kernel for a fused op. */
    static boolean claims(Fused op, List<Spec> inputs) {
        return RULES.containsKey(op.getClass())
                && inputs.stream().allMatch(s -> s.dtype() == DType.F32 || s.dtype() == DType.I32);
    }

    /** Whether an op's kernel takes along what is done with each of its results, see {@link Epilogue}. */
    static boolean takesEpilogue(Op op) {
        return op instanceof MatMul
                || op instanceof Conv2d
                || op instanceof Conv2d.InputGrad
                || op instanceof Conv2d.WeightGrad;
    }

    static void lower(Kernel kernel, Launches out) {
        out.next(List.of(kernel));
        if (kernel instanceof PointwiseKernel p) PointwiseLowering.lower(p, out);
        else {
            OpKernel k = (OpKernel) kernel;
            lower(k.op(), k, out);
        }
    }

    @SuppressWarnings("unchecked") // a class is listed with a rule for it
    private static <O extends Op> void lower(O op, OpKernel k, Launches out) {
        Rule<O> rule = (Rule<O>) RULES.get(op.getClass());
        if (rule == null) throw SteepestException.of("opencl: there is no kernel for %s", op.name());
        rule.lower(op, k.inputs(), k.outputs().get(0), k, out);
    }

    private static Unit philox(boolean uniform) {
        return Unit.of("philox", Map.of("UNIFORM", MatMulLowering.flag(uniform)));
    }

    private static void random(Random op, OpKernel k, View y, Launches out) {
        long rows = k.inputs().isEmpty() ? 1 : op.shape().dim(0);
        long width = op.shape().size() / Math.max(1, rows);
        Unit unit = philox(op.kind() == Random.Kind.UNIFORM);
        Launches.Builder launch = k.inputs().isEmpty()
                ? out.launch(unit, "random_tensor").view(y).ints(width)
                : out.launch(unit, "random_rows").views(k.inputs()).view(y).ints(rows, width);
        launch.arg(new Arg.KeyWord(k.key(), Arg.Word.SEED_LOW))
                .arg(new Arg.KeyWord(k.key(), Arg.Word.SEED_HIGH))
                .arg(new Arg.KeyWord(k.key(), Arg.Word.STREAM))
                .arg(new Arg.Run())
                .jobs(rows * ((width + 3) / 4), 16);
    }

    private static void argReduce(ArgReduce op, View x, View y, Launches out) {
        Lines lines = Lines.of(x.shape(), op.axis());
        Map<String, String> defines = Launches.types(x.dtype());
        defines.put("BEATS(a, b)", op.max() ? "((a) > (b))" : "((a) < (b))");
        defines.put("GROUP", Integer.toString(out.tuning.group()));
        boolean groups = !out.tuning.chunked() && lines.n() >= out.tuning.group();
        Launches.Builder launch = out.launch(
                        Unit.of("argreduce", defines), groups ? "argreduce_groups" : "argreduce_lines")
                .view(x)
                .view(y)
                .ints(lines.count(), lines.n(), lines.inner());
        if (groups) launch.groups(lines.count());
        else launch.jobs(lines.count(), lines.n());
    }

    private static void unfold(Window w, View x, View y, Launches out) {
        int[] d = y.shape().dims();
        int r = d.length;
        long planes = x.shape().slice(0, r - 4).size();
        Launches.Builder launch = out.launch(IndexLowering.unit("move", x.dtype()), "unfold")
                .view(x)
                .view(y);
        window(launch, planes, x.shape().dim(-2), x.shape().dim(-1), w, d[r - 2], d[r - 1]);
        if (out.tuning.chunked()) launch.jobs(y.shape().size() / Math.max(1, d[r - 1]), d[r - 1]);
        else launch.jobs(y.shape().size(), 1);
    }

    private static void fold(Fold op, View x, View y, Launches out) {
        int[] d = x.shape().dims();
        int r = d.length;
        long planes = x.shape().slice(0, r - 4).size();
        Launches.Builder launch = out.launch(IndexLowering.unit("move", x.dtype()), "fold")
                .view(x)
                .view(y);
        window(launch, planes, op.h(), op.w(), op.window(), d[r - 2], d[r - 1]);
        launch.jobs(y.shape().size(), (long) d[r - 4] * d[r - 3]);
    }

    private static void window(Launches.Builder launch, long planes, int h, int w, Window window, int oh, int ow) {
        launch.ints(planes, h, w, window.kh(), window.kw(), oh, ow);
        launch.ints(window.strideH(), window.strideW(), window.dilationH(), window.dilationW());
    }

    private static void pool(
            String kernel, Window w, int padH, int padW, List<View> in, View y, boolean gradient, Launches out) {
        Shape image = (gradient ? y : in.get(0)).shape();
        Shape pooled = (gradient ? in.get(in.size() - 1) : y).shape();
        long planes = (long) image.dim(0) * image.dim(1);
        Launches.Builder launch = out.launch(Unit.of("pooling", Map.of()), kernel);
        for (View v : in) launch.view(v);
        launch.view(y).ints(planes).signed(image.dim(2), image.dim(3), pooled.dim(2), pooled.dim(3));
        launch.signed(w.kh(), w.kw(), w.strideH(), w.strideW(), w.dilationH(), w.dilationW(), padH, padW);
        if (y.shape().size() == 0) return;
        long taps = (long) w.kh() * w.kw();
        if (kernel.equals("max_pool_grad") && out.tuning.chunked())
            launch.jobs(planes, 2 * taps * pooled.dim(2) * pooled.dim(3));
        else if (kernel.equals("max_pool") && out.tuning.chunked())
            launch.jobs(planes * pooled.dim(2), 2 * taps * pooled.dim(3));
        else if (kernel.equals("max_pool_grad_apart")) launch.jobs(planes * pooled.dim(2) * pooled.dim(3), 2 * taps);
        else launch.jobs(y.shape().size(), 2 * taps);
    }
}
