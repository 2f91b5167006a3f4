package steepest.selftest;

import static steepest.selftest.OpCase.Tolerance.EXACT;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.selftest.OpCase.Input;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

/**
 * Index arithmetic in tensors whose last elements lie beyond a boundary, 2³¹ bytes, where 32 bits fall short. The operand
 * is made on the device, x[r, c] = a(r) + b(c) with small integers a and b, so that each result is an integer known in
 * closed form, exact in a float in whatever order it is added up. Of each result the sums of all rows are compared, and
 * all elements of rows around the boundaries.
 */
public final class LargeCases {
    /** Columns of the operand. */
    private static final int B = 8192;
    /** Rows beyond the boundary. */
    private static final int BEYOND = 33;
    /** Numbers of the small operands of products. */
    private static final int SHORT = 5;

    /** @param expected the elements of the result in row-major order */
    private record Large(OpCase op, LongToDoubleFunction expected) {}

    private final List<Large> all = new ArrayList<>();
    private final int rows;
    private Tensor operand;

    /** @param boundary bytes behind which there are to be elements: a multiple of 32768 */
    public LargeCases(long boundary) {
        if (boundary <= 0 || boundary % (4 * B) != 0 || boundary / (4 * B) > Integer.MAX_VALUE / 32)
            throw SteepestException.of("large: expected a multiple of %d bytes, got %d", 4 * B, boundary);
        rows = (int) (boundary / (4 * B)) + BEYOND;
        pointwise();
        copies();
        reductions();
        selections();
        products();
    }

    /** What is computed, for its names. */
    public List<OpCase> cases() {
        return all.stream().map(Large::op).toList();
    }

    private static int a(long row) {
        return (int) (17 * row % 97) - 48;
    }

    private static int b(long column) {
        return (int) (31 * column % 89) - 44;
    }

    private static double x(long row, long column) {
        return a(row) + b(column);
    }

    /** {@code (factor · i mod modulus) − modulus / 2} for i of [n], F32. */
    private static Tensor ramp(int n, int factor, int modulus) {
        Tensor i = Tensor.iota(n).sub(Tensor.iota(n).div(modulus).mul(modulus)).mul(factor);
        return i.sub(i.div(modulus).mul(modulus)).sub(modulus / 2).cast(DType.F32);
    }

    private static Tensor operand(int rows) {
        return ramp(rows, 17, 97).unsqueeze(1).add(ramp(B, 31, 89));
    }

    private void add(String op, String detail, UnaryOperator<Tensor> body, LongToDoubleFunction expected) {
        Input x = Input.of(OpCase.Domain.values(0), rows, B);
        all.add(new Large(
                new OpCase(
                        op,
                        "[%d,%d] %s".formatted(rows, B, detail),
                        List.of(x),
                        in -> List.of(body.apply(in.get(0))),
                        EXACT,
                        false),
                expected));
    }

    private void pointwise() {
        add("pointwise", "3 x + 1", x -> x.mul(3).add(1), i -> 3 * x(i / B, i % B) + 1);
        add(
                "pointwise",
                "with itself, flipped",
                x -> x.mul(2).add(x.flip(0, 1)),
                i -> 2 * x(i / B, i % B) + x(rows - 1 - i / B, B - 1 - i % B));
    }

    private void copies() {
        add("copy", "transposed", x -> x.t().alias(), i -> x(i % rows, i / rows));
        int half = (rows - 1) / 2;
        add(
                "copy",
                "every second row, without the edges",
                x -> x.slice(0, 1, 2 * half + 1, 2).slice(1, 3, B - 5),
                i -> x(2 * (i / (B - 8)) + 1, i % (B - 8) + 3));
        add(
                "copy",
                "the last rows",
                x -> x.slice(0, rows - 20, rows).slice(1, 3, B),
                i -> x(rows - 20 + i / (B - 3), i % (B - 3) + 3));
        int cut = BEYOND + 7;
        add(
                "concat",
                "the last rows before the first",
                x -> Tensor.concat(0, x.slice(0, rows - cut, rows), x.slice(0, 0, rows - cut)),
                i -> x((i / B + rows - cut) % rows, i % B));
    }

