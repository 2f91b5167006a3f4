package steepest;

import static steepest.op.ScalarOp.*;

import steepest.op.Cast;
import steepest.op.ScalarOp;

/** The operations of a {@link Tensor} that treat each element by itself. */
public sealed interface Elementwise permits Tensor {
    Tensor self();

    private Tensor unary(ScalarOp f) {
        return Tensor.pointwise(f, self());
    }

    private Tensor binary(ScalarOp f, Tensor other) {
        return Tensor.pointwise(f, self(), other);
    }

    /** A number as an operand: an argument of the plan, so that another number is not another plan. */
    private Tensor binary(ScalarOp f, double other) {
        return Tensor.pointwise(f, self(), Tensor.scalar(other, self().dtype()));
    }

    // ---- arithmetic (f32, f64, i32) ----

    default Tensor add(Tensor other) {
        return binary(ADD, other);
    }

    default Tensor add(double other) {
        return binary(ADD, other);
    }

    default Tensor sub(Tensor other) {
        return binary(SUB, other);
    }

    default Tensor sub(double other) {
        return binary(SUB, other);
    }

    default Tensor mul(Tensor other) {
        return binary(MUL, other);
    }

    default Tensor mul(double other) {
        return binary(MUL, other);
    }

    /** Integers divide towards zero. */
    default Tensor div(Tensor other) {
        return binary(DIV, other);
    }

    default Tensor div(double other) {
        return binary(DIV, other);
    }

    default Tensor pow(Tensor exponent) {
        return binary(POW, exponent);
    }

    default Tensor pow(double exponent) {
        return exponent == 2 ? square() : binary(POW, exponent);
    }

    default Tensor atan2(Tensor x) {
        return binary(ATAN2, x);
    }

    /** The smaller of two; NaN wins; ties share the gradient. */
    default Tensor minimum(Tensor other) {
        return binary(MIN, other);
    }

    default Tensor minimum(double other) {
        return binary(MIN, other);
    }

    /** The larger of two; NaN wins; ties share the gradient. */
    default Tensor maximum(Tensor other) {
        return binary(MAX, other);
    }

    default Tensor maximum(double other) {
        return binary(MAX, other);
    }

    /** Limits to [lo, hi]; the gradient passes inside, bounds included. */
    default Tensor clamp(double lo, double hi) {
        return clamp(Tensor.scalar(lo, self().dtype()), Tensor.scalar(hi, self().dtype()));
    }

    /** Limits to [lo, hi], which broadcast and get no gradient. */
    default Tensor clamp(Tensor lo, Tensor hi) {
        return Tensor.pointwise(CLAMP, self(), lo, hi);
    }

    default Tensor neg() {
        return unary(NEG);
    }

    default Tensor abs() {
        return unary(ABS);
    }

    /** −1, 0 or 1. */
    default Tensor sign() {
        return unary(SIGN);
    }

    default Tensor square() {
        return unary(SQUARE);
    }

    // ---- comparison and logic ----

    default Tensor eq(Tensor other) {
        return binary(EQ, other);
    }

    default Tensor eq(double other) {
        return binary(EQ, other);
    }

    default Tensor ne(Tensor other) {
        return binary(NE, other);
    }

    default Tensor ne(double other) {
        return binary(NE, other);
    }

    default Tensor lt(Tensor other) {
        return binary(LT, other);
    }

    default Tensor lt(double other) {
        return binary(LT, other);
    }

    default Tensor le(Tensor other) {
        return binary(LE, other);
    }

    default Tensor le(double other) {
        return binary(LE, other);
    }

    default Tensor gt(Tensor other) {
        return binary(GT, other);
    }

    default Tensor gt(double other) {
        return binary(GT, other);
    }

    default Tensor ge(Tensor other) {
        return binary(GE, other);
    }

    default Tensor ge(double other) {
        return binary(GE, other);
    }

    default Tensor and(Tensor other) {
        return binary(AND, other);
    }

    default Tensor or(Tensor other) {
        return binary(OR, other);
    }

    default Tensor xor(Tensor other) {
        return binary(XOR, other);
    }

