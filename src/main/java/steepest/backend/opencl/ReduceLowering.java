package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import steepest.DType;
import steepest.Shape;
import steepest.backend.View;
import steepest.op.Reduce;

/** Sums, products, maxima and minima over any axes through {@code reduce.cl}. */
final class ReduceLowering {
    /** The most parts that a reduction is cut into. */
    private static final int MOST_PARTS = 256;

    /** So many parts are added up by a group of work-items, fewer by one. */
    private static final int MANY_PARTS = 16;

    /** Rows shorter than this are added up by a work-item each, where there are many. */
    private static final int SHORT = 64;

    private ReduceLowering() {}

    /** Neighbouring axes that are all kept or all reduced count as one. */
    private record Axis(int size, long stride, boolean reduced) {}

    static void lower(Reduce op, View x, View y, Launches out) {
        List<Axis> axes = merge(x.shape(), op);
        List<Axis> kept = axes.stream().filter(a -> !a.reduced).toList();
        List<Axis> reduced = axes.stream().filter(Axis::reduced).toList();
        boolean rows = kept.isEmpty() || axes.get(axes.size() - 1).reduced;
        long outputs = size(kept);
        if (outputs == 0) return;
        Unit unit = unit(op.kind(), x.dtype(), out.tuning);
        Tuning t = out.tuning;
        if (rows) {
            long size = size(reduced);
            Axis last = reduced.isEmpty() ? new Axis(1, 1, true) : reduced.get(reduced.size() - 1);
            long geometry = table(out, kept);
            if (!t.chunked() && size < SHORT && outputs >= t.splitBelow()) {
                // a group for each of so short rows would mostly wait: a work-item for each, as for columns
                table(out, reduced);
                out.launch(unit, "reduce_columns")
                        .view(x)
                        .view(y)
                        .ints(outputs, 1, 1, size, size)
                        .geometry(geometry)
                        .jobs(outputs, size);
                return;
            }
            long parts = outputs < t.splitBelow() ? parts(size, t.part()) : 1;
            long part = (size + parts - 1) / parts;
            table(out, reduced.subList(0, Math.max(0, reduced.size() - 1)));
            long scratch = parts > 1 ? out.scratch(parts * outputs) : 0;
            Launches.Builder launch = out.launch(unit, "reduce_rows").view(x);
            if (parts > 1) launch.scratch(scratch);
            else launch.view(y);
            launch.ints(outputs, parts, size, last.size, part).geometry(geometry);
            if (t.chunked()) launch.jobs(outputs * parts, 1 + part / 8);
            else launch.groups(outputs * parts);
            if (parts > 1) combine(out, unit, scratch, y, outputs, parts);
        } else if (!t.chunked() && outputs < t.splitBelow() && size(reduced) <= t.part()) {
            // a group for each output, though its elements are no neighbours: they are few
            long geometry = table(out, kept);
            table(out, reduced);
            out.launch(unit, "reduce_rows")
                    .view(x)
                    .view(y)
                    .ints(outputs, 1, size(reduced), 1, size(reduced))
                    .geometry(geometry)
                    .groups(outputs);
        } else {
            Axis last = kept.get(kept.size() - 1);
            long outers = outputs / last.size;
            long places = size(reduced);
            long parts = outputs < t.splitColumnsBelow() ? parts(places, t.partColumns()) : 1;
            long part = (places + parts - 1) / parts;
            long geometry = table(out, kept.subList(0, kept.size() - 1));
            table(out, reduced);
            long scratch = parts > 1 ? out.scratch(parts * outputs) : 0;
            Launches.Builder launch = out.launch(unit, "reduce_columns").view(x);
            if (parts > 1) launch.scratch(scratch);
            else launch.view(y);
            launch.ints(outers, last.size, parts, places, part).geometry(geometry);
            columns(launch, t, parts * outers, last.size, part);
            if (parts > 1) combine(out, unit, scratch, y, outputs, parts);
        }
    }

    /** Adds up parts that lie in scratch memory as F32 {@code [parts, outputs]}. */
    static void sumParts(Launches out, long scratch, View y, long outputs, long parts) {
        combine(out, unit(Reduce.Kind.SUM, DType.F32, out.tuning), scratch, y, outputs, parts);
    }

    private static void combine(Launches out, Unit unit, long scratch, View y, long outputs, long parts) {
        Tuning t = out.tuning;
        // a lone work-item would wait for one part after the other: few outputs get a group each
        boolean rows = !t.chunked() && outputs < t.splitBelow() * (long) t.group() && parts >= MANY_PARTS;
        long geometry = rows ? out.geometry(1, outputs, 1) : out.geometry(0);
        out.geometry(1, parts, outputs);
        Launches.Builder launch = out.launch(unit, rows ? "reduce_rows" : "reduce_columns")
                .scratch(scratch)
                .view(y);
        if (rows) launch.ints(outputs, 1, parts, 1, parts).geometry(geometry).groups(outputs);
        else columns(launch.ints(1, outputs, 1, parts, parts).geometry(geometry), t, 1, outputs, parts);
    }

    private static void columns(Launches.Builder launch, Tuning t, long rows, long width, long part) {
        int columns = t.columns();
        if (t.chunked()) launch.jobs(rows * ((width + columns - 1) / columns), 1 + part * Math.min(width, columns) / 8);
        else launch.jobs(rows * width, part);
    }

    /** How many parts of about so many elements a reduction of few outputs is cut into. */
    static long parts(long size, int part) {
        return Math.max(1, Math.min(MOST_PARTS, (size + part - 1) / part));
    }

    private static Unit unit(Reduce.Kind kind, DType dtype, Tuning tuning) {
        String type = Launches.type(dtype);
        boolean ints = dtype == DType.I32;
        return Unit.of(
                "reduce",
                Map.of(
                        "T",
                        type,
                        "T16",
                        type + "16",
                        "GROUP",
                        Integer.toString(tuning.group()),
                        "COLUMNS",
                        Integer.toString(tuning.columns()),
                        "IDENTITY",
                        switch (kind) {
                            case SUM -> "0";
                            case PROD -> "1";
                            case MAX -> ints ? "INT_MIN" : "-INFINITY";
                            case MIN -> ints ? "INT_MAX" : "INFINITY";
                        },
                        "COMBINE(a, b)",
                        switch (kind) {
                            case SUM -> "((a) + (b))";
                            case PROD -> "((a) * (b))";
                            case MAX -> "((a) > (b) || (a) != (a) ? (a) : (b))";
                            case MIN -> "((a) < (b) || (a) != (a) ? (a) : (b))";
                        }));
    }

    private static List<Axis> merge(Shape shape, Reduce op) {
        long[] strides = shape.strides();
        List<Axis> axes = new ArrayList<>();
        for (int a = 0; a < shape.rank(); a++) {
            int size = shape.dim(a);
            if (size == 1) continue;
            boolean reduced = op.axes().contains(a);
            Axis last = axes.isEmpty() ? null : axes.get(axes.size() - 1);
            if (last != null && last.reduced == reduced)
                axes.set(axes.size() - 1, new Axis(Launches.uint((long) last.size * size), strides[a], reduced));
            else axes.add(new Axis(size, strides[a], reduced));
        }
        return axes;
    }

    private static long size(List<Axis> axes) {
        long n = 1;
        for (Axis a : axes) n *= a.size;
        return n;
    }

    private static long table(Launches out, List<Axis> axes) {
        return out.geometry(Launches.strided(
                axes.stream().mapToInt(Axis::size).toArray(),
                axes.stream().mapToLong(Axis::stride).toArray()));
    }
}
