package steepest.backend.cpu;

/**
 * Elementary functions in float, for one element: {@link VectorMath} has the same steps for vectors, and so the same bits.
 * Only exactly rounded operations are used. The coefficients are minimax fits made for this file (reweighted least squares
 * at Chebyshev nodes, rounded to float); the errors, measured over all of each range, are in {@code FloatMathTest}.
 */
final class FloatMath {
    /** 1.5·2²³: added to a float below 2²², it rounds to an integer, which then stands in the low bits. */
    static final float MAGIC = 0x1.8p23f;

    static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);

    static final float LOG2_E = 0x1.715476p0f;
    /** log 2 in two parts, the first with zeros at its end so that its small multiples are exact. */
    static final float LN2_HI = 0x1.62e4p-1f;

    static final float LN2_LO = 0x1.7f7d1cp-20f;

    /** Beyond these eˣ is 0 or infinite in float, denormal numbers included. */
    static final float EXP_MIN = -104f;

    static final float EXP_MAX = 89f;

    /** eʳ = 1 + r + r²·(E0 + E1 r + …), |r| ≤ 0.35, relative error 3e-9. */
    static final float E0 = 0x1p-1f;

    static final float E1 = 0x1.555488p-3f;
    static final float E2 = 0x1.555454p-5f;
    static final float E3 = 0x1.124136p-7f;
    static final float E4 = 0x1.6dbc3ep-10f;

    /** log(1+f) = f − f²/2 + f³·(L0 + L1 f + …), √½ ≤ 1+f ≤ √2, error 7e-10. */
    static final float L0 = 0x1.555546p-2f;

    static final float L1 = -0x1.ffffeep-3f;
    static final float L2 = 0x1.99a546p-3f;
    static final float L3 = -0x1.5562dep-3f;
    static final float L4 = 0x1.2332c4p-3f;
    static final float L5 = -0x1.fb43c4p-4f;
    static final float L6 = 0x1.e6510ep-4f;
    static final float L7 = -0x1.e2e672p-4f;
    static final float L8 = 0x1.1b3df8p-4f;

    /** The bits of √½. */
    static final int SQRT_HALF_BITS = 0x3f3504f3;

    /** tanh x = x + x³·(T0 + T1 x² + …), |x| ≤ 0.625. */
    static final float TANH_SMALL = 0.625f;

    static final float T0 = -0x1.55552cp-2f;
    static final float T1 = 0x1.1105a2p-3f;
    static final float T2 = -0x1.b806a8p-5f;
    static final float T3 = 0x1.50b836p-6f;
    static final float T4 = -0x1.6f424p-8f;

    /** erf x = x + x·(R0 + R1 x² + …), |x| ≤ 1; R0 is 2/√π − 1. */
    static final float R0 = (float) 0.12837916709551256;

    static final float R1 = -0x1.81273ep-2f;
    static final float R2 = 0x1.ce2d2p-4f;
    static final float R3 = -0x1.b7fbb4p-6f;
    static final float R4 = 0x1.5419f4p-8f;
    static final float R5 = -0x1.a485dep-11f;
    static final float R6 = 0x1.4ae4aap-14f;

    /** erf x = 1 − exp(−(Q0 + Q1 x + …)), 1 ≤ x ≤ 4; at 4 it is 1 in float. */
    static final float Q0 = -0x1.ac95e2p-13f;

    static final float Q1 = 0x1.21317ap0f;
    static final float Q2 = 0x1.441dc2p-1f;
    static final float Q3 = 0x1.bcfc56p-4f;
    static final float Q4 = -0x1.9fb8aep-6f;
    static final float Q5 = 0x1.18a6fcp-8f;
    static final float Q6 = -0x1.e653a6p-12f;
    static final float Q7 = 0x1.a8bceep-16f;
    static final float Q8 = -0x1.0dfa7cp-22f;

    private FloatMath() {}

    static float exp(float x) {
        x = x > EXP_MAX ? EXP_MAX : x;
        x = x < EXP_MIN ? EXP_MIN : x;
        float t = Math.fma(x, LOG2_E, MAGIC);
        float n = t - MAGIC;
        float r = Math.fma(n, -LN2_HI, x);
        r = Math.fma(n, -LN2_LO, r);
        float p = Math.fma(r * r, expTail(r), r) + 1f;
        // 2ⁿ in two factors: n goes from −150 to 128
        int i = Float.floatToRawIntBits(t) - MAGIC_BITS;
        int half = i >> 1;
        return p * Float.intBitsToFloat((half + 127) << 23) * Float.intBitsToFloat((i - half + 127) << 23);
    }

    private static float expTail(float r) {
        return Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r, E4, E3), E2), E1), E0);
    }

    static float expm1(float x) {
        float y = x > EXP_MAX ? EXP_MAX : x;
        y = y < -25f ? -25f : y;
        float t = Math.fma(y, LOG2_E, MAGIC);
        float n = t - MAGIC;
        float r = Math.fma(n, -LN2_HI, y);
        r = Math.fma(n, -LN2_LO, r);
        float q = Math.fma(r * r, expTail(r), r);
        int i = Float.floatToRawIntBits(t) - MAGIC_BITS;
        float half = Float.intBitsToFloat((i + 126) << 23); // 2ⁿ⁻¹, as 2¹²⁸ is no float
        float scaled = Math.fma(half, q, half - 0.5f) * 2f;
        return n == 0 ? q : scaled;
    }

    static float log(float x) {
        boolean tiny = x < 0x1p-126f;
        float y = tiny ? x * 0x1p23f : x;
        int bits = Float.floatToRawIntBits(y) - SQRT_HALF_BITS;
        float m = Float.intBitsToFloat((bits & 0x7fffff) + SQRT_HALF_BITS);
        float e = Float.intBitsToFloat((bits >> 23) + MAGIC_BITS) - MAGIC;
        e = tiny ? e - 23f : e;
        float f = m - 1f;
        float p = Math.fma(f, Math.fma(f, Math.fma(f, L8, L7), L6), L5);
        p = Math.fma(f, Math.fma(f, Math.fma(f, Math.fma(f, Math.fma(f, p, L4), L3), L2), L1), L0);
        float f2 = f * f;
        float low = Math.fma(f2, -0.5f, Math.fma(f2 * f, p, e * LN2_LO));
        float y0 = Math.fma(e, LN2_HI, f + low);
        y0 = x == Float.POSITIVE_INFINITY ? x : y0;
        y0 = x == 0f ? Float.NEGATIVE_INFINITY : y0;
        return x >= 0f ? y0 : Float.NaN;
    }

    static float log1p(float x) {
        float u = 1f + x;
        float lost = (x - (u - 1f)) / u; // what rounding 1 + x has cost
        lost = u > 0f ? lost : 0f;
        lost = u < Float.POSITIVE_INFINITY ? lost : 0f;
        float y = log(u) + lost;
        return u == 1f ? x : y; // and the sign of zero stays
    }

    static float tanh(float x) {
        float a = Math.abs(x);
        float z = x * x;
        float p = Math.fma(z, Math.fma(z, Math.fma(z, Math.fma(z, T4, T3), T2), T1), T0);
        float small = Math.fma(x * z, p, x);
        float large = 1f - 2f / (exp(a + a) + 1f);
        large = x < 0f ? -large : large;
        return a < TANH_SMALL ? small : large;
    }

    static float sigmoid(float x) {
        return 1f / (1f + exp(-x));
    }

    static float erf(float x) {
        float a = Math.abs(x);
        float z = x * x;
        float p = Math.fma(z, Math.fma(z, Math.fma(z, R6, R5), R4), R3);
        p = Math.fma(z, Math.fma(z, Math.fma(z, p, R2), R1), R0);
        float small = Math.fma(x, p, x);
        float t = a > 4f ? 4f : a;
        float q = Math.fma(t, Math.fma(t, Math.fma(t, Math.fma(t, Q8, Q7), Q6), Q5), Q4);
        q = Math.fma(t, Math.fma(t, Math.fma(t, Math.fma(t, q, Q3), Q2), Q1), Q0);
        float large = 1f - exp(-q);
        large = x < 0f ? -large : large;
        return a < 1f ? small : large;
    }

    static float softplus(float x) {
        float positive = x < 0f ? 0f : x;
        return positive + log1p(exp(-Math.abs(x)));
    }
}
