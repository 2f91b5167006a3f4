package steepest.backend.cpu;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.Store;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.fused.Conv2d;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.ScalarOp;

/**
 * Single kernels of the CPU device beside the processor's ceilings, measured in the same run: {@code peak} is a register
 * tile on operands in the first cache, on all threads at once; {@code copy} moves 64 MiB. {@code gflop} and {@code gbyte}
 * are thousands of millions of operations and bytes a second. {@code bench/run CpuKernel -p threads=1,2}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CpuKernelBench {
    @Param({
        "peak",
        "copy",
        "matmul 512 512 512",
        "matmul 1024 1024 1024",
        "matmul 64 256 784",
        "dense 64 256 784",
        "dense 64 128 256",
        "conv 64 1 28 6 5 2",
        "conv 64 6 14 16 5 0",
        "conv 64 32 28 64 3 1",
        "convInput 64 6 14 16 5 0",
        "convInput 64 32 28 64 3 1",
        "convWeight 64 1 28 6 5 2",
        "convWeight 64 6 14 16 5 0",
        "convWeight 64 32 28 64 3 1",
        "add",
        "exp",
        "tanh"
    })
    public String kernel;

    @Param("2")
    public int threads;

    private CpuDevice device;
    private Executable executable;
    private Buffer[] slots;
    private double operations;
    private double bytes;
    private Runnable work;
    private final Executable.Arguments arguments = new Executable.Arguments(new double[0], new Rng.Key[0], 0);

    /** Operations and bytes done. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Count {
        public double gflop;
        public double gbyte;

        /** Counters begin anew with each iteration. */
        @Setup(Level.Iteration)
        public void clear() {
            gflop = 0;
            gbyte = 0;
        }
    }

    @Setup
    public void setUp() {
        device = CpuBackend.open(threads, Simd.best());
        String[] word = kernel.split(" ");
        int[] n = new int[word.length - 1];
        for (int i = 0; i < n.length; i++) n[i] = Integer.parseInt(word[i + 1]);
        work = () -> executable.run(slots, arguments);
        switch (word[0]) {
            case "peak" -> peak();
            case "copy" -> pointwise(1 << 23, null);
            case "add" -> pointwise(1 << 22, ScalarOp.ADD);
            case "exp" -> pointwise(1 << 22, ScalarOp.EXP);
            case "tanh" -> pointwise(1 << 22, ScalarOp.TANH);
            case "matmul" -> product(n[0], n[1], n[2], false);
            case "dense" -> product(n[0], n[1], n[2], true);
            default -> convolution(word[0], n[0], n[1], n[2], n[3], n[4], n[5]);
        }
    }

    /** Chains of fused multiplications and additions in registers. */
    private void peak() {
        Lanes.Tile tile = Simd.best().tiles()[0];
        int depth = 256;
        int repeats = 200;
        float[] a = new float[tile.rows() * depth];
        float[] b = new float[tile.columns() * depth];
        int[] at = new int[depth];
        for (int i = 0; i < depth; i++) at[i] = i % 64 * tile.columns();
        Workers workers = new Workers(threads);
        float[][] c = new float[threads][tile.rows() * tile.columns()];
        operations = 2.0 * tile.rows() * tile.columns() * depth * repeats * threads;
        work = () -> workers.run(threads, (t, scratch) -> {
            for (int i = 0; i < repeats; i++) tile.run(depth, a, 0, b, 0, at, 0, c[t], 0, tile.columns(), true);
        });
    }

    private void product(int m, int columns, int k, boolean transposed) {
        View a = View.of(0, DType.F32, Shape.of(m, k), 0);
        View b = new View(
                1, DType.F32, Shape.of(k, columns), 0, transposed ? new long[] {1, k} : new long[] {columns, 1});
        View c = View.of(2, DType.F32, Shape.of(m, columns), 0);
        operations = 2.0 * m * columns * k;
        compile(
                new OpKernel(new MatMul(), List.of(a, b), List.of(c), -1),
                Spec.of(DType.F32, m, k),
                Spec.of(DType.F32, k, columns),
                Spec.of(DType.F32, m, columns));
    }

    private void convolution(String which, int n, int c, int side, int k, int kernelSide, int padding) {
        Conv2d.Geometry g = Conv2d.Geometry.of(1, padding, 1, 1);
        int out = side + 2 * padding - kernelSide + 1;
        Spec x = Spec.of(DType.F32, n, c, side, side);
        Spec w = Spec.of(DType.F32, k, c, kernelSide, kernelSide);
        Spec y = Spec.of(DType.F32, n, k, out, out);
        operations = 2.0 * n * c * k * kernelSide * kernelSide * out * out;
        switch (which) {
            case "conv" -> op(new Conv2d(g), x, w, y);
            case "convInput" -> op(new Conv2d.InputGrad(g, side, side), y, w, x);
            default -> op(new Conv2d.WeightGrad(g, kernelSide, kernelSide), x, y, w);
        }
    }

    private void op(Op op, Spec a, Spec b, Spec to) {
        compile(
                new OpKernel(
                        op,
                        List.of(View.of(0, a.dtype(), a.shape(), 0), View.of(1, b.dtype(), b.shape(), 0)),
                        List.of(View.of(2, to.dtype(), to.shape(), 0)),
                        -1),
                a,
                b,
                to);
    }

    private void pointwise(int n, ScalarOp f) {
        Spec s = Spec.of(DType.F32, n);
        View a = View.of(0, DType.F32, s.shape(), 0);
        View b = View.of(1, DType.F32, s.shape(), 0);
        View c = View.of(2, DType.F32, s.shape(), 0);
        boolean two = f != null && f.arity() == 2;
        bytes = (two ? 3.0 : 2.0) * s.bytes();
        compile(
                new PointwiseKernel(
                        s.shape(),
                        two ? List.of(new Element(a), new Element(b)) : List.of(new Element(a)),
                        f == null
                                ? List.of()
                                : List.of(new Instruction(f, two ? List.of(0, 1) : List.of(0), DType.F32)),
                        List.of(new Store(c, f == null ? 0 : f.arity()))),
                s,
                s,
                s);
    }

    private void compile(Kernel k, Spec... specs) {
        slots = new Buffer[specs.length];
        Random random = new Random(1);
        for (int i = 0; i < slots.length; i++) {
            HostArray a = HostArray.zeros(specs[i]);
            float[] v = a.floats();
            for (int j = 0; j < v.length; j++) v[j] = random.nextFloat() - 0.5f;
            slots[i] = device.wrap(a).orElseThrow();
        }
        executable = device.compile(new Schedule(List.of(k), List.of(DType.F32, DType.F32, DType.F32)));
    }

    @Benchmark
    public void run(Count count) {
        work.run();
        count.gflop += operations / 1e9;
        count.gbyte += bytes / 1e9;
    }

    @TearDown
    public void tearDown() {
        device.close();
    }
}
