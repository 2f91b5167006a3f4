package steepest.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link FloatMath} in vectors, step by step the same. Each loop is one method with nothing but vector operations on
 * constants in it: the compiler refuses to inline a helper that it has compiled by itself before, and inlines about 8,000
 * bytecodes at most, of which each vector operation takes some two hundred; beyond that vectors become objects. So
 * functions made of others are made of several loops, with the result's place in between.
 */
final class VectorMath {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    private static final FloatVector ZERO = all(0f);
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector ONE = all(1f);
    private static final FloatVector TWO = all(2f);
    private static final FloatVector FOUR = all(4f);
    private static final FloatVector INF = all(Float.POSITIVE_INFINITY);
    private static final FloatVector NINF = all(Float.NEGATIVE_INFINITY);
    private static final FloatVector NAN = all(Float.NaN);
    private static final FloatVector MINUS_HALF = all(-0.5f);
    private static final FloatVector TINY = all(0x1p-126f);
    private static final FloatVector SCALE = all(0x1p23f);
    private static final FloatVector SCALE_LOG = all(23f);
    private static final FloatVector EXPM1_MIN = all(-25f);
    private static final FloatVector MINUS_LN2_HI = all(-FloatMath.LN2_HI);
    private static final FloatVector MINUS_LN2_LO = all(-FloatMath.LN2_LO);
    private static final FloatVector MAGIC = all(FloatMath.MAGIC);
    private static final FloatVector LOG2_E = all(FloatMath.LOG2_E);
    private static final FloatVector LN2_HI = all(FloatMath.LN2_HI);
    private static final FloatVector LN2_LO = all(FloatMath.LN2_LO);
    private static final FloatVector EXP_MIN = all(FloatMath.EXP_MIN);
    private static final FloatVector EXP_MAX = all(FloatMath.EXP_MAX);
    private static final FloatVector TANH_SMALL = all(FloatMath.TANH_SMALL);
    private static final FloatVector E0 = all(FloatMath.E0);
    private static final FloatVector E1 = all(FloatMath.E1);
    private static final FloatVector E2 = all(FloatMath.E2);
    private static final FloatVector E3 = all(FloatMath.E3);
    private static final FloatVector E4 = all(FloatMath.E4);
    private static final FloatVector L0 = all(FloatMath.L0);
    private static final FloatVector L1 = all(FloatMath.L1);
    private static final FloatVector L2 = all(FloatMath.L2);
    private static final FloatVector L3 = all(FloatMath.L3);
    private static final FloatVector L4 = all(FloatMath.L4);
    private static final FloatVector L5 = all(FloatMath.L5);
    private static final FloatVector L6 = all(FloatMath.L6);
    private static final FloatVector L7 = all(FloatMath.L7);
    private static final FloatVector L8 = all(FloatMath.L8);
    private static final FloatVector T0 = all(FloatMath.T0);
    private static final FloatVector T1 = all(FloatMath.T1);
    private static final FloatVector T2 = all(FloatMath.T2);
    private static final FloatVector T3 = all(FloatMath.T3);
    private static final FloatVector T4 = all(FloatMath.T4);
    private static final FloatVector R0 = all(FloatMath.R0);
    private static final FloatVector R1 = all(FloatMath.R1);
    private static final FloatVector R2 = all(FloatMath.R2);
    private static final FloatVector R3 = all(FloatMath.R3);
    private static final FloatVector R4 = all(FloatMath.R4);
    private static final FloatVector R5 = all(FloatMath.R5);
    private static final FloatVector R6 = all(FloatMath.R6);
    private static final FloatVector Q0 = all(FloatMath.Q0);
    private static final FloatVector Q1 = all(FloatMath.Q1);
    private static final FloatVector Q2 = all(FloatMath.Q2);
    private static final FloatVector Q3 = all(FloatMath.Q3);
    private static final FloatVector Q4 = all(FloatMath.Q4);
    private static final FloatVector Q5 = all(FloatMath.Q5);
    private static final FloatVector Q6 = all(FloatMath.Q6);
    private static final FloatVector Q7 = all(FloatMath.Q7);
    private static final FloatVector Q8 = all(FloatMath.Q8);
    private static final IntVector MAGIC_BITS = all(FloatMath.MAGIC_BITS);
    private static final IntVector SQRT_HALF_BITS = all(FloatMath.SQRT_HALF_BITS);
    private static final IntVector FRACTION = all(0x7fffff);
    private static final IntVector BIAS = all(127);
    private static final IntVector BIAS_LESS_1 = all(126);