    private void reductions() {
        double sumB = sum(B, LargeCases::b);
        double sumA = sum(rows, LargeCases::a);
        add("sum", "along rows", x -> x.sum(1), r -> (double) B * a(r) + sumB);
        add("sum", "along columns", x -> x.sum(0), c -> sumA + (double) rows * b(c));
        add("max", "along rows", x -> x.max(1), r -> a(r) + 44);
        int[] first = new int[1];
        for (int r = 0; r < rows; r++) if (a(r) > a(first[0])) first[0] = r;
        add("argmax", "along columns", x -> x.argmax(0), c -> first[0]);
        int tail = 3;
        add(
                "cumsum",
                "along rows, the last columns",
                x -> x.cumsum(1).slice(1, B - tail, B),
                i -> sumB
                        - sum(tail - 1 - i % tail, c -> b(B - 1 - c))
                        + (B - tail + 1 + i % tail) * (double) a(i / tail));
    }

    private static double sum(long n, LongToDoubleFunction f) {
        double sum = 0; // of integers: exact in any order
        for (long i = 0; i < n; i++) sum += f.applyAsDouble(i);
        return sum;
    }

    private void selections() {
        int picks = 67;
        // the last row first, then downwards through all of them
        LongToDoubleFunction at = j -> rows - 1 - j * (rows / picks);
        add(
                "take",
                "rows from the last down",
                x -> x.take(0, Tensor.iota(picks).mul(-(rows / picks)).add(rows - 1)),
                i -> x((long) at.applyAsDouble(i / B), i % B));
        add(
                "gather",
                "of each column another row",
                x -> x.gather(
                        0,
                        Tensor.iota(picks)
                                .unsqueeze(1)
                                .add(Tensor.iota(B).div(1024))
                                .neg()
                                .add(rows - 1)),
                i -> x(rows - 1 - i / B - i % B / 1024, i % B));
        add(
                "scatterAdd",
                "[%d,%d] rows to the last places".formatted(BEYOND, B),
                x -> x.slice(0, 0, BEYOND)
                        .scatterAdd(
                                0,
                                Tensor.iota(BEYOND)
                                        .neg()
                                        .add(rows - 1)
                                        .unsqueeze(1)
                                        .expand(Shape.of(BEYOND, B)),
                                rows),
                i -> i / B < rows - BEYOND ? 0 : x(rows - 1 - i / B, i % B));
    }

    private static double w(long k, long j) {
        return (3 * k + 2 * j) % SHORT - 2;
    }

    /** w [n, m], F32. */
    private static Tensor weight(int n, int m) {
        Tensor t = Tensor.iota(n).mul(3).unsqueeze(1).add(Tensor.iota(m).mul(2));
        return t.sub(t.div(SHORT).mul(SHORT)).sub(2).cast(DType.F32);
    }

    private void products() {
        for (int m : new int[] {3, 40}) {
            double[] sums = new double[m];
            double[] withB = new double[m];
            for (int k = 0; k < B; k++)
                for (int j = 0; j < m; j++) {
                    sums[j] += w(k, j);
                    withB[j] += b(k) * w(k, j);
                }
            add(
                    "matmul",
                    "times [%d,%d]".formatted(B, m),
                    x -> x.matmul(weight(B, m)),
                    i -> sums[(int) (i % m)] * a(i / m) + withB[(int) (i % m)]);
            double[] down = new double[m];
            double[] withA = new double[m];
            for (int k = 0; k < rows; k++)
                for (int j = 0; j < m; j++) {
                    down[j] += w(k, j);
                    withA[j] += a(k) * w(k, j);
                }
            add(
                    "matmul",
                    "[%d,%d] transposed times it".formatted(rows, m),
                    x -> weight(rows, m).t().matmul(x),
                    i -> withA[(int) (i / B)] + down[(int) (i / B)] * b(i % B));
        }
        add(
                "matmul",
                "its last rows in a result of that shape",
                x -> weight(rows, 2).matmul(x.slice(0, rows - 2, rows)),
                i -> w(i / B, 0) * x(rows - 2, i % B) + w(i / B, 1) * x(rows - 1, i % B));
    }

