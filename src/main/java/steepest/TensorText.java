package steepest;

import java.math.BigDecimal;
import java.math.MathContext;

/** How tensors print: nested brackets, six significant digits, long axes cut in the middle. */
final class TensorText {
    private static final int EDGE = 3;

    private TensorText() {}

    static String of(HostArray a) {
        StringBuilder s = new StringBuilder();
        append(a, 0, 0, s);
        return s.toString();
    }

    private static void append(HostArray a, int axis, int at, StringBuilder s) {
        if (axis == a.shape().rank()) {
            s.append(element(a, at));
            return;
        }
        int n = a.shape().dim(axis);
        int step = (int) a.shape().strides()[axis];
        boolean cut = n > 2 * EDGE + 2 && a.size() > 64;
        s.append('[');
        for (int i = 0; i < n; i++) {
            if (i > 0) s.append(", ");
            if (cut && i == EDGE) {
                s.append("…");
                i = n - EDGE - 1;
                continue;
            }
            append(a, axis + 1, at + i * step, s);
        }
        s.append(']');
    }

    private static String element(HostArray a, int i) {
        double v = a.get(i);
        if (a.dtype() == DType.BOOL) return v != 0 ? "true" : "false";
        if (!a.dtype().isFloating()) return Long.toString((long) v);
        if (!Double.isFinite(v)) return Double.toString(v);
        if (v == 0) return "0";
        BigDecimal d = new BigDecimal(v).round(new MathContext(6)).stripTrailingZeros();
        double size = Math.abs(v);
        return size >= 1e6 || size < 1e-4 ? d.toString() : d.toPlainString();
    }
}