    private VectorMath() {}

    private static FloatVector all(float v) {
        return FloatVector.broadcast(S, v);
    }

    private static IntVector all(int v) {
        return IntVector.broadcast(IntVector.SPECIES_PREFERRED, v);
    }

    /** {@code y = f(x)} for n elements, n a multiple of the vectors' length; x and y the same or apart. */
    @FunctionalInterface
    interface Loop {
        void run(float[] x, int xo, float[] y, int yo, int n);
    }

    /** For loops that use y before they are done with x. */
    private static void apart(Loop loop, float[] x, int xo, float[] y, int yo, int n) {
        if (x == y && xo == yo) loop.run(Arrays.copyOfRange(x, xo, xo + n), 0, y, yo, n);
        else loop.run(x, xo, y, yo, n);
    }

    static void exp(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            x = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
            x = x.blend(EXP_MIN, x.compare(LT, EXP_MIN));
            FloatVector t = x.fma(LOG2_E, MAGIC);
            FloatVector m = t.sub(MAGIC);
            FloatVector r = m.fma(MINUS_LN2_LO, m.fma(MINUS_LN2_HI, x));
            FloatVector tail = r.fma(r.fma(r.fma(r.fma(E4, E3), E2), E1), E0);
            FloatVector p = r.mul(r).fma(tail, r).add(ONE);
            IntVector i = t.reinterpretAsInts().sub(MAGIC_BITS);
            IntVector half = i.lanewise(ASHR, 1);
            p.mul(half.add(BIAS).lanewise(LSHL, 23).reinterpretAsFloats())
                    .mul(i.sub(half).add(BIAS).lanewise(LSHL, 23).reinterpretAsFloats())
                    .intoArray(out, yo + k);
        }
    }

    static void expm1(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            x = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
            x = x.blend(EXPM1_MIN, x.compare(LT, EXPM1_MIN));
            FloatVector t = x.fma(LOG2_E, MAGIC);
            FloatVector m = t.sub(MAGIC);
            FloatVector r = m.fma(MINUS_LN2_LO, m.fma(MINUS_LN2_HI, x));
            FloatVector tail = r.fma(r.fma(r.fma(r.fma(E4, E3), E2), E1), E0);
            FloatVector q = r.mul(r).fma(tail, r);
            IntVector i = t.reinterpretAsInts().sub(MAGIC_BITS);
            FloatVector half = i.add(BIAS_LESS_1).lanewise(LSHL, 23).reinterpretAsFloats();
            FloatVector scaled = half.fma(q, half.sub(HALF)).mul(TWO);
            scaled.blend(q, m.compare(EQ, ZERO)).intoArray(out, yo + k);
        }
    }

    static void log(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            VectorMask<Float> tiny = x.compare(LT, TINY);
            IntVector bits = x.blend(x.mul(SCALE), tiny).reinterpretAsInts().sub(SQRT_HALF_BITS);
            FloatVector e = bits.lanewise(ASHR, 23)
                    .add(MAGIC_BITS)
                    .reinterpretAsFloats()
                    .sub(MAGIC);
            e = e.blend(e.sub(SCALE_LOG), tiny);
            FloatVector f =
                    bits.and(FRACTION).add(SQRT_HALF_BITS).reinterpretAsFloats().sub(ONE);
            FloatVector p = f.fma(f.fma(f.fma(L8, L7), L6), L5);
            p = f.fma(f.fma(f.fma(f.fma(f.fma(p, L4), L3), L2), L1), L0);
            FloatVector f2 = f.mul(f);
            FloatVector low = f2.fma(MINUS_HALF, f2.mul(f).fma(p, e.mul(LN2_LO)));
            FloatVector y = e.fma(LN2_HI, f.add(low));
            y = y.blend(INF, x.compare(EQ, INF));
            y = y.blend(NINF, x.compare(EQ, ZERO));
            NAN.blend(y, x.compare(GE, ZERO)).intoArray(out, yo + k);
        }
    }

    static void log1p(float[] x, int xo, float[] y, int yo, int n) {
        apart(VectorMath::log1pApart, x, xo, y, yo, n);
    }

    private static void log1pApart(float[] x, int xo, float[] y, int yo, int n) {
        for (int k = 0; k < n; k += L)
            FloatVector.fromArray(S, x, xo + k).add(ONE).intoArray(y, yo + k);
        log(y, yo, y, yo, n);
        correct(x, xo, y, yo, n);
    }

    /** Adds to y = log(1 + x) what rounding 1 + x has cost. */
    private static void correct(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            FloatVector u = x.add(ONE);
            FloatVector lost = x.sub(u.sub(ONE)).div(u);
            lost = ZERO.blend(lost, u.compare(GT, ZERO));
            lost = ZERO.blend(lost, u.compare(LT, INF));
            FloatVector y = FloatVector.fromArray(S, out, yo + k).add(lost);
            y.blend(x, u.compare(EQ, ONE)).intoArray(out, yo + k);
        }
    }

    static void tanh(float[] x, int xo, float[] y, int yo, int n) {
        apart(VectorMath::tanhApart, x, xo, y, yo, n);
    }

    private static void tanhApart(float[] x, int xo, float[] y, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector a = FloatVector.fromArray(S, x, xo + k).abs();
            a.add(a).intoArray(y, yo + k);
        }
        exp(y, yo, y, yo, n);
        tanhOfExp(x, xo, y, yo, n);
    }

    /** From y = exp(2|x|). */
    private static void tanhOfExp(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            FloatVector a = x.abs();
            FloatVector z = x.mul(x);
            FloatVector p = z.fma(z.fma(z.fma(z.fma(T4, T3), T2), T1), T0);
            FloatVector small = x.mul(z).fma(p, x);
            FloatVector large =
                    ONE.sub(TWO.div(FloatVector.fromArray(S, out, yo + k).add(ONE)));
            large = large.blend(large.neg(), x.compare(LT, ZERO));
            large.blend(small, a.compare(LT, TANH_SMALL)).intoArray(out, yo + k);
        }
    }

    static void sigmoid(float[] x, int xo, float[] y, int yo, int n) {
        for (int k = 0; k < n; k += L) FloatVector.fromArray(S, x, xo + k).neg().intoArray(y, yo + k);
        exp(y, yo, y, yo, n);
        for (int k = 0; k < n; k += L)
            ONE.div(FloatVector.fromArray(S, y, yo + k).add(ONE)).intoArray(y, yo + k);
    }

    static void erf(float[] x, int xo, float[] y, int yo, int n) {
        apart(VectorMath::erfApart, x, xo, y, yo, n);
    }

    private static void erfApart(float[] x, int xo, float[] y, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector a = FloatVector.fromArray(S, x, xo + k).abs();
            FloatVector t = a.blend(FOUR, a.compare(GT, FOUR));
            FloatVector q = t.fma(t.fma(t.fma(t.fma(Q8, Q7), Q6), Q5), Q4);
            q = t.fma(t.fma(t.fma(t.fma(q, Q3), Q2), Q1), Q0);
            q.neg().intoArray(y, yo + k);
        }
        exp(y, yo, y, yo, n);
        erfOfExp(x, xo, y, yo, n);
    }

    /** From y = 1 − erf|x|, which holds beyond 1. */
    private static void erfOfExp(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            FloatVector a = x.abs();
            FloatVector z = x.mul(x);
            FloatVector p = z.fma(z.fma(z.fma(R6, R5), R4), R3);
            p = z.fma(z.fma(z.fma(p, R2), R1), R0);
            FloatVector small = x.fma(p, x);
            FloatVector large = ONE.sub(FloatVector.fromArray(S, out, yo + k));
            large = large.blend(large.neg(), x.compare(LT, ZERO));
            large.blend(small, a.compare(LT, ONE)).intoArray(out, yo + k);
        }
    }

    static void softplus(float[] x, int xo, float[] y, int yo, int n) {
        apart(VectorMath::softplusApart, x, xo, y, yo, n);
    }

    private static void softplusApart(float[] in, int xo, float[] out, int yo, int n) {
        for (int k = 0; k < n; k += L)
            FloatVector.fromArray(S, in, xo + k).abs().neg().intoArray(out, yo + k);
        exp(out, yo, out, yo, n);
        log1p(out, yo, out, yo, n);
        for (int k = 0; k < n; k += L) {
            FloatVector x = FloatVector.fromArray(S, in, xo + k);
            FloatVector positive = x.blend(ZERO, x.compare(LT, ZERO));
            positive.add(FloatVector.fromArray(S, out, yo + k)).intoArray(out, yo + k);
        }
    }
}
