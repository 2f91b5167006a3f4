package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.View;

/**
 * Puts neighbouring loops of one expression together into one launch of {@code optimizer.cl}: the updates of all
 * parameters above all. Each loop is a segment; none may need what another one stores. Their tensors are contiguous, or a
 * single element that serves a whole loop. Every element is computed as it would be by itself, so the bits are the same.
 */
final class SegmentLowering {
    /** Segments of a launch at most (a power of two). */
    private static final int MOST = 64;

    /** Buffers of a launch at most: OpenCL promises 1024 bytes for all arguments, a buffer takes 8. */
    private static final int BUFFERS = 96;

    private final List<PointwiseKernel> segments = new ArrayList<>();
    /** Which loads and stores are one element for the whole loop; null as long as all loops have but one. */
    private boolean[] single;
    /** The number of each slot's buffer among the arguments. */
    private final Map<Integer, Integer> buffers = new LinkedHashMap<>();

    private long elements;

    private SegmentLowering(PointwiseKernel first) {
        add(first);
    }

    /** Lowers kernels in order, but for loops that join those of before. */
    static void lower(List<Kernel> kernels, Launches out) {
        List<SegmentLowering> open = new ArrayList<>();
        for (Kernel k : kernels) {
            if (k instanceof PointwiseKernel p && isFlat(p)) {
                if (p.space().size() > 0 && !joins(p, open)) open.add(new SegmentLowering(p));
                continue;
            }
            open.forEach(s -> s.launch(out));
            open.clear();
            Lowering.lower(k, out);
        }
        open.forEach(s -> s.launch(out));
    }

    /** Adds a loop to the latest launch that may take it; it must not depend on any that it would then run before. */
    private static boolean joins(PointwiseKernel k, List<SegmentLowering> open) {
        for (int i = open.size() - 1; i >= 0; i--) {
            SegmentLowering s = open.get(i);
            if (s.segments.stream().anyMatch(other -> depend(other, k))) return false;
            if (s.takes(k)) {
                s.add(k);
                return true;
            }
        }
        return false;
    }

    private boolean takes(PointwiseKernel k) {
        long more = PointwiseLowering.views(k).stream()
                .map(View::slot)
                .distinct()
                .filter(slot -> !buffers.containsKey(slot))
                .count();
        return segments.size() < MOST
                && buffers.size() + more <= BUFFERS
                && elements + k.space().size() <= Integer.MAX_VALUE
                && (single == null || k.space().size() == 1 || Arrays.equals(single, single(k)))
                && expression(k).equals(expression(segments.get(0)));
    }

    private void add(PointwiseKernel k) {
        segments.add(k);
        elements += k.space().size();
        if (k.space().size() > 1) single = single(k);
        for (View v : PointwiseLowering.views(k)) buffers.putIfAbsent(v.slot(), buffers.size());
    }

    private void launch(Launches out) {
        if (segments.size() == 1) {
            Lowering.lower(segments.get(0), out);
            return;
        }
        out.next(List.copyOf(segments));
        PointwiseKernel first = segments.get(0);
        List<String> names = PointwiseLowering.names(first);
        List<String> places = new ArrayList<>();
        StringBuilder pointers = new StringBuilder();
        StringBuilder advance = new StringBuilder();
        int loads = names.size() - first.stores().size();
        for (int v = 0; v < names.size(); v++) {
            String type = Launches.type(PointwiseLowering.views(first).get(v).dtype());
            pointers.append("global %s%s *%s; ".formatted(v < loads ? "const " : "", type, names.get(v)));
            advance.append("%s += (at)[%d]; ".formatted(names.get(v), v));
            places.add(names.get(v) + (single != null && single[v] ? "[0]" : "[i]"));
        }
        Unit unit = Unit.of(
                "optimizer",
                Map.of(
                        "MOST", Integer.toString(MOST),
                        "PARAMETERS", parameters(),
                        "TENSORS", Integer.toString(names.size()),
                        "POINTERS", pointers.toString(),
                        "CASES", cases(names),
                        "ADVANCE(at)", advance.toString(),
                        "ELEMENT(i)", PointwiseLowering.element(first, places)));
        Launches.Builder launch = out.launch(unit, "pointwise_segments")
                .ints(elements, segments.size())
                .geometry(out.geometry(table()));
        for (int slot : buffers.keySet()) launch.arg(new Arg.Slot(slot));
        for (Load l : first.loads())
            if (l instanceof ScalarArgument s) launch.arg(new Arg.Scalar(s.index(), s.dtype()));
        launch.jobs(elements, 1 + first.code().size() / 4);
    }

