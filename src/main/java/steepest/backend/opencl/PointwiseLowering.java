package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import steepest.DType;
import steepest.Shape;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.Result;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.View;
import steepest.op.ScalarOp;

/** Writes a fused chain of scalar functions into the template {@code activation.cl}. */
final class PointwiseLowering {
    private final PointwiseKernel kernel;
    private final Axes axes;

    /** Tensors that a kernel loads and stores as vectors at most. */
    private static final int MOST_VECTORS = 8;

    private PointwiseLowering(PointwiseKernel kernel) {
        this.kernel = kernel;
        axes = Axes.merged(kernel.space(), views(kernel));
    }

    static void lower(PointwiseKernel kernel, Launches out) {
        if (kernel.space().size() > 0) new PointwiseLowering(kernel).launch(out);
    }

    private void launch(Launches out) {
        boolean contiguous = axes.contiguous();
        long n = kernel.space().size();
        int width = contiguous ? width(out.tuning) : 1;
        Unit unit = Unit.of(
                "activation",
                Map.of(
                        "WIDTH", Integer.toString(width),
                        "ELEMENTS(v)", width > 1 ? elements(width) : "",
                        "PARAMETERS", parameters(),
                        "POINTERS", pointers(),
                        "ELEMENT(i)", contiguous ? element(false) : "",
                        "ADDRESSES", contiguous ? "" : addresses(),
                        "ADVANCE(d, c)", contiguous ? "" : advance(),
                        "ROW_STRIDES", contiguous ? "" : rowStrides(),
                        "ROW_ELEMENT(j)", contiguous ? "" : element(true),
                        "STRIDED", contiguous ? "0" : "1"));
        Launches.Builder launch =
                out.launch(unit, contiguous ? "pointwise" : "pointwise_strided").ints(n);
        if (!contiguous) launch.geometry(out.geometry(axes.table())).signed(axes.rank());
        for (Load l : kernel.loads()) {
            if (l instanceof Element e) launch.view(e.view());
            else if (l instanceof ScalarArgument s) launch.arg(new Arg.Scalar(s.index(), s.dtype()));
        }
        for (Store s : kernel.stores()) launch.view(s.view());
        launch.jobs((n + width - 1) / width, width * (1 + kernel.code().size() / 4L));
    }

    /** Vectors where every tensor begins at a multiple of one, and an item's registers hold them. */
    private int width(Tuning tuning) {
        List<View> views = views(kernel);
        int width = Math.max(1, tuning.width());
        boolean fits = views.size() <= MOST_VECTORS && views.stream().allMatch(v -> v.offset() % width == 0);
        return tuning.chunked() || !fits ? 1 : width;
    }

    /** Vectors are loaded, computed with number by number, and stored. */
    private String elements(int width) {
        StringBuilder s = new StringBuilder();
        List<String> names = names(kernel);
        int loads = names.size() - kernel.stores().size();
        List<String> types = views(kernel).stream()
                .map(v -> Launches.type(v.dtype()) + width)
                .toList();
        for (int i = 0; i < names.size(); i++) {
            s.append(types.get(i)).append(" v_").append(names.get(i));
            if (i < loads) s.append(" = ((global const %s *)%s)[v]".formatted(types.get(i), names.get(i)));
            s.append("; ");
        }
        for (int lane = 0; lane < width; lane++) {
            String at = ".s" + lane;
            List<String> places = names.stream().map(n -> "v_" + n + at).toList();
            s.append("{ ").append(element(kernel, places)).append("} ");
        }
        for (int i = loads; i < names.size(); i++)
            s.append("((global %1$s *)%2$s)[v] = v_%2$s; ".formatted(types.get(i), names.get(i)));
        return s.toString();
    }

