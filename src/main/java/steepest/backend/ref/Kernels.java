package steepest.backend.ref;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import steepest.DType;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.backend.Executable.Arguments;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Gather;
import steepest.op.Iota;
import steepest.op.MatMul;
import steepest.op.Random;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Sort;
import steepest.op.Unfold;
import steepest.op.Window;

/** What every kernel means, in the shortest code that says it. */
final class Kernels {
    private Kernels() {}

    static void run(Kernel kernel, RefBuffer[] slots, Arguments arguments) {
        if (kernel instanceof PointwiseKernel p) pointwise(p, slots, arguments.scalars());
        else if (kernel instanceof OpKernel k) op(k, slots, arguments);
    }

    private static void pointwise(PointwiseKernel kernel, RefBuffer[] slots, double[] scalars) {
        List<Load> loads = kernel.loads();
        List<Instruction> code = kernel.code();
        double[] register = new double[loads.size() + code.size()];
        Cursor[] in = new Cursor[loads.size()];
        for (int l = 0; l < in.length; l++) {
            Load load = loads.get(l);
            if (load instanceof Element e) in[l] = Cursor.of(e.view(), slots);
            else if (load instanceof ScalarArgument a) register[l] = Arithmetic.convert(scalars[a.index()], a.dtype());
            else if (load instanceof LiteralValue v) register[l] = Arithmetic.convert(v.value(), v.dtype());
        }
        Cursor[] out =
                kernel.stores().stream().map(s -> Cursor.of(s.view(), slots)).toArray(Cursor[]::new);
        for (long n = kernel.space().size(); n > 0; n--) {
            for (int l = 0; l < in.length; l++) {
                if (in[l] == null) continue;
                register[l] = in[l].get();
                in[l].next();
            }
            for (int i = 0; i < code.size(); i++) register[in.length + i] = instruction(kernel, code.get(i), register);
            for (int s = 0; s < out.length; s++) {
                Store store = kernel.stores().get(s);
                out[s].set(register[store.register()]);
                out[s].next();
            }
        }
    }

    private static double instruction(PointwiseKernel kernel, Instruction i, double[] register) {
        List<Integer> args = i.args();
        double a = register[args.get(0)];
        double b = args.size() > 1 ? register[args.get(1)] : 0;
        double c = args.size() > 2 ? register[args.get(2)] : 0;
        return i.f() == null
                ? Arithmetic.convert(a, i.dtype())
                : Arithmetic.apply(i.f(), kernel.type(args.get(0)), a, b, c);
    }

    private static void op(OpKernel k, RefBuffer[] slots, Arguments arguments) {
        Cursor[] in = k.inputs().stream().map(v -> Cursor.of(v, slots)).toArray(Cursor[]::new);
        Cursor[] out = k.outputs().stream().map(v -> Cursor.of(v, slots)).toArray(Cursor[]::new);
        DType dtype = k.outputs().get(0).dtype();
        if (k.op() instanceof Iota) iota(out[0]);
        else if (k.op() instanceof Random r) random(r, arguments.keys()[k.key()], arguments.run(), in, out[0]);
        else if (k.op() instanceof Reduce r) reduce(r, dtype, in[0], out[0]);
        else if (k.op() instanceof ArgReduce r) argReduce(r, in[0], out[0]);
        else if (k.op() instanceof Scan s) scan(s, dtype, in[0], out[0]);
        else if (k.op() instanceof Sort s) sort(s, in[0], out[0], out[1]);
        else if (k.op() instanceof MatMul) matmul(in[0], in[1], out[0]);
        else if (k.op() instanceof Gather g) gather(g, in[0], in[1], out[0]);
        else if (k.op() instanceof ScatterAdd s) scatterAdd(s, dtype, in[0], in[1], out[0]);
        else if (k.op() instanceof Unfold u) unfold(u.window(), in[0], out[0]);
        else if (k.op() instanceof Fold f) fold(f.window(), in[0], out[0]);
        else throw new IllegalStateException("ref: " + k.op() + " has no kernel of its own");
    }

