package steepest.backend.opencl;

import java.util.Map;
import java.util.function.Consumer;
import steepest.DType;
import steepest.backend.View;
import steepest.op.Scan;
import steepest.op.Sort;

/** Cumulative sums and sorting through {@code scan_sort.cl}. */
final class ScanLowering {
    /** Elements of a part of a long line, for a work-item of a GPU and for one of a CPU device. */
    private static final int PART = 64;

    private static final int LONG_PART = 1024;

    private ScanLowering() {}

    static void scan(Scan op, View x, View y, Launches out) {
        Lines lines = Lines.of(x.shape(), op.axis());
        if (lines.count() * lines.n() == 0) return;
        Unit unit = unit(x.dtype(), false, out.tuning);
        scan(unit, lines, op.reverse(), launch -> launch.view(x), launch -> launch.view(y), out);
    }

    /** Few lines are cut into parts, the sums of which are a scan again; by the shape alone. */
    private static void scan(
            Unit unit,
            Lines lines,
            boolean reverse,
            Consumer<Launches.Builder> x,
            Consumer<Launches.Builder> y,
            Launches out) {
        boolean few = lines.count() < out.tuning.splitBelow();
        long part = !few ? lines.n() : out.tuning.chunked() ? LONG_PART : PART;
        long parts = (lines.n() + part - 1) / part;
        Consumer<Launches.Builder> before = y; // one part has none before it
        if (parts > 1) {
            long sums = out.scratch(lines.count() * parts);
            long running = out.scratch(lines.count() * parts);
            Launches.Builder launch = out.launch(unit, "part_sums");
            x.accept(launch);
            launch.scratch(sums)
                    .ints(lines.count(), lines.n(), lines.inner(), part)
                    .signed(reverse ? 1 : 0)
                    .jobs(lines.count() * parts, part);
            scan(
                    unit,
                    new Lines(lines.count(), parts, 1),
                    false,
                    each -> each.scratch(sums),
                    each -> each.scratch(running),
                    out);
            before = each -> each.scratch(running);
        }
        Launches.Builder launch = out.launch(unit, "cumsum");
        x.accept(launch);
        before.accept(launch);
        y.accept(launch);
        launch.ints(lines.count(), lines.n(), lines.inner(), part)
                .signed(reverse ? 1 : 0)
                .jobs(lines.count() * parts, part);
    }

    static void sort(Sort op, View x, View values, View indices, Launches out) {
        Lines lines = Lines.of(x.shape(), op.axis());
        if (lines.count() * lines.n() == 0) return;
        Unit unit = unit(x.dtype(), op.descending(), out.tuning);
        Sorted s = sorted(unit, lines, launch -> launch.view(x), out);
        out.launch(unit, "sort_store")
                .scratch(s.keys)
                .scratch(s.places)
                .view(values)
                .view(indices)
                .ints(lines.count(), lines.n(), lines.inner())
                .jobs(lines.count() * lines.n(), 4);
    }

    /** Where in scratch memory lie sorted keys and the places that they had in their lines, both [lines, n]. */
    record Sorted(long keys, long places) {}

    /** Sorts what {@code source} names as the next argument of a launch. */
    static Sorted sorted(Unit unit, Lines lines, Consumer<Launches.Builder> source, Launches out) {
        long total = lines.count() * lines.n();
        int block = out.tuning.sort().get("BLOCK");
        // keys and places, twice: a pass reads one pair and writes the other
        long[] keys = {out.scratch(total), out.scratch(total)};
        long[] places = {out.scratch(total), out.scratch(total)};
        Launches.Builder launch = out.launch(unit, "sort_blocks");
        source.accept(launch);
        launch.scratch(keys[0])
                .scratch(places[0])
                .ints(lines.count(), lines.n(), lines.inner())
                .jobs(lines.count() * ((lines.n() + block - 1) / block), block * 4L);
        int from = 0;
        for (long run = block; run < lines.n(); run *= 2) {
            out.launch(unit, "sort_merge")
                    .scratch(keys[from])
                    .scratch(places[from])
                    .scratch(keys[1 - from])
                    .scratch(places[1 - from])
                    .ints(lines.count(), lines.n(), run)
                    .jobs(total, 16);
            from = 1 - from;
        }
        return new Sorted(keys[from], places[from]);
    }

    static Unit unit(DType dtype, boolean descending, Tuning tuning) {
        Map<String, String> defines = Launches.types(dtype);
        defines.put("LESS(a, b)", descending ? "((a) > (b))" : "((a) < (b))");
        defines.put("NAN_FIRST", descending ? "1" : "0");
        defines.putAll(Tuning.macros(tuning.sort()));
        return Unit.of("scan_sort", defines);
    }
}
