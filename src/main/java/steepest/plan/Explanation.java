package steepest.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import steepest.Footprint;
import steepest.backend.Kernel;
import steepest.backend.View;

/** A plan in words: which kernels run in which order, on what, what was fused, and where the results lie. */
final class Explanation {
    private static final String NAMES = "abcdefghijklmnopqrstuvwxyz";

    private final Planner.Planned plan;
    private final List<String> leafNames;
    private final Footprint footprint;
    private int kernel; // the one being described

    private Explanation(Planner.Planned plan, List<String> leafNames, Footprint footprint) {
        this.plan = plan;
        this.leafNames = leafNames;
        this.footprint = footprint;
    }

    /**
     * @param leafNames by leaf ordinal, for instance {@code input 0} or {@code variable 0.weight}
     */
    static String of(String device, Planner.Planned plan, List<String> leafNames, Footprint footprint) {
        return new Explanation(plan, leafNames, footprint).text(device);
    }

    private String text(String device) {
        List<Kernel> kernels = plan.schedule().kernels();
        StringBuilder s = new StringBuilder();
        s.append("%d kernel%s on %s%n".formatted(kernels.size(), kernels.size() == 1 ? "" : "s", device));
        for (kernel = 0; kernel < kernels.size(); kernel++)
            s.append("%4d  %s%n".formatted(kernel + 1, line(kernels.get(kernel))));
        s.append("memory: %s of intermediate results share a slab of %s%n"
                .formatted(bytes(plan.intermediateBytes()), bytes(plan.slabBytes())));
        s.append("footprint: %s (inputs %s, variables %s, constants %s, slab %s of which %s are needed, results %s)%n"
                .formatted(
                        bytes(footprint.total()),
                        bytes(footprint.inputs()),
                        bytes(footprint.variables()),
                        bytes(footprint.constants()),
                        bytes(footprint.slab()),
                        bytes(footprint.slabNeeded()),
                        bytes(footprint.results())));
        for (Planner.Result r : plan.results()) s.append("result: %s%n".formatted(r.spec()));
        if (!plan.writtenLeaves().isEmpty())
            s.append("updates: %s%n"
                    .formatted(plan.writtenLeaves().stream().map(leafNames::get).collect(Collectors.joining(", "))));
        return s.toString();
    }

    private String line(Kernel k) {
        if (k instanceof Kernel.OpKernel o) {
            String in = o.inputs().stream().map(this::operand).collect(Collectors.joining(", "));
            if (o.epilogue() != null)
                return "%s(%s), with %d fused op%s over its result r: %s"
                        .formatted(
                                o.op().name(),
                                in,
                                o.epilogue().code().size(),
                                o.epilogue().code().size() == 1 ? "" : "s",
                                stores(o.epilogue()));
            String out = o.outputs().stream().map(this::target).collect(Collectors.joining(", "));
            return "%s = %s(%s)".formatted(out, o.op().name(), in);
        }
        Kernel.PointwiseKernel p = (Kernel.PointwiseKernel) k;
        boolean fill = p.loads().stream().noneMatch(l -> l instanceof Kernel.Element);
        String what = p.code().isEmpty()
                ? fill ? "fill" : "copy"
                : p.code().size() == 1
                        ? "loop"
                        : "loop of %d fused ops".formatted(p.code().size());
        return "%s over %s: %s".formatted(what, p.space(), stores(p));
    }

    private String stores(Kernel.PointwiseKernel p) {
        List<String> text = new ArrayList<>();
        for (Kernel.Load l : p.loads()) text.add(load(l));
        for (Kernel.Instruction i : p.code()) text.add(instruction(i, text));
        return p.stores().stream()
                .map(s -> "%s = %s".formatted(target(s.view()), text.get(s.register())))
                .collect(Collectors.joining("; "));
    }

    private String instruction(Kernel.Instruction i, List<String> text) {
        String args = i.args().stream().map(text::get).collect(Collectors.joining(", "));
        String f = i.f() == null ? i.dtype().toString() : i.f().name().toLowerCase(Locale.ROOT);
        String whole = "%s(%s)".formatted(f, args);
        return whole.length() <= 120 ? whole : f + "(…)";
    }

    private String load(Kernel.Load l) {
        if (l instanceof Kernel.Result) return "r";
        if (l instanceof Kernel.LiteralValue v) return number(v.value());
        if (l instanceof Kernel.ScalarArgument a) return "argument " + a.index();
        return operand(((Kernel.Element) l).view());
    }

    private static String number(double v) {
        return v == Math.rint(v) && Math.abs(v) < 1e9 ? Long.toString((long) v) : Float.toString((float) v);
    }

    private String operand(View v) {
        String name = name(v);
        return v.isContiguous() ? name + v.shape() : name + v.shape() + (isRepeated(v) ? " repeated" : " strided");
    }

    private static boolean isRepeated(View v) {
        for (int i = 0; i < v.strides().length; i++)
            if (v.strides()[i] == 0 && v.shape().dim(i) > 1) return true;
        return false;
    }

    private String target(View v) {
        return name(v) + v.shape();
    }

    private String name(View v) {
        Planner.Slot slot = plan.slots().get(v.slot());
        if (slot instanceof Planner.Slot.LeafSlot l) return leafNames.get(l.leaf());
        if (slot instanceof Planner.Slot.ResultSlot) return "result";
        // memory of a slab is used again and again: the latest result made there is meant
        int latest = -1;
        for (int i = 0; i < plan.allocations().size(); i++) {
            Planner.Allocation a = plan.allocations().get(i);
            boolean inside = a.slot() == v.slot() && v.offset() >= a.offset() && v.offset() < a.offset() + a.length();
            if (inside && a.kernel() <= kernel) latest = i;
        }
        return "" + NAMES.charAt(latest % 26) + (latest < 26 ? "" : latest / 26);
    }

    private static String bytes(long n) {
        if (n < 1024) return n + " B";
        if (n < 1024 * 1024) return "%.1f KiB".formatted(n / 1024.0);
        return "%.1f MiB".formatted(n / 1024.0 / 1024.0);
    }
}