    private static void iota(Cursor out) {
        for (int i = 0; i < out.size(); i++, out.next()) out.set(i);
    }

    private static void random(Random r, Rng.Key key, int run, Cursor[] in, Cursor out) {
        int[] bits = new int[(int) out.size()];
        if (in.length == 0) {
            Philox.bits(key, run, 0, bits.length, bits, 0);
        } else {
            int row = bits.length / Math.max(1, r.shape().dim(0));
            for (int b = 0; b < r.shape().dim(0); b++, in[0].next())
                Philox.rowBits(key, run, (int) in[0].get(), 0, row, bits, b * row);
        }
        for (int b : bits) {
            out.set(r.kind() == Random.Kind.BITS ? b : Philox.uniform(b));
            out.next();
        }
    }

    private static void reduce(Reduce r, DType dtype, Cursor in, Cursor out) {
        double start = switch (r.kind()) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX -> dtype == DType.I32 ? Integer.MIN_VALUE : Double.NEGATIVE_INFINITY;
            case MIN -> dtype == DType.I32 ? Integer.MAX_VALUE : Double.POSITIVE_INFINITY;
        };
        fill(out, start);
        // the result, standing still while a reduced axis is walked
        long[] strides = new long[in.shape.rank()];
        for (int i = 0, o = 0; i < strides.length; i++) strides[i] = r.axes().contains(i) ? 0 : out.stride(o++);
        Cursor total = out.reshaped(in.shape, strides);
        for (long n = in.size(); n > 0; n--, in.next(), total.next())
            total.set(Arithmetic.combine(r.kind(), dtype, total.get(), in.get()));
    }

    private static void argReduce(ArgReduce r, Cursor in, Cursor out) {
        Cursor lane = in.lanes(r.axis());
        for (long n = lane.size(); n > 0; n--, lane.next(), out.next()) {
            double[] x = lane(in, lane, r.axis());
            int best = 0;
            for (int i = 1; i < x.length; i++) {
                // NaN is the largest and the smallest, as for max and min
                boolean better = r.max() ? x[i] > x[best] : x[i] < x[best];
                if (better && !Double.isNaN(x[best]) || Double.isNaN(x[i]) && !Double.isNaN(x[best])) best = i;
            }
            out.set(best);
        }
    }

    private static void scan(Scan s, DType dtype, Cursor in, Cursor out) {
        Cursor from = in.lanes(s.axis());
        Cursor to = out.lanes(s.axis());
        for (long lanes = from.size(); lanes > 0; lanes--, from.next(), to.next()) {
            double[] x = lane(in, from, s.axis());
            double total = 0;
            for (int j = 0; j < x.length; j++) {
                int i = s.reverse() ? x.length - 1 - j : j;
                total = Arithmetic.combine(Reduce.Kind.SUM, dtype, total, x[i]);
                out.memory[to.at() + i * (int) out.stride(s.axis())] = total;
            }
        }
    }

    private static void sort(Sort s, Cursor in, Cursor values, Cursor indices) {
        int axis = s.axis();
        Cursor from = in.lanes(axis);
        Cursor toValue = values.lanes(axis);
        Cursor toIndex = indices.lanes(axis);
        for (long n = from.size(); n > 0; n--, from.next(), toValue.next(), toIndex.next()) {
            double[] x = lane(in, from, axis);
            Integer[] order = IntStream.range(0, x.length).boxed().toArray(Integer[]::new);
            // a stable sort; the comparison, not the result, is turned round, so equal elements keep their order
            Arrays.sort(order, (i, j) -> s.descending() ? compare(x[j], x[i]) : compare(x[i], x[j]));
            for (int i = 0; i < x.length; i++) {
                values.memory[toValue.at() + i * (int) values.stride(axis)] = x[order[i]];
                indices.memory[toIndex.at() + i * (int) indices.stride(axis)] = order[i];
            }
        }
    }

    /** NaN is larger than all numbers, −0 equals 0. */
    private static int compare(double a, double b) {
        if (Double.isNaN(a) || Double.isNaN(b)) return Boolean.compare(Double.isNaN(a), Double.isNaN(b));
        return a < b ? -1 : a > b ? 1 : 0;
    }

    /** A copy of the lane of {@code x} along an axis that starts where the cursor stands. */
    private static double[] lane(Cursor x, Cursor start, int axis) {
        double[] lane = new double[x.shape.dim(axis)];
        for (int i = 0; i < lane.length; i++) lane[i] = x.memory[start.at() + i * (int) x.stride(axis)];
        return lane;
    }

    private static void matmul(Cursor a, Cursor b, Cursor out) {
        int rank = out.shape.rank();
        int rows = out.shape.dim(-2);
        int columns = out.shape.dim(-1);
        int depth = a.shape.dim(-1);
        int aRow = (int) a.stride(-2);
        int aDepth = (int) a.stride(-1);
        int bDepth = (int) b.stride(-2);
        int bColumn = (int) b.stride(-1);
        Cursor left = a.lanes(rank - 1).lanes(rank - 2);
        Cursor right = b.lanes(rank - 1).lanes(rank - 2);
        for (long batch = left.size(); batch > 0; batch--, left.next(), right.next())
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++, out.next()) {
                    double sum = 0;
                    for (int k = 0; k < depth; k++)
                        sum += a.memory[left.at() + i * aRow + k * aDepth]
                                * b.memory[right.at() + k * bDepth + j * bColumn];
                    out.set(sum);
                }
    }

    private static void gather(Gather g, Cursor x, Cursor index, Cursor out) {
        int size = x.shape.dim(g.axis());
        Cursor lane = x.standing(g.axis(), index.shape.dim(g.axis()));
        for (long n = out.size(); n > 0; n--, lane.next(), index.next(), out.next()) {
            int i = (int) index.get();
            out.set(i >= 0 && i < size ? x.memory[lane.at() + i * (int) x.stride(g.axis())] : 0);
        }
    }

    private static void scatterAdd(ScatterAdd s, DType dtype, Cursor x, Cursor index, Cursor out) {
        fill(out, 0);
        Cursor lane = out.standing(s.axis(), index.shape.dim(s.axis()));
        for (long n = x.size(); n > 0; n--, lane.next(), index.next(), x.next()) {
            int i = (int) index.get();
            if (i < 0 || i >= s.size()) continue;
            int at = lane.at() + i * (int) out.stride(s.axis());
            out.memory[at] = Arithmetic.combine(Reduce.Kind.SUM, dtype, out.memory[at], x.get());
        }
    }

    private static void unfold(Window w, Cursor image, Cursor out) {
        Cursor windows = windows(w, image, out.shape);
        for (long n = out.size(); n > 0; n--, windows.next(), out.next()) out.set(windows.get());
    }

    private static void fold(Window w, Cursor in, Cursor image) {
        fill(image, 0);
        Cursor windows = windows(w, image, in.shape);
        for (long n = in.size(); n > 0; n--, windows.next(), in.next()) windows.set(windows.get() + in.get());
    }

    /** An image [B…, H, W] seen as its windows [B…, kh, kw, oh, ow]: the same elements, some of them several times. */
    private static Cursor windows(Window w, Cursor image, Shape shape) {
        int batch = image.shape.rank() - 2;
        long[] strides = new long[batch + 4];
        for (int i = 0; i < batch; i++) strides[i] = image.stride(i);
        strides[batch] = w.dilationH() * image.stride(-2);
        strides[batch + 1] = w.dilationW() * image.stride(-1);
        strides[batch + 2] = w.strideH() * image.stride(-2);
        strides[batch + 3] = w.strideW() * image.stride(-1);
        return image.reshaped(shape, strides);
    }

    private static void fill(Cursor out, double value) {
        for (long n = out.size(); n > 0; n--, out.next()) out.set(value);
    }
}
