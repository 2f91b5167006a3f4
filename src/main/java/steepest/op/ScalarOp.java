package steepest.op;

import static java.lang.Math.abs;

import steepest.DType;
import steepest.Tensor;

/**
 * The pointwise table. One row holds all there is to know of a scalar function: its OpenCL text in {@code a}, {@code b},
 * {@code c}, its meaning in Java (double, for the reference backend and as the fallback of the CPU backend) and its
 * partial derivatives, written in ops so that they can be differentiated again.
 *
 * <p>To add a function, add a row here and one to the tests' {@code OpCases}.
 */
public enum ScalarOp {
    ADD("a + b", Rule.NUMERIC, (a, b) -> a + b, (g, a, b, y) -> g, (g, a, b, y) -> g),
    SUB("a - b", Rule.NUMERIC, (a, b) -> a - b, (g, a, b, y) -> g, (g, a, b, y) -> g.neg()),
    MUL("a * b", Rule.NUMERIC, (a, b) -> a * b, (g, a, b, y) -> g.mul(b), (g, a, b, y) -> g.mul(a)),
    /** Integers divide as in C and Java, towards zero. */
    DIV(
            "a / b",
            Rule.NUMERIC,
            (a, b) -> a / b,
            (g, a, b, y) -> g.div(b),
            (g, a, b, y) -> g.mul(y).div(b).neg()),
    /** NaN wins; where both are equal each gets half of the gradient. */
    MIN(
            "(a < b || a != a) ? a : b",
            Rule.NUMERIC,
            Math::min,
            (g, a, b, y) -> tie(g, a.lt(b), a.eq(b)),
            (g, a, b, y) -> tie(g, b.lt(a), a.eq(b))),
    /** NaN wins; where both are equal each gets half of the gradient. */
    MAX(
            "(a > b || a != a) ? a : b",
            Rule.NUMERIC,
            Math::max,
            (g, a, b, y) -> tie(g, a.gt(b), a.eq(b)),
            (g, a, b, y) -> tie(g, b.gt(a), a.eq(b))),
    /** The derivative by the base is 0 where the exponent is 0, that by the exponent is taken as 0 where the base is 0. */
    POW(
            "pow(a, b)",
            Rule.FLOAT,
            StrictMath::pow,
            (g, a, b, y) -> Tensor.where(b.eq(lit(b, 0)), lit(g, 0), g.mul(b).mul(a.pow(b.sub(lit(b, 1))))),
            (g, a, b, y) -> Tensor.where(a.eq(lit(a, 0)), lit(y, 0), g.mul(y).mul(a.log()))),
    ATAN2(
            "atan2(a, b)",
            Rule.FLOAT,
            StrictMath::atan2,
            (g, a, b, y) -> g.mul(b).div(a.square().add(b.square())),
            (g, a, b, y) -> g.mul(a).div(a.square().add(b.square())).neg()),

    EQ("a == b", Rule.COMPARE, (a, b) -> bool(a == b)),
    NE("a != b", Rule.COMPARE, (a, b) -> bool(a != b)),
    LT("a < b", Rule.COMPARE, (a, b) -> bool(a < b)),
    LE("a <= b", Rule.COMPARE, (a, b) -> bool(a <= b)),
    GT("a > b", Rule.COMPARE, (a, b) -> bool(a > b)),
    GE("a >= b", Rule.COMPARE, (a, b) -> bool(a >= b)),
    AND("a && b", Rule.LOGIC, (a, b) -> bool(a != 0 && b != 0)),
    OR("a || b", Rule.LOGIC, (a, b) -> bool(a != 0 || b != 0)),
    XOR("a != b", Rule.LOGIC, (a, b) -> bool((a != 0) != (b != 0))),
    NOT("!a", Rule.LOGIC, a -> bool(a == 0), null),

    /** {@code a ? b : c}, a BOOL. */
    SELECT(
            "a ? b : c",
            Rule.SELECT,
            (a, b, c) -> a != 0 ? b : c,
            null,
            (g, a, b, c, y) -> Tensor.where(a, g, lit(g, 0)),
            (g, a, b, c, y) -> Tensor.where(a, lit(g, 0), g)),
    /** min(max(a, b), c); the gradient passes where b ≤ a ≤ c, bounds included, and never to the bounds. */
    CLAMP(
            "a < b ? b : (a > c ? c : a)",
            Rule.NUMERIC,
            (a, b, c) -> a < b ? b : (a > c ? c : a),
            (g, a, b, c, y) -> Tensor.where(a.ge(b).and(a.le(c)), g, lit(g, 0)),
            null,
            null),

