package steepest.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static steepest.backend.cpu.FloatMath.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link FloatMath} for vectors, step by step the same. */
final class VectorMath {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    private VectorMath() {}

    private static FloatVector all(float v) {
        return FloatVector.broadcast(S, v);
    }

    /** c0 + x·y, fused. */
    private static FloatVector step(FloatVector x, FloatVector y, float c0) {
        return x.fma(y, all(c0));
    }

    private static FloatVector step(FloatVector x, float c1, float c0) {
        return x.fma(all(c1), all(c0));
    }

    private static FloatVector power(IntVector n, int bias) {
        return n.add(bias).lanewise(LSHL, 23).reinterpretAsFloats();
    }

    static FloatVector exp(FloatVector x) {
        x = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
        x = x.blend(EXP_MIN, x.lt(EXP_MIN));
        FloatVector t = step(x, LOG2_E, MAGIC);
        FloatVector n = t.sub(MAGIC);
        FloatVector r = n.fma(all(-LN2_HI), x);
        r = n.fma(all(-LN2_LO), r);
        FloatVector p = r.mul(r).fma(expTail(r), r).add(1f);
        IntVector i = t.reinterpretAsInts().sub(MAGIC_BITS);
        IntVector half = i.lanewise(ASHR, 1);
        return p.mul(power(half, 127)).mul(power(i.sub(half), 127));
    }

    private static FloatVector expTail(FloatVector r) {
        return step(r, step(r, step(r, step(r, E4, E3), E2), E1), E0);
    }

    static FloatVector expm1(FloatVector x) {
        FloatVector y = x.blend(EXP_MAX, x.compare(GT, EXP_MAX));
        y = y.blend(-25f, y.lt(-25f));
        FloatVector t = step(y, LOG2_E, MAGIC);
        FloatVector n = t.sub(MAGIC);
        FloatVector r = n.fma(all(-LN2_HI), y);
        r = n.fma(all(-LN2_LO), r);
        FloatVector q = r.mul(r).fma(expTail(r), r);
        FloatVector half = power(t.reinterpretAsInts().sub(MAGIC_BITS), 126);
        FloatVector scaled = half.fma(q, half.sub(0.5f)).mul(2f);
        return scaled.blend(q, n.eq(0f));
    }

    static FloatVector log(FloatVector x) {
        VectorMask<Float> tiny = x.lt(0x1p-126f);
        FloatVector y = x.blend(x.mul(0x1p23f), tiny);
        IntVector bits = y.reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector m = bits.and(0x7fffff).add(SQRT_HALF_BITS).reinterpretAsFloats();
        FloatVector e =
                bits.lanewise(ASHR, 23).add(MAGIC_BITS).reinterpretAsFloats().sub(MAGIC);
        e = e.blend(e.sub(23f), tiny);
        FloatVector f = m.sub(1f);
        FloatVector p = step(f, step(f, step(f, L8, L7), L6), L5);
        p = step(f, step(f, step(f, step(f, step(f, p, L4), L3), L2), L1), L0);
        FloatVector f2 = f.mul(f);
        FloatVector low = f2.fma(all(-0.5f), f2.mul(f).fma(p, e.mul(LN2_LO)));
        FloatVector y0 = e.fma(all(LN2_HI), f.add(low));
        y0 = y0.blend(Float.POSITIVE_INFINITY, x.eq(Float.POSITIVE_INFINITY));
        y0 = y0.blend(Float.NEGATIVE_INFINITY, x.eq(0f));
        return all(Float.NaN).blend(y0, x.compare(VectorOperators.GE, 0f));
    }

    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(1f);
        FloatVector lost = x.sub(u.sub(1f)).div(u);
        lost = all(0f).blend(lost, u.compare(GT, 0f));
        lost = all(0f).blend(lost, u.lt(Float.POSITIVE_INFINITY));
        return log(u).add(lost).blend(x, u.eq(1f));
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = step(z, step(z, step(z, step(z, T4, T3), T2), T1), T0);
        FloatVector small = x.mul(z).fma(p, x);
        FloatVector large = all(1f).sub(all(2f).div(exp(a.add(a)).add(1f)));
        large = large.blend(large.neg(), x.lt(0f));
        return large.blend(small, a.lt(TANH_SMALL));
    }

    static FloatVector sigmoid(FloatVector x) {
        return all(1f).div(exp(x.neg()).add(1f));
    }

    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = step(z, step(z, step(z, R6, R5), R4), R3);
        p = step(z, step(z, step(z, p, R2), R1), R0);
        FloatVector small = x.fma(p, x);
        FloatVector t = a.blend(4f, a.compare(GT, 4f));
        FloatVector q = step(t, step(t, step(t, step(t, Q8, Q7), Q6), Q5), Q4);
        q = step(t, step(t, step(t, step(t, q, Q3), Q2), Q1), Q0);
        FloatVector large = all(1f).sub(exp(q.neg()));
        large = large.blend(large.neg(), x.lt(0f));
        return large.blend(small, a.lt(1f));
    }

    static FloatVector softplus(FloatVector x) {
        FloatVector positive = x.blend(0f, x.lt(0f));
        return positive.add(log1p(exp(x.abs().neg())));
    }
}
