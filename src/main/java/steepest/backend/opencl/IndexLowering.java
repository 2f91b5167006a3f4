package steepest.backend.opencl;

import java.util.Map;
import steepest.DType;
import steepest.backend.View;
import steepest.op.Gather;
import steepest.op.ScatterAdd;

/** Gather and its adjoint through {@code gather.cl}. */
final class IndexLowering {
    /** From so many picks on, and up to so many lines, elements are sorted by place before they are added. */
    private static final int SORTED_PICKS = 16;

    private static final int SORTED_LINES = 16384;

    private IndexLowering() {}

    static void gather(Gather op, View x, View index, View y, Launches out) {
        Lines from = Lines.of(x.shape(), op.axis());
        long n = index.shape().size();
        if (n == 0) return;
        out.launch(unit("gather", x.dtype()), "gather")
                .view(x)
                .view(index)
                .view(y)
                .ints(n, from.n(), index.shape().dim(op.axis()), from.inner())
                .geometry(out.geometry(Launches.strided(index.shape().dims(), index.strides())))
                .jobs(n, 4);
    }

    static void scatterAdd(ScatterAdd op, View x, View index, View y, Launches out) {
        Lines to = Lines.of(y.shape(), op.axis());
        int axis = x.shape().axis(op.axis());
        long picks = x.shape().dim(axis);
        Launches.uint(x.shape().size());
        if (to.count() * to.n() == 0) return;
        if (picks > SORTED_PICKS && to.count() < SORTED_LINES && wholeRows(index, axis)) {
            rows(x, index, y, axis, out);
            return;
        }
        out.launch(unit("gather", x.dtype()), "scatter_add")
                .view(x)
                .view(index)
                .view(y)
                .ints(to.count(), to.n(), picks, to.inner())
                .geometry(out.geometry(Launches.strided(index.shape().dims(), index.strides())))
                .jobs(to.count(), to.n() + 4 * picks);
    }

    /** Whether an index is the same for all elements behind an axis, so that it picks rows. */
    private static boolean wholeRows(View index, int axis) {
        for (int a = axis + 1; a < index.shape().rank(); a++)
            if (index.shape().dim(a) > 1 && index.strides()[a] != 0) return false;
        return true;
    }

    /** Sorts the picks by place, finds where each place begins, and adds up the rows of each. */
    private static void rows(View x, View index, View y, int axis, Launches out) {
        Lines picks = Lines.of(x.shape(), axis);
        long outer = picks.outer();
        long size = y.shape().dim(axis);
        Unit unit = unit("gather", x.dtype());
        long rows = out.scratch(outer * picks.n());
        out.launch(unit, "row_index")
                .view(index)
                .scratch(rows)
                .ints(outer * picks.n())
                .geometry(out.geometry(
                        Launches.strided(index.shape().slice(0, axis + 1).dims(), index.strides())))
                .jobs(outer * picks.n(), 4);
        ScanLowering.Sorted sorted = ScanLowering.sorted(
                ScanLowering.unit(DType.I32, false, out.tuning),
                new Lines(outer, picks.n(), 1),
                launch -> launch.scratch(rows),
                out);
        long starts = out.scratch(outer * (size + 1));
        out.launch(unit, "row_starts")
                .scratch(sorted.keys())
                .scratch(starts)
                .ints(outer, picks.n(), size)
                .jobs(outer * (size + 1), 16);
        long inner = picks.inner();
        out.launch(unit, "row_sums")
                .view(x)
                .scratch(sorted.places())
                .scratch(starts)
                .view(y)
                .ints(outer, picks.n(), size, inner)
                .jobs(outer * size * (out.tuning.chunked() ? 1 : inner), inner * (1 + picks.n() / size));
    }

    /** Bytes can be copied, but not added. */
    static Unit unit(String family, DType dtype) {
        Map<String, String> defines = Launches.types(dtype);
        if (dtype.bytes() == 1) defines.put("COPY_ONLY", "1");
        return Unit.of(family, defines);
    }
}