    NEG("-a", Rule.NUMERIC, a -> -a, (g, a, y) -> g.neg()),
    ABS("a < 0 ? -a : a", Rule.NUMERIC, a -> abs(a), (g, a, y) -> g.mul(a.sign())),
    /** −1, 0 or 1; 0 for NaN. Its derivative is 0 everywhere. */
    SIGN("(a > 0) - (a < 0)", Rule.NUMERIC, a -> a > 0 ? 1 : a < 0 ? -1 : 0, null),
    FLOOR("floor(a)", Rule.FLOAT, Math::floor, null),
    CEIL("ceil(a)", Rule.FLOAT, Math::ceil, null),
    /** To the nearest integer, halves to the even one, as IEEE 754, NumPy and PyTorch round. */
    ROUND("rint(a)", Rule.FLOAT, Math::rint, null),
    SQUARE("a * a", Rule.NUMERIC, a -> a * a, (g, a, y) -> g.mul(a).mul(lit(a, 2))),
    RECIPROCAL(
            "1.0f / a", Rule.FLOAT, a -> 1 / a, (g, a, y) -> g.mul(y.square()).neg()),
    SQRT("sqrt(a)", Rule.FLOAT, Math::sqrt, (g, a, y) -> g.div(y.mul(lit(y, 2)))),
    RSQRT(
            "1.0f / sqrt(a)",
            Rule.FLOAT,
            a -> 1 / Math.sqrt(a),
            (g, a, y) -> g.mul(y.mul(y).mul(y)).mul(lit(y, -0.5))),
    EXP("exp(a)", Rule.FLOAT, StrictMath::exp, (g, a, y) -> g.mul(y)),
    EXPM1("expm1(a)", Rule.FLOAT, StrictMath::expm1, (g, a, y) -> g.mul(y.add(lit(y, 1)))),
    LOG("log(a)", Rule.FLOAT, StrictMath::log, (g, a, y) -> g.div(a)),
    LOG1P("log1p(a)", Rule.FLOAT, StrictMath::log1p, (g, a, y) -> g.div(a.add(lit(a, 1)))),
    SIN("sin(a)", Rule.FLOAT, StrictMath::sin, (g, a, y) -> g.mul(a.cos())),
    COS("cos(a)", Rule.FLOAT, StrictMath::cos, (g, a, y) -> g.mul(a.sin()).neg()),
    TAN("tan(a)", Rule.FLOAT, StrictMath::tan, (g, a, y) -> g.mul(y.square().add(lit(y, 1)))),
    ASIN(
            "asin(a)",
            Rule.FLOAT,
            StrictMath::asin,
            (g, a, y) -> g.mul(lit(a, 1).sub(a.square()).rsqrt())),
    ACOS(
            "acos(a)",
            Rule.FLOAT,
            StrictMath::acos,
            (g, a, y) -> g.mul(lit(a, 1).sub(a.square()).rsqrt()).neg()),
    ATAN("atan(a)", Rule.FLOAT, StrictMath::atan, (g, a, y) -> g.div(a.square().add(lit(a, 1)))),
    SINH("sinh(a)", Rule.FLOAT, StrictMath::sinh, (g, a, y) -> g.mul(a.cosh())),
    COSH("cosh(a)", Rule.FLOAT, StrictMath::cosh, (g, a, y) -> g.mul(a.sinh())),
    TANH("tanh(a)", Rule.FLOAT, StrictMath::tanh, (g, a, y) -> g.mul(lit(y, 1).sub(y.square()))),
    SIGMOID(
            "1.0f / (1.0f + exp(-a))",
            Rule.FLOAT,
            a -> 1 / (1 + StrictMath.exp(-a)),
            (g, a, y) -> g.mul(y).mul(lit(y, 1).sub(y))),
    /** The error function 2/√π ∫₀ᵃ exp(−t²) dt. */
    ERF(
            "erf(a)",
            Rule.FLOAT,
            Erf::erf,
            (g, a, y) -> g.mul(a.square().neg().exp()).mul(lit(a, 2 / Math.sqrt(Math.PI)))),
    /** log(1 + eᵃ), without overflow. */
    SOFTPLUS(
            "max(a, 0.0f) + log1p(exp(-fabs(a)))",
            Rule.FLOAT,
            a -> Math.max(a, 0) + StrictMath.log1p(StrictMath.exp(-abs(a))),
            (g, a, y) -> g.mul(a.sigmoid())),
    /** max(a, 0), its derivative at 0 taken as 0. */
    RELU("a < 0 ? 0 : a", Rule.NUMERIC, a -> a < 0 ? 0 : a, (g, a, y) -> Tensor.where(y.gt(lit(y, 0)), g, lit(g, 0)));

