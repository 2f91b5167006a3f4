package steepest.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link FloatMath} for vectors, step by step the same. Numbers are constant vectors, not broadcasts, and compared by the
 * most direct method: the compiler inlines about 8,000 bytecodes into a loop, of which each vector operation takes some
 * two hundred, and keeps vectors as objects beyond that.
 */
final class VectorMath {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

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

    static FloatVector exp(FloatVector x) {
        x = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
        x = x.blend(EXP_MIN, x.compare(LT, EXP_MIN));
        FloatVector t = x.fma(LOG2_E, MAGIC);
        FloatVector n = t.sub(MAGIC);
        FloatVector r = n.fma(MINUS_LN2_LO, n.fma(MINUS_LN2_HI, x));
        FloatVector p = r.mul(r).fma(expTail(r), r).add(ONE);
        IntVector i = t.reinterpretAsInts().sub(MAGIC_BITS);
        IntVector half = i.lanewise(ASHR, 1);
        return p.mul(half.add(BIAS).lanewise(LSHL, 23).reinterpretAsFloats())
                .mul(i.sub(half).add(BIAS).lanewise(LSHL, 23).reinterpretAsFloats());
    }

    private static FloatVector expTail(FloatVector r) {
        return r.fma(r.fma(r.fma(r.fma(E4, E3), E2), E1), E0);
    }

    static FloatVector expm1(FloatVector x) {
        FloatVector y = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
        y = y.blend(EXPM1_MIN, y.compare(LT, EXPM1_MIN));
        FloatVector t = y.fma(LOG2_E, MAGIC);
        FloatVector n = t.sub(MAGIC);
        FloatVector r = n.fma(MINUS_LN2_LO, n.fma(MINUS_LN2_HI, y));
        FloatVector q = r.mul(r).fma(expTail(r), r);
        FloatVector half = t.reinterpretAsInts()
                .sub(MAGIC_BITS)
                .add(BIAS_LESS_1)
                .lanewise(LSHL, 23)
                .reinterpretAsFloats();
        FloatVector scaled = half.fma(q, half.sub(HALF)).mul(TWO);
        return scaled.blend(q, n.compare(EQ, ZERO));
    }

    static FloatVector log(FloatVector x) {
        VectorMask<Float> tiny = x.compare(LT, TINY);
        IntVector bits = x.blend(x.mul(SCALE), tiny).reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector e =
                bits.lanewise(ASHR, 23).add(MAGIC_BITS).reinterpretAsFloats().sub(MAGIC);
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
        return NAN.blend(y, x.compare(GE, ZERO));
    }

    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(ONE);
        FloatVector lost = x.sub(u.sub(ONE)).div(u);
        lost = ZERO.blend(lost, u.compare(GT, ZERO));
        lost = ZERO.blend(lost, u.compare(LT, INF));
        return log(u).add(lost).blend(x, u.compare(EQ, ONE));
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = z.fma(z.fma(z.fma(z.fma(T4, T3), T2), T1), T0);
        FloatVector small = x.mul(z).fma(p, x);
        FloatVector large = ONE.sub(TWO.div(exp(a.add(a)).add(ONE)));
        large = large.blend(large.neg(), x.compare(LT, ZERO));
        return large.blend(small, a.compare(LT, TANH_SMALL));
    }

    static FloatVector sigmoid(FloatVector x) {
        return ONE.div(exp(x.neg()).add(ONE));
    }

    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = z.fma(z.fma(z.fma(R6, R5), R4), R3);
        p = z.fma(z.fma(z.fma(p, R2), R1), R0);
        FloatVector small = x.fma(p, x);
        FloatVector t = a.blend(FOUR, a.compare(GT, FOUR));
        FloatVector q = t.fma(t.fma(t.fma(t.fma(Q8, Q7), Q6), Q5), Q4);
        q = t.fma(t.fma(t.fma(t.fma(q, Q3), Q2), Q1), Q0);
        FloatVector large = ONE.sub(exp(q.neg()));
        large = large.blend(large.neg(), x.compare(LT, ZERO));
        return large.blend(small, a.compare(LT, ONE));
    }

    static FloatVector softplus(FloatVector x) {
        FloatVector positive = x.blend(ZERO, x.compare(LT, ZERO));
        return positive.add(log1p(exp(x.abs().neg())));
    }
}