    private String parameters() {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < kernel.loads().size(); i++) {
            Load l = kernel.loads().get(i);
            if (l instanceof Element)
                s.append(", global const %s *x%d, const ulong x%d_offset".formatted(Launches.type(l.dtype()), i, i));
            else if (l instanceof ScalarArgument a) s.append(parameter(a, i));
        }
        for (int i = 0; i < kernel.stores().size(); i++)
            s.append(", global %s *y%d, const ulong y%d_offset"
                    .formatted(Launches.type(kernel.stores().get(i).view().dtype()), i, i));
        return s.substring(2);
    }

    /** The kernel parameter of a number that fills register {@code i}. */
    static String parameter(ScalarArgument s, int i) {
        return ", const %s s%d".formatted(s.dtype() == DType.F32 ? "float" : "int", i);
    }

    private String pointers() {
        StringBuilder s = new StringBuilder();
        forEachView((name, i) -> s.append("%1$s += %1$s_offset; ".formatted(name)));
        return s.toString();
    }

    private interface ViewVisitor {
        /** @param index of the view among all */
        void visit(String name, int index);
    }

    private void forEachView(ViewVisitor visitor) {
        List<String> names = names(kernel);
        for (int i = 0; i < names.size(); i++) visitor.visit(names.get(i), i);
    }

    /** What a kernel's text calls its tensors: those loaded, then those stored. */
    static List<String> names(PointwiseKernel kernel) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < kernel.loads().size(); i++)
            if (kernel.loads().get(i) instanceof Element) names.add("x" + i);
        for (int i = 0; i < kernel.stores().size(); i++) names.add("y" + i);
        return names;
    }

    /** All tensors of a kernel: those loaded, then those stored. */
    static List<View> views(PointwiseKernel kernel) {
        List<View> views = new ArrayList<>();
        for (Load l : kernel.loads()) if (l instanceof Element e) views.add(e.view());
        for (Store s : kernel.stores()) views.add(s.view());
        return views;
    }

    private String addresses() {
        StringBuilder s = new StringBuilder();
        forEachView((name, i) -> s.append("long a_%s = 0; ".formatted(name)));
        return s.toString();
    }

    private String advance() {
        StringBuilder s = new StringBuilder();
        forEachView((name, i) -> s.append("a_%s += (c) * STRIDE(%d, d); ".formatted(name, i)));
        return s.toString();
    }

    private String rowStrides() {
        StringBuilder s = new StringBuilder();
        forEachView((name, i) -> {
            if (axes.lastStride(i) != 0 && axes.lastStride(i) != 1)
                s.append("const long s_%s = STRIDE(%d, rank - 1); ".formatted(name, i));
        });
        return s.toString();
    }

    /** Loads, instructions and stores of one element. */
    private String element(boolean strided) {
        List<String> places = new ArrayList<>();
        forEachView((name, i) -> {
            if (!strided) places.add(name + "[i]");
            else if (axes.lastStride(i) == 0) places.add("(%1$s + a_%1$s)[0]".formatted(name));
            else if (axes.lastStride(i) == 1) places.add("(%1$s + a_%1$s)[j]".formatted(name));
            else places.add("(%1$s + a_%1$s)[(j) * s_%1$s]".formatted(name));
        });
        return element(kernel, places);
    }

    /**
     * Loads, instructions and stores of one element.
     *
     * @param places where the element of each tensor lies: those loaded, then those stored
     */
    static String element(PointwiseKernel kernel, List<String> places) {
        StringBuilder s = new StringBuilder();
        int place = 0;
        int register = 0;
        for (Load l : kernel.loads()) {
            String value;
            if (l instanceof Result) value = "(value)";
            else if (l instanceof Element) value = places.get(place++);
            else if (l instanceof ScalarArgument) value = "(" + Launches.type(l.dtype()) + ")s" + register;
            else value = literal((LiteralValue) l);
            s.append("const %s r%d = %s; ".formatted(Launches.type(l.dtype()), register++, value));
        }
        for (Instruction i : kernel.code())
            s.append("const %s r%d = %s; ".formatted(Launches.type(i.dtype()), register++, expression(kernel, i)));
        for (Store store : kernel.stores()) s.append("%s = r%d; ".formatted(places.get(place++), store.register()));
        return s.toString();
    }

    private static String literal(LiteralValue l) {
        return switch (l.dtype()) {
            case F32 -> {
                float v = (float) l.value();
                if (Float.isNaN(v)) yield "NAN";
                if (Float.isInfinite(v)) yield v > 0 ? "INFINITY" : "-INFINITY";
                yield Float.toHexString(v) + "f";
            }
            // the most negative integer is no literal in C
            case I32 -> (int) l.value() == Integer.MIN_VALUE ? "INT_MIN" : Integer.toString((int) l.value());
            case BOOL -> l.value() != 0 ? "1" : "0";
            default -> Integer.toString((int) l.value() & 255);
        };
    }

    private static String expression(PointwiseKernel kernel, Instruction i) {
        DType from = kernel.type(i.args().get(0));
        String a = "r" + i.args().get(0);
        if (i.f() == null) return cast(a, from, i.dtype());
        boolean ints = from == DType.I32;
        if (ints && i.f() == ScalarOp.DIV)
            return "divide_int(%s, r%d)".formatted(a, i.args().get(1));
        if (i.f() == ScalarOp.POW) return "power(%s, r%d)".formatted(a, i.args().get(1));
        // integers wrap, which C promises for unsigned ones alone
        boolean wraps = ints
                && switch (i.f()) {
                    case ADD, SUB, MUL, NEG, SQUARE -> true;
                    default -> false;
                };
        String text = i.f().openCl();
        String[] names = {"a", "b", "c"};
        StringBuilder s = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int end = at;
            while (end < text.length() && Character.isJavaIdentifierPart(text.charAt(end))) end++;
            if (end == at) {
                s.append(text.charAt(at++));
                continue;
            }
            String word = text.substring(at, end);
            int argument = List.of(names).indexOf(word);
            if (argument < 0) s.append(word);
            else s.append(wraps ? "(uint)r" : "r").append(i.args().get(argument));
            at = end;
        }
        return "(%s)(%s)".formatted(Launches.type(i.dtype()), s);
    }

    /** See {@link steepest.op.Cast}. */
    private static String cast(String a, DType from, DType to) {
        return switch (to) {
            case BOOL -> "(uchar)(" + a + " != 0)";
            case I32 -> from == DType.F32 ? "to_int(" + a + ")" : "(int)" + a;
            case U8 -> from == DType.F32 ? "(uchar)(to_int(" + a + ") & 255)" : "(uchar)(" + a + " & 255)";
            default -> "(float)" + a;
        };
    }

    /** The axes of an index space that several views share, merged where all of them allow it. */
    private record Axes(int[] dims, List<long[]> strides) {
        static Axes merged(Shape space, List<View> views) {
            List<Integer> dims = new ArrayList<>();
            List<List<Long>> strides = new ArrayList<>();
            for (int v = 0; v < views.size(); v++) strides.add(new ArrayList<>());
            for (int axis = 0; axis < space.rank(); axis++) {
                int size = space.dim(axis);
                if (size == 1) continue;
                boolean merge = !dims.isEmpty();
                for (int v = 0; merge && v < views.size(); v++) {
                    List<Long> s = strides.get(v);
                    merge = s.get(s.size() - 1) == views.get(v).strides()[axis] * size;
                }
                if (merge) dims.set(dims.size() - 1, Math.multiplyExact(dims.get(dims.size() - 1), size));
                else dims.add(size);
                for (int v = 0; v < views.size(); v++) {
                    List<Long> s = strides.get(v);
                    if (merge) s.set(s.size() - 1, views.get(v).strides()[axis]);
                    else s.add(views.get(v).strides()[axis]);
                }
            }
            return new Axes(
                    dims.stream().mapToInt(Integer::intValue).toArray(),
                    strides.stream()
                            .map(s -> s.stream().mapToLong(Long::longValue).toArray())
                            .toList());
        }

        int rank() {
            return dims.length;
        }

        boolean contiguous() {
            if (rank() == 0) return true;
            return rank() == 1 && strides.stream().allMatch(s -> s[0] == 1);
        }

        long lastStride(int view) {
            return strides.get(view)[rank() - 1];
        }

        /** Sizes, then each view's strides. */
        long[] table() {
            long[] t = new long[rank() * (1 + strides.size())];
            for (int i = 0; i < rank(); i++) t[i] = dims[i];
            for (int v = 0; v < strides.size(); v++) System.arraycopy(strides.get(v), 0, t, (v + 1) * rank(), rank());
            return t;
        }
    }
}