    /**
     * Judges a device by one of the cases; skipped where the device cannot hold it.
     *
     * @throws RuntimeException whatever the device throws
     */
    public Outcome judge(Device device, int number) {
        Large large = all.get(number);
        Spec spec = large.op.inputs().get(0).spec();
        try (Program program =
                Program.of(1, (in, pass) -> Step.of(large.op.apply(in).get(0))).on(device)) {
            long needed = program.footprint(spec).total();
            if (spec.bytes() > device.maxTensorBytes(spec.dtype()))
                return skipped(large.op, "in one tensor", spec.bytes(), device.maxTensorBytes(spec.dtype()));
            if (needed > device.info().memoryBytes())
                return skipped(large.op, "in all", needed, device.info().memoryBytes());
            if (operand == null) operand = evaluated(device, () -> operand(rows));
            Tensor result = program.call(operand);
            return compare(device, large, result);
        }
    }

    private static Outcome skipped(OpCase op, String where, long needed, long allowed) {
        return new Outcome(
                Verdict.SKIPPED,
                0,
                0,
                "%s: needs %d MiB %s, the device has %d".formatted(op.name(), needed >> 20, where, allowed >> 20));
    }

    private static Tensor evaluated(Device device, Supplier<Tensor> graph) {
        try (Program program = Program.of(0, (in, pass) -> Step.of(graph.get())).on(device)) {
            return program.call();
        }
    }

    private static Outcome compare(Device device, Large large, Tensor result) {
        Shape shape = result.shape();
        int width = shape.rank() > 1 && shape.dim(-1) <= B ? shape.dim(-1) : 1;
        if (shape.rank() > 1 && width == 1) width = B; // a transposed x: its size is a multiple of this
        int count = (int) (shape.size() / width);
        int w = width;
        int[] seen = around(count, width);
        List<Tensor> parts;
        try (Program check = Program.of(1, (in, pass) -> {
                    Tensor lines = in.get(0).cast(DType.F32).reshape(count, w);
                    return Step.of(lines.sum(1), lines.take(0, Tensor.of(seen)));
                })
                .on(device)) {
            parts = check.run(result);
        }
        HostArray sums = parts.get(0).toHost();
        HostArray elements = parts.get(1).toHost();
        for (int i = 0; i < elements.size(); i++) {
            long at = (long) seen[i / width] * width + i % width;
            double expected = large.expected.applyAsDouble(at);
            if (elements.get(i) != expected)
                return Outcome.failed("%s: element %d of the result is %s, expected %s"
                        .formatted(large.op.name(), at, elements.get(i), expected));
        }
        for (int r = 0; r < count; r++) {
            long from = (long) r * width;
            double expected = sum(width, i -> large.expected.applyAsDouble(from + i));
            if (sums.get(r) != expected)
                return Outcome.failed("%s: elements %d to %d of the result add up to %s, expected %s"
                        .formatted(large.op.name(), from, from + width - 1, sums.get(r), expected));
        }
        return new Outcome(Verdict.PASSED, 0, 0, "");
    }

    /** Lines at both ends, and where byte or element counts pass a power of two that a type may end at. */
    private static int[] around(int lines, int width) {
        TreeSet<Integer> all = new TreeSet<>();
        long[] places = {0, 1L << 29, 1L << 30, 1L << 31, 1L << 32, (long) lines * width};
        for (long place : places)
            for (long line = place / width - 1; line <= place / width + 1; line++)
                if (line >= 0 && line < lines) all.add((int) line);
        return all.stream().mapToInt(Integer::intValue).toArray();
    }
}
