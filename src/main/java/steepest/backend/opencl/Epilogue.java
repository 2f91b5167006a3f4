package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.View;

/**
 * What becomes of a product's results {@code [batch, rows, columns]}, as {@code epilogue.cl} has it: its macros for the
 * kernel's source and its arguments, the last of the kernel. Tensors of the very shape of the results are read and written
 * along their rows; others by a stride for each of the three axes, or where their axes do not fit into three, by a table.
 */
final class Epilogue {
    /** So many parts are added up by a group of work-items, fewer by one. */
    private static final int MANY_PARTS = 32;

    /** A tensor that the epilogue reads or writes. */
    private record Operand(String name, View view, long[] strides) {
        boolean flat() {
            return view.isContiguous();
        }

        String type() {
            return (name.startsWith("x") ? "const " : "") + Launches.type(view.dtype());
        }

        String parameters() {
            String s = ", global %1$s *%2$s, const ulong %2$s_offset".formatted(type(), name);
            if (flat()) return s;
            if (strides == null)
                return s + ", global const long *%1$s_table, const ulong %1$s_table_offset".formatted(name);
            return s + ", const long %1$s_b, const long %1$s_m, const long %1$s_n".formatted(name);
        }

        String row() {
            if (!flat() && strides == null)
                return "const uint %s_first = ((b) * (rows) + (m)) * (columns); ".formatted(name);
            String at = flat()
                    ? "((ulong)(b) * (rows) + (m)) * (columns)"
                    : "(long)(b) * %1$s_b + (long)(m) * %1$s_m".formatted(name);
            return "global %s *%2$s_row = %2$s + %2$s_offset + %3$s; ".formatted(type(), name, at);
        }

        String element() {
            if (flat()) return name + "_row[n]";
            if (strides == null)
                return "%1$s[%1$s_offset + strided(%1$s_first + (n), %1$s_table + %1$s_table_offset)]".formatted(name);
            return strides[2] == 0
                    ? name + "_row[0]"
                    : strides[2] == 1 ? name + "_row[n]" : "%1$s_row[(n) * %1$s_n]".formatted(name);
        }

        void tell(Launches out, Launches.Builder launch) {
            launch.view(view);
            if (flat()) return;
            if (strides != null) launch.longs(strides);
            else launch.geometry(out.geometry(Launches.strided(view.shape().dims(), view.strides())));
        }
    }

    private final PointwiseKernel kernel; // null: results are stored as they are, in `store` or in scratch memory
    private final List<Operand> operands = new ArrayList<>();
    private final View store;
    private final long scratch;

    private Epilogue(PointwiseKernel kernel, View store, long scratch) {
        this.kernel = kernel;
        this.store = store;
        this.scratch = scratch;
    }

    /**
     * @param rows the first axis of the op's output that counts as a row; those before are batches
     * @param columns the first axis that counts as a column
     */
    static Epilogue of(OpKernel k, int rows, int columns) {
        if (k.epilogue() == null) return new Epilogue(null, k.outputs().get(0), 0);
        View plain = null;
        for (Store s : k.epilogue().stores()) if (s.register() == 0) plain = s.view();
        Epilogue e = new Epilogue(k.epilogue(), plain, 0);
        int i = 0;
        for (Load l : e.kernel.loads()) {
            if (l instanceof Element x) e.add("x" + i, x.view(), rows, columns);
            i++;
        }
        i = 0;
        for (Store s : e.kernel.stores()) e.add("y" + i++, s.view(), rows, columns);
        return e;
    }

    /** Results are stored in scratch memory, as they are. */
    static Epilogue scratch(long offset) {
        return new Epilogue(null, null, offset);
    }

    private void add(String name, View v, int rows, int columns) {
        long[] strides = {
            merged(v, 0, rows),
            merged(v, rows, columns),
            merged(v, columns, v.shape().rank())
        };
        boolean fits = true;
        for (long s : strides) fits &= s != Long.MIN_VALUE;
        operands.add(new Operand(name, v, fits ? strides : null));
    }

    /** The one stride of neighbouring axes taken together: 0 where there is nothing to walk, MIN_VALUE if there is none. */
    static long merged(View v, int from, int to) {
        long stride = 0;
        long size = 1;
        for (int i = to - 1; i >= from; i--) {
            if (v.shape().dim(i) == 1) continue;
            if (size == 1) stride = v.strides()[i];
            else if (v.strides()[i] != stride * size) return Long.MIN_VALUE;
            size *= v.shape().dim(i);
        }
        return stride;
    }

    /** Where the results are stored as they are, among others perhaps; null if nowhere. */
    View plain() {
        return store;
    }

    /** {@code macros} and those of the epilogue. */
    Map<String, String> with(Map<String, String> macros) {
        Map<String, String> m = new LinkedHashMap<>(macros);
        if (kernel == null) return m;
        StringBuilder parameters = new StringBuilder();
        StringBuilder row = new StringBuilder();
        List<String> places = new ArrayList<>();
        for (Operand o : operands) {
            parameters.append(o.parameters());
            row.append(o.row());
            places.add(o.element());
        }
        for (int i = 0; i < kernel.loads().size(); i++)
            if (kernel.loads().get(i) instanceof ScalarArgument s) parameters.append(PointwiseLowering.parameter(s, i));
        m.put("EPILOGUE_PARAMETERS", parameters.substring(2));
        m.put("EPILOGUE_ROW(b, m, rows, columns)", row.toString());
        m.put("EPILOGUE(n, value)", "{ " + PointwiseLowering.element(kernel, places) + "}");
        return m;
    }

    /** Adds its arguments to those of a launch. */
    Launches.Builder tell(Launches out, Launches.Builder launch) {
        if (kernel == null) return store == null ? launch.scratch(scratch) : launch.view(store);
        for (Operand o : operands) o.tell(out, launch);
        for (Load l : kernel.loads())
            if (l instanceof ScalarArgument s) launch.arg(new Arg.Scalar(s.index(), s.dtype()));
        return launch;
    }

    /** Adds up the parts of a product that lie in scratch memory, {@code [part, batch, rows, columns]}, and then itself. */
    void afterParts(Launches out, long parts, long count, long batch, long rows, long columns) {
        Tuning t = out.tuning;
        long results = batch * rows * columns;
        // a lone work-item would wait for one part after the other: few results get a group each
        boolean shared = !t.chunked() && count >= MANY_PARTS && results <= 4L * t.splitBelow();
        Launches.Builder launch = out.launch(
                        Unit.of("parts", with(Map.of("GROUP", Integer.toString(t.group())))),
                        shared ? "add_many_parts" : "add_parts")
                .scratch(parts)
                .ints(count, batch, rows, columns);
        tell(out, launch);
        long stretch = t.chunked() ? 256 : 1;
        if (shared) launch.groups(results);
        else launch.jobs(batch * rows * MatMulLowering.ceil(columns, stretch), Math.min(columns, stretch) * count);
    }
}
