package steepest.backend.cpu;

import steepest.SteepestException;
import steepest.op.ScalarOp;

/** Loops over tiles of integers, which wrap; truth values come out as floats 0 and 1, as tiles keep them. */
final class IntLoops {
    private IntLoops() {}

    static void arithmetic(ScalarOp f, int[] a, int ao, int[] b, int bo, int[] c, int co, int[] y, int yo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] + b[bo + i];
            }
            case SUB -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] - b[bo + i];
            }
            case MUL -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] * b[bo + i];
            }
            case DIV -> {
                for (int i = 0; i < n; i++) y[yo + i] = b[bo + i] == 0 ? 0 : a[ao + i] / b[bo + i];
            }
            case MIN -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.min(a[ao + i], b[bo + i]);
            }
            case MAX -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.max(a[ao + i], b[bo + i]);
            }
            case CLAMP -> {
                for (int i = 0; i < n; i++) {
                    int v = a[ao + i];
                    y[yo + i] = v < b[bo + i] ? b[bo + i] : v > c[co + i] ? c[co + i] : v;
                }
            }
            case NEG -> {
                for (int i = 0; i < n; i++) y[yo + i] = -a[ao + i];
            }
            case ABS -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.abs(a[ao + i]);
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) y[yo + i] = Integer.signum(a[ao + i]);
            }
            case SQUARE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] * a[ao + i];
            }
            case RELU -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.max(a[ao + i], 0);
            }
            default -> throw SteepestException.of("cpu: %s takes no integers", f);
        }
    }

    static void compare(ScalarOp f, int[] a, int ao, int[] b, int bo, float[] y, int yo, int n) {
        switch (f) {
            case EQ -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] == b[bo + i] ? 1f : 0f;
            }
            case NE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] != b[bo + i] ? 1f : 0f;
            }
            case LT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] < b[bo + i] ? 1f : 0f;
            }
            case LE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] <= b[bo + i] ? 1f : 0f;
            }
            case GT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] > b[bo + i] ? 1f : 0f;
            }
            case GE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] >= b[bo + i] ? 1f : 0f;
            }
            default -> throw SteepestException.of("cpu: %s does not compare", f);
        }
    }

    static void select(float[] c, int co, int[] a, int ao, int[] b, int bo, int[] y, int yo, int n) {
        for (int i = 0; i < n; i++) y[yo + i] = c[co + i] != 0 ? a[ao + i] : b[bo + i];
    }
}