    /** Which types a function takes and gives. */
    public enum Rule {
        /** F32, F64 or I32 (all alike), giving the same. */
        NUMERIC,
        /** F32 or F64 (all alike), giving the same. */
        FLOAT,
        /** Any type (all alike), giving BOOL. */
        COMPARE,
        /** BOOL to BOOL. */
        LOGIC,
        /** BOOL, then two alike of any type, giving that type. */
        SELECT
    }

    /** A scalar function of up to three doubles. */
    @FunctionalInterface
    public interface Meaning {
        double apply(double a, double b, double c);
    }

    private interface F1 {
        double apply(double a);
    }

    private interface F2 {
        double apply(double a, double b);
    }

    private interface D1 {
        Tensor apply(Tensor g, Tensor a, Tensor y);
    }

    private interface D2 {
        Tensor apply(Tensor g, Tensor a, Tensor b, Tensor y);
    }

    private interface D3 {
        Tensor apply(Tensor g, Tensor a, Tensor b, Tensor c, Tensor y);
    }

    private final String openCl;
    private final Rule rule;
    private final int arity;
    private final Meaning meaning;
    private final D3[] partials;

    ScalarOp(String openCl, Rule rule, F1 f, D1 da) {
        this(openCl, rule, 1, (a, b, c) -> f.apply(a), da == null ? null : (g, a, b, c, y) -> da.apply(g, a, y));
    }

    ScalarOp(String openCl, Rule rule, F2 f) {
        this(openCl, rule, 2, (a, b, c) -> f.apply(a, b), null, null);
    }

    ScalarOp(String openCl, Rule rule, F2 f, D2 da, D2 db) {
        this(
                openCl,
                rule,
                2,
                (a, b, c) -> f.apply(a, b),
                (g, a, b, c, y) -> da.apply(g, a, b, y),
                (g, a, b, c, y) -> db.apply(g, a, b, y));
    }

    ScalarOp(String openCl, Rule rule, Meaning f, D3 da, D3 db, D3 dc) {
        this(openCl, rule, 3, f, da, db, dc);
    }

    ScalarOp(String openCl, Rule rule, int arity, Meaning f, D3... partials) {
        this.openCl = openCl;
        this.rule = rule;
        this.arity = arity;
        this.meaning = f;
        this.partials = partials;
    }

    /** The OpenCL C expression in {@code a}, {@code b}, {@code c}. */
    public String openCl() {
        return openCl;
    }

    public Rule rule() {
        return rule;
    }

    public int arity() {
        return arity;
    }

    /** The value in double precision; integers and truth values (0, 1) as doubles too. */
    public double apply(double a, double b, double c) {
        return meaning.apply(a, b, c);
    }

    /** The gradient for argument {@code i}; null where it is zero by definition. */
    Tensor partial(int i, Tensor g, Tensor[] in, Tensor y) {
        D3 d = partials[i];
        return d == null ? null : d.apply(g, in[0], arity > 1 ? in[1] : null, arity > 2 ? in[2] : null, y);
    }

    /** The type of the result. */
    public DType result(DType... in) {
        return switch (rule) {
            case COMPARE, LOGIC -> DType.BOOL;
            case SELECT -> in[1];
            default -> in[0];
        };
    }

    /** A literal of the type of {@code like}, which broadcasts to it. */
    private static Tensor lit(Tensor like, double value) {
        return Tensor.literal(value, like.dtype());
    }

    private static Tensor tie(Tensor g, Tensor wins, Tensor equal) {
        return Tensor.where(wins, g, Tensor.where(equal, g.mul(lit(g, 0.5)), lit(g, 0)));
    }

    private static double bool(boolean b) {
        return b ? 1 : 0;
    }
}
