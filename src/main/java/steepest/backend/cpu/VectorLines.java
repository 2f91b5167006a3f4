package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Few columns times many lines: the lines, which run along k, are read where they lie, so that nothing of the large operand
 * is packed. Six lines by one or two vectors of columns, which suits processors with 16 vector registers too.
 */
final class VectorLines {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    static final int L = S.length();

    private VectorLines() {}

    /** See {@link Lanes#lines}; one vector of columns. */
    static void one(float[] a, int[] rows, int depth, float[] b, int bo, float[] c, int co) {
        int a0 = rows[0];
        int a1 = rows[1];
        int a2 = rows[2];
        int a3 = rows[3];
        int a4 = rows[4];
        int a5 = rows[5];
        FloatVector c0_0 = FloatVector.zero(S);
        FloatVector c1_0 = FloatVector.zero(S);
        FloatVector c2_0 = FloatVector.zero(S);
        FloatVector c3_0 = FloatVector.zero(S);
        FloatVector c4_0 = FloatVector.zero(S);
        FloatVector c5_0 = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bo + k * L);
            FloatVector v;
            v = FloatVector.broadcast(S, a[a0 + k]);
            c0_0 = v.fma(b0, c0_0);
            v = FloatVector.broadcast(S, a[a1 + k]);
            c1_0 = v.fma(b0, c1_0);
            v = FloatVector.broadcast(S, a[a2 + k]);
            c2_0 = v.fma(b0, c2_0);
            v = FloatVector.broadcast(S, a[a3 + k]);
            c3_0 = v.fma(b0, c3_0);
            v = FloatVector.broadcast(S, a[a4 + k]);
            c4_0 = v.fma(b0, c4_0);
            v = FloatVector.broadcast(S, a[a5 + k]);
            c5_0 = v.fma(b0, c5_0);
        }
        c0_0.intoArray(c, co + 0 * L);
        c1_0.intoArray(c, co + 1 * L);
        c2_0.intoArray(c, co + 2 * L);
        c3_0.intoArray(c, co + 3 * L);
        c4_0.intoArray(c, co + 4 * L);
        c5_0.intoArray(c, co + 5 * L);
    }

    /** The same for two vectors of columns. */
    static void two(float[] a, int[] rows, int depth, float[] b, int bo, float[] c, int co) {
        int a0 = rows[0];
        int a1 = rows[1];
        int a2 = rows[2];
        int a3 = rows[3];
        int a4 = rows[4];
        int a5 = rows[5];
        FloatVector c0_0 = FloatVector.zero(S);
        FloatVector c0_1 = FloatVector.zero(S);
        FloatVector c1_0 = FloatVector.zero(S);
        FloatVector c1_1 = FloatVector.zero(S);
        FloatVector c2_0 = FloatVector.zero(S);
        FloatVector c2_1 = FloatVector.zero(S);
        FloatVector c3_0 = FloatVector.zero(S);
        FloatVector c3_1 = FloatVector.zero(S);
        FloatVector c4_0 = FloatVector.zero(S);
        FloatVector c4_1 = FloatVector.zero(S);
        FloatVector c5_0 = FloatVector.zero(S);
        FloatVector c5_1 = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * L);
            FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * L + L);
            FloatVector v;
            v = FloatVector.broadcast(S, a[a0 + k]);
            c0_0 = v.fma(b0, c0_0);
            c0_1 = v.fma(b1, c0_1);
            v = FloatVector.broadcast(S, a[a1 + k]);
            c1_0 = v.fma(b0, c1_0);
            c1_1 = v.fma(b1, c1_1);
            v = FloatVector.broadcast(S, a[a2 + k]);
            c2_0 = v.fma(b0, c2_0);
            c2_1 = v.fma(b1, c2_1);
            v = FloatVector.broadcast(S, a[a3 + k]);
            c3_0 = v.fma(b0, c3_0);
            c3_1 = v.fma(b1, c3_1);
            v = FloatVector.broadcast(S, a[a4 + k]);
            c4_0 = v.fma(b0, c4_0);
            c4_1 = v.fma(b1, c4_1);
            v = FloatVector.broadcast(S, a[a5 + k]);
            c5_0 = v.fma(b0, c5_0);
            c5_1 = v.fma(b1, c5_1);
        }
        c0_0.intoArray(c, co + 0 * L);
        c0_1.intoArray(c, co + 1 * L);
        c1_0.intoArray(c, co + 2 * L);
        c1_1.intoArray(c, co + 3 * L);
        c2_0.intoArray(c, co + 4 * L);
        c2_1.intoArray(c, co + 5 * L);
        c3_0.intoArray(c, co + 6 * L);
        c3_1.intoArray(c, co + 7 * L);
        c4_0.intoArray(c, co + 8 * L);
        c4_1.intoArray(c, co + 9 * L);
        c5_0.intoArray(c, co + 10 * L);
        c5_1.intoArray(c, co + 11 * L);
    }
}
