package steepest.backend.cpu;

import steepest.DType;
import steepest.SteepestException;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;
import steepest.fused.Conv2d;
import steepest.fused.NearestCentroid;
import steepest.fused.Pool2d;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Fused;
import steepest.op.Gather;
import steepest.op.Iota;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Random;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Sort;
import steepest.op.Unfold;

/** Which kernel runs which op. */
final class OpKernels {
    private OpKernels() {}

    static boolean claims(Fused op) {
        return op instanceof Conv2d
                || op instanceof Conv2d.InputGrad
                || op instanceof Conv2d.WeightGrad
                || op instanceof Pool2d.Max
                || op instanceof Pool2d.MaxGrad
                || op instanceof Pool2d.Average
                || op instanceof Pool2d.AverageGrad
                || op instanceof NearestCentroid
                || op instanceof SoftmaxCrossEntropy
                || op instanceof SoftmaxCrossEntropy.Grad;
    }

    static Run.Prepared prepare(OpKernel k, Lanes lanes) {
        for (View v : k.inputs()) check(k.op(), v);
        for (View v : k.outputs()) check(k.op(), v);
        boolean nothing = k.outputs().stream().allMatch(v -> v.shape().size() == 0);
        if (nothing) return run -> {};
        Op op = k.op();
        View out = k.outputs().get(0);
        View in = k.inputs().isEmpty() ? null : k.inputs().get(0);
        View second = k.inputs().size() < 2 ? null : k.inputs().get(1);
        if (op instanceof Iota) return Sources.iota(out);
        if (op instanceof Random r) return Sources.random(r.kind(), in, out, k.key());
        if (op instanceof Reduce r) return Reductions.prepare(r, in, out, lanes);
        if (op instanceof ArgReduce r) return Orders.argReduce(r, in, out);
        if (op instanceof Scan s) return Orders.scan(s, in, out);
        if (op instanceof Sort s) return Orders.sort(s, in, out, k.outputs().get(1));
        if (op instanceof MatMul) return MatrixProduct.prepare(in, second, out, lanes);
        if (op instanceof Gather g) return Indexed.gather(g, in, second, out);
        if (op instanceof ScatterAdd s) return Indexed.scatterAdd(s, in, second, out, lanes);
        if (op instanceof Unfold u) return Windows.unfold(u.window(), in, out);
        if (op instanceof Fold f) return Windows.fold(f.window(), in, out);
        if (op instanceof Conv2d c) return Convolution.forward(c.geometry(), in, second, out, lanes);
        if (op instanceof Conv2d.InputGrad c) return Convolution.inputGrad(c.geometry(), in, second, out, lanes);
        if (op instanceof Conv2d.WeightGrad c) return WeightGradient.prepare(c.geometry(), in, second, out, lanes);
        if (op instanceof Pool2d.Max p) return Pooling.max(p, in, out, lanes);
        if (op instanceof Pool2d.MaxGrad p) return Pooling.maxGrad(p.pool(), in, second, out, lanes);
        if (op instanceof Pool2d.Average p) return Pooling.average(p, in, out);
        if (op instanceof Pool2d.AverageGrad p) return Pooling.averageGrad(p.pool(), in, out);
        if (op instanceof NearestCentroid)
            return new Nearest(in, second, k.inputs().get(2), out, k.outputs().get(1), lanes);
        if (op instanceof SoftmaxCrossEntropy) return CrossEntropy.value(in, second, out, lanes);
        if (op instanceof SoftmaxCrossEntropy.Grad)
            return CrossEntropy.gradient(in, second, k.inputs().get(2), out, lanes);
        throw SteepestException.of("cpu: there is no kernel for %s", op.name());
    }

    private static void check(Op op, View v) {
        if (v.dtype() == DType.F64)
            throw SteepestException.of("cpu: %s: there are no f64 kernels (only the ref device has them)", op.name());
    }

    /** How many tasks for so many items of so much work each, a task being worth a thread's while. */
    static int tasks(long items, long workEach) {
        long total = items * Math.max(1, workEach);
        return (int) Math.max(1, Math.min(Math.min(items, 256), total / 32768));
    }

    /** The first item of a task. */
    static int from(long items, int tasks, int task) {
        return (int) (items * task / tasks);
    }
}