    default Tensor not() {
        return unary(NOT);
    }

    /** See {@link Cast} for how types convert. */
    default Tensor cast(DType to) {
        return to == self().dtype() ? self() : Tensor.apply(new Cast(to), self());
    }

    // ---- rounding, roots, exponentials, trigonometry (f32, f64) ----

    default Tensor floor() {
        return unary(FLOOR);
    }

    default Tensor ceil() {
        return unary(CEIL);
    }

    /** To the nearest integer, halves to the even one. */
    default Tensor round() {
        return unary(ROUND);
    }

    default Tensor reciprocal() {
        return unary(RECIPROCAL);
    }

    default Tensor sqrt() {
        return unary(SQRT);
    }

    default Tensor rsqrt() {
        return unary(RSQRT);
    }

    default Tensor exp() {
        return unary(EXP);
    }

    default Tensor expm1() {
        return unary(EXPM1);
    }

    default Tensor log() {
        return unary(LOG);
    }

    default Tensor log1p() {
        return unary(LOG1P);
    }

    default Tensor sin() {
        return unary(SIN);
    }

    default Tensor cos() {
        return unary(COS);
    }

    default Tensor tan() {
        return unary(TAN);
    }

    default Tensor asin() {
        return unary(ASIN);
    }

    default Tensor acos() {
        return unary(ACOS);
    }

    default Tensor atan() {
        return unary(ATAN);
    }

    default Tensor sinh() {
        return unary(SINH);
    }

    default Tensor cosh() {
        return unary(COSH);
    }

    default Tensor tanh() {
        return unary(TANH);
    }

    default Tensor erf() {
        return unary(ERF);
    }

    // ---- activations ----

    /** 1 / (1 + e⁻ˣ). */
    default Tensor sigmoid() {
        return unary(SIGMOID);
    }

    /** log(1 + eˣ). */
    default Tensor softplus() {
        return unary(SOFTPLUS);
    }

    /** max(x, 0). */
    default Tensor relu() {
        return unary(RELU);
    }

    /** x where positive, else slope·x. */
    default Tensor leakyRelu(double slope) {
        return Tensor.where(gt(0), self(), mul(slope));
    }

    /** x where positive, else α(eˣ − 1) (Clevert et al., 2016). */
    default Tensor elu(double alpha) {
        // the minimum keeps the branch not taken from overflowing, whose gradient would be 0 · ∞
        return Tensor.where(gt(0), self(), minimum(0).expm1().mul(alpha));
    }

    /** x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, 2016); exact, by erf. */
    default Tensor gelu() {
        return self().mul(mul(Math.sqrt(0.5)).erf().add(1)).mul(0.5);
    }

    /** x σ(x), also called swish. */
    default Tensor silu() {
        return mul(sigmoid());
    }

    /** x tanh(softplus(x)) (Misra, 2019). */
    default Tensor mish() {
        return mul(softplus().tanh());
    }

    // ---- the transfer functions of Hagan, Demuth and Beale, "Neural Network Design" ----

    /** Hard limit: 1 where x ≥ 0, else 0. */
    default Tensor hardlim() {
        return ge(0).cast(self().dtype());
    }

    /** Symmetrical hard limit: 1 where x ≥ 0, else −1. */
    default Tensor hardlims() {
        return hardlim().mul(2).sub(1);
    }

    /** Linear: x. */
    default Tensor purelin() {
        return self();
    }

    /** Saturating linear: x limited to [0, 1]. */
    default Tensor satlin() {
        return clamp(0, 1);
    }

    /** Symmetrical saturating linear: x limited to [−1, 1]. */
    default Tensor satlins() {
        return clamp(-1, 1);
    }

    /** Log-sigmoid: 1 / (1 + e⁻ˣ). */
    default Tensor logsig() {
        return sigmoid();
    }

    /** Hyperbolic tangent sigmoid. */
    default Tensor tansig() {
        return tanh();
    }

    /** Positive linear: max(x, 0). */
    default Tensor poslin() {
        return relu();
    }
}
