package steepest.backend.ref;

import steepest.DType;
import steepest.op.Reduce;
import steepest.op.ScalarOp;

/** Arithmetic by type, on doubles: floats as doubles, 32-bit integers wrapping as in Java. */
final class Arithmetic {
    private Arithmetic() {}

    /** A conversion as {@link steepest.op.Cast} tells it. Floats are not rounded. */
    static double convert(double value, DType to) {
        return switch (to) {
            case F32, F64 -> value;
            case I32 -> (int) value;
            case U8 -> (int) value & 0xff;
            case BOOL -> value != 0 ? 1 : 0;
        };
    }

    /** A scalar function of operands of a type. */
    static double apply(ScalarOp f, DType operands, double a, double b, double c) {
        if (operands != DType.I32) return f.apply(a, b, c);
        int x = (int) a;
        int y = (int) b;
        return switch (f) {
            case ADD -> x + y;
            case SUB -> x - y;
            case MUL -> x * y;
            case DIV -> y == 0 ? 0 : x / y;
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SQUARE -> x * x;
            default -> f.apply(a, b, c); // comparisons and choices, which are exact in double
        };
    }

    /** One step of a reduction. */
    static double combine(Reduce.Kind kind, DType dtype, double a, double b) {
        ScalarOp f = switch (kind) {
            case SUM -> ScalarOp.ADD;
            case PROD -> ScalarOp.MUL;
            case MAX -> ScalarOp.MAX;
            case MIN -> ScalarOp.MIN;
        };
        return apply(f, dtype, a, b, 0);
    }
}
