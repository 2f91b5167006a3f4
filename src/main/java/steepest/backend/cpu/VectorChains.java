package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Multiply-adds in vector registers, nothing else: the ceiling of arithmetic. */
final class VectorChains {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    /** Ten chains and two constants fit the sixteen registers of AVX2; eight hide the latency of two pipes. */
    private static final int CHAINS = 10;

    /** Long beside the call. */
    private static final int STEPS = 4096;

    private VectorChains() {}

    /** See {@link Lanes#multiplyAdds}. */
    static long run(float[] v, float a, float b) {
        FloatVector u = FloatVector.broadcast(S, a);
        FloatVector w = FloatVector.broadcast(S, b);
        FloatVector v0 = FloatVector.broadcast(S, v[0]);
        FloatVector v1 = v0.add(1f);
        FloatVector v2 = v0.add(2f);
        FloatVector v3 = v0.add(3f);
        FloatVector v4 = v0.add(4f);
        FloatVector v5 = v0.add(5f);
        FloatVector v6 = v0.add(6f);
        FloatVector v7 = v0.add(7f);
        FloatVector v8 = v0.add(8f);
        FloatVector v9 = v0.add(9f);
        for (int i = 0; i < STEPS; i++) {
            v0 = v0.fma(u, w);
            v1 = v1.fma(u, w);
            v2 = v2.fma(u, w);
            v3 = v3.fma(u, w);
            v4 = v4.fma(u, w);
            v5 = v5.fma(u, w);
            v6 = v6.fma(u, w);
            v7 = v7.fma(u, w);
            v8 = v8.fma(u, w);
            v9 = v9.fma(u, w);
        }
        FloatVector even = v0.add(v2).add(v4).add(v6).add(v8);
        FloatVector odd = v1.add(v3).add(v5).add(v7).add(v9);
        v[0] = even.add(odd).lane(0) * 0.1f;
        return 2L * CHAINS * S.length() * STEPS;
    }
}