    private String parameters() {
        Map<Integer, String> types = new LinkedHashMap<>();
        for (PointwiseKernel k : segments)
            for (View v : PointwiseLowering.views(k)) types.put(v.slot(), Launches.type(v.dtype()));
        StringBuilder s = new StringBuilder();
        buffers.forEach((slot, b) -> s.append(", global %s *b%d".formatted(types.get(slot), b)));
        PointwiseKernel first = segments.get(0);
        for (int i = 0; i < first.loads().size(); i++)
            if (first.loads().get(i) instanceof ScalarArgument a) s.append(PointwiseLowering.parameter(a, i));
        return s.substring(2);
    }

    private String cases(List<String> names) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < segments.size(); i++) {
            s.append(i == segments.size() - 1 ? "default: " : "case " + i + ": ");
            List<View> views = PointwiseLowering.views(segments.get(i));
            for (int v = 0; v < views.size(); v++)
                s.append("%s = b%d; "
                        .formatted(names.get(v), buffers.get(views.get(v).slot())));
            s.append("break; ");
        }
        return s.toString();
    }

    /** Where each segment begins and all end, then each one's offsets. */
    private long[] table() {
        List<Long> t = new ArrayList<>(List.of(0L));
        for (PointwiseKernel k : segments) t.add(t.get(t.size() - 1) + k.space().size());
        for (PointwiseKernel k : segments) for (View v : PointwiseLowering.views(k)) t.add(v.offset());
        return t.stream().mapToLong(Long::longValue).toArray();
    }

    /** Whether every tensor is read from its first element to its last, or is but one element. */
    private static boolean isFlat(PointwiseKernel k) {
        return k.stores().stream().allMatch(s -> s.view().isContiguous())
                && PointwiseLowering.views(k).stream().allMatch(v -> v.isContiguous() || isSingle(v));
    }

    private static boolean isSingle(View v) {
        return reach(v) == 1;
    }

    private static boolean[] single(PointwiseKernel k) {
        List<View> views = PointwiseLowering.views(k);
        boolean[] s = new boolean[views.size()];
        for (int i = 0; i < s.length; i++) s[i] = isSingle(views.get(i));
        return s;
    }

    /** All that two loops must share beside their shapes, in words. */
    private static String expression(PointwiseKernel k) {
        StringBuilder s = new StringBuilder(PointwiseLowering.element(k, PointwiseLowering.names(k)));
        for (Load l : k.loads()) if (l instanceof ScalarArgument) s.append(l);
        for (Store store : k.stores()) s.append(store.view().dtype());
        return s.toString();
    }

    /** Whether one of two loops stores what the other loads or stores. */
    private static boolean depend(PointwiseKernel a, PointwiseKernel b) {
        return storesInto(a, b) || storesInto(b, a);
    }

    private static boolean storesInto(PointwiseKernel a, PointwiseKernel b) {
        return a.stores().stream()
                .anyMatch(s -> PointwiseLowering.views(b).stream().anyMatch(v -> overlap(s.view(), v)));
    }

    private static boolean overlap(View a, View b) {
        return a.slot() == b.slot() && a.offset() < b.offset() + reach(b) && b.offset() < a.offset() + reach(a);
    }

    /** From a flat tensor's first element so many are touched. */
    private static long reach(View v) {
        for (int i = 0; i < v.shape().rank(); i++)
            if (v.shape().dim(i) > 1 && v.strides()[i] != 0) return v.shape().size();
        return 1;
    }
}
