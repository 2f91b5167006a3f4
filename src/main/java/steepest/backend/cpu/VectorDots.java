package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of dot products. Sixteen partial sums for each, whatever the vector length: shorter vectors take them in turns.
 */
final class VectorDots {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int DOTS = Lanes.DOTS;

    private VectorDots() {}

    /** See {@link Lanes#dots}; the vectors' length divides 16. */
    static void dots(float[] a, int[] ao, int[] aAt, float[] b, int[] bo, int[] bAt, int steps, float[] acc, int acco) {
        for (int lane = 0; lane < DOTS; lane += L) {
            int o = acco + lane;
            if (VectorTiles.WIDE) {
                six(a, ao, 0, aAt, b, bo, bAt, lane, steps, acc, o);
            } else {
                two(a, ao, 0, aAt, b, bo, bAt, lane, steps, acc, o);
                two(a, ao, 2, aAt, b, bo, bAt, lane, steps, acc, o + 8 * DOTS);
                two(a, ao, 4, aAt, b, bo, bAt, lane, steps, acc, o + 16 * DOTS);
            }
        }
    }

    /** 6 of the six rows; {@code lane} is the first of the L partial sums of each product that are computed here. */
    private static void six(
            float[] a,
            int[] ao,
            int r,
            int[] aAt,
            float[] b,
            int[] bo,
            int[] bAt,
            int lane,
            int steps,
            float[] acc,
            int o) {
        int a0 = ao[r + 0] + lane;
        int a1 = ao[r + 1] + lane;
        int a2 = ao[r + 2] + lane;
        int a3 = ao[r + 3] + lane;
        int a4 = ao[r + 4] + lane;
        int a5 = ao[r + 5] + lane;
        int b0 = bo[0] + lane;
        int b1 = bo[1] + lane;
        int b2 = bo[2] + lane;
        int b3 = bo[3] + lane;
        FloatVector c0_0 = FloatVector.fromArray(S, acc, o + 0 * DOTS);
        FloatVector c0_1 = FloatVector.fromArray(S, acc, o + 1 * DOTS);
        FloatVector c0_2 = FloatVector.fromArray(S, acc, o + 2 * DOTS);
        FloatVector c0_3 = FloatVector.fromArray(S, acc, o + 3 * DOTS);
        FloatVector c1_0 = FloatVector.fromArray(S, acc, o + 4 * DOTS);
        FloatVector c1_1 = FloatVector.fromArray(S, acc, o + 5 * DOTS);
        FloatVector c1_2 = FloatVector.fromArray(S, acc, o + 6 * DOTS);
        FloatVector c1_3 = FloatVector.fromArray(S, acc, o + 7 * DOTS);
        FloatVector c2_0 = FloatVector.fromArray(S, acc, o + 8 * DOTS);
        FloatVector c2_1 = FloatVector.fromArray(S, acc, o + 9 * DOTS);
        FloatVector c2_2 = FloatVector.fromArray(S, acc, o + 10 * DOTS);
        FloatVector c2_3 = FloatVector.fromArray(S, acc, o + 11 * DOTS);
        FloatVector c3_0 = FloatVector.fromArray(S, acc, o + 12 * DOTS);
        FloatVector c3_1 = FloatVector.fromArray(S, acc, o + 13 * DOTS);
        FloatVector c3_2 = FloatVector.fromArray(S, acc, o + 14 * DOTS);
        FloatVector c3_3 = FloatVector.fromArray(S, acc, o + 15 * DOTS);
        FloatVector c4_0 = FloatVector.fromArray(S, acc, o + 16 * DOTS);
        FloatVector c4_1 = FloatVector.fromArray(S, acc, o + 17 * DOTS);
        FloatVector c4_2 = FloatVector.fromArray(S, acc, o + 18 * DOTS);
        FloatVector c4_3 = FloatVector.fromArray(S, acc, o + 19 * DOTS);
        FloatVector c5_0 = FloatVector.fromArray(S, acc, o + 20 * DOTS);
        FloatVector c5_1 = FloatVector.fromArray(S, acc, o + 21 * DOTS);
        FloatVector c5_2 = FloatVector.fromArray(S, acc, o + 22 * DOTS);
        FloatVector c5_3 = FloatVector.fromArray(S, acc, o + 23 * DOTS);
        for (int s = 0; s < steps; s++) {
            int p = aAt[s];
            int q = bAt[s];
            FloatVector x0 = FloatVector.fromArray(S, b, b0 + q);
            FloatVector x1 = FloatVector.fromArray(S, b, b1 + q);
            FloatVector x2 = FloatVector.fromArray(S, b, b2 + q);
            FloatVector x3 = FloatVector.fromArray(S, b, b3 + q);
            FloatVector v;
            v = FloatVector.fromArray(S, a, a0 + p);
            c0_0 = v.fma(x0, c0_0);
            c0_1 = v.fma(x1, c0_1);
            c0_2 = v.fma(x2, c0_2);
            c0_3 = v.fma(x3, c0_3);
            v = FloatVector.fromArray(S, a, a1 + p);
            c1_0 = v.fma(x0, c1_0);
            c1_1 = v.fma(x1, c1_1);
            c1_2 = v.fma(x2, c1_2);
            c1_3 = v.fma(x3, c1_3);
            v = FloatVector.fromArray(S, a, a2 + p);
            c2_0 = v.fma(x0, c2_0);
            c2_1 = v.fma(x1, c2_1);
            c2_2 = v.fma(x2, c2_2);
            c2_3 = v.fma(x3, c2_3);
            v = FloatVector.fromArray(S, a, a3 + p);
            c3_0 = v.fma(x0, c3_0);
            c3_1 = v.fma(x1, c3_1);
            c3_2 = v.fma(x2, c3_2);
            c3_3 = v.fma(x3, c3_3);
            v = FloatVector.fromArray(S, a, a4 + p);
            c4_0 = v.fma(x0, c4_0);
            c4_1 = v.fma(x1, c4_1);
            c4_2 = v.fma(x2, c4_2);
            c4_3 = v.fma(x3, c4_3);
            v = FloatVector.fromArray(S, a, a5 + p);
            c5_0 = v.fma(x0, c5_0);
            c5_1 = v.fma(x1, c5_1);
            c5_2 = v.fma(x2, c5_2);
            c5_3 = v.fma(x3, c5_3);
        }
        c0_0.intoArray(acc, o + 0 * DOTS);
        c0_1.intoArray(acc, o + 1 * DOTS);
        c0_2.intoArray(acc, o + 2 * DOTS);
        c0_3.intoArray(acc, o + 3 * DOTS);
        c1_0.intoArray(acc, o + 4 * DOTS);
        c1_1.intoArray(acc, o + 5 * DOTS);
        c1_2.intoArray(acc, o + 6 * DOTS);
        c1_3.intoArray(acc, o + 7 * DOTS);
        c2_0.intoArray(acc, o + 8 * DOTS);
        c2_1.intoArray(acc, o + 9 * DOTS);
        c2_2.intoArray(acc, o + 10 * DOTS);
        c2_3.intoArray(acc, o + 11 * DOTS);
        c3_0.intoArray(acc, o + 12 * DOTS);
        c3_1.intoArray(acc, o + 13 * DOTS);
        c3_2.intoArray(acc, o + 14 * DOTS);
        c3_3.intoArray(acc, o + 15 * DOTS);
        c4_0.intoArray(acc, o + 16 * DOTS);
        c4_1.intoArray(acc, o + 17 * DOTS);
        c4_2.intoArray(acc, o + 18 * DOTS);
        c4_3.intoArray(acc, o + 19 * DOTS);
        c5_0.intoArray(acc, o + 20 * DOTS);
        c5_1.intoArray(acc, o + 21 * DOTS);
        c5_2.intoArray(acc, o + 22 * DOTS);
        c5_3.intoArray(acc, o + 23 * DOTS);
    }

    /** 2 of the six rows; {@code lane} is the first of the L partial sums of each product that are computed here. */
    private static void two(
            float[] a,
            int[] ao,
            int r,
            int[] aAt,
            float[] b,
            int[] bo,
            int[] bAt,
            int lane,
            int steps,
            float[] acc,
            int o) {
        int a0 = ao[r + 0] + lane;
        int a1 = ao[r + 1] + lane;
        int b0 = bo[0] + lane;
        int b1 = bo[1] + lane;
        int b2 = bo[2] + lane;
        int b3 = bo[3] + lane;
        FloatVector c0_0 = FloatVector.fromArray(S, acc, o + 0 * DOTS);
        FloatVector c0_1 = FloatVector.fromArray(S, acc, o + 1 * DOTS);
        FloatVector c0_2 = FloatVector.fromArray(S, acc, o + 2 * DOTS);
        FloatVector c0_3 = FloatVector.fromArray(S, acc, o + 3 * DOTS);
        FloatVector c1_0 = FloatVector.fromArray(S, acc, o + 4 * DOTS);
        FloatVector c1_1 = FloatVector.fromArray(S, acc, o + 5 * DOTS);
        FloatVector c1_2 = FloatVector.fromArray(S, acc, o + 6 * DOTS);
        FloatVector c1_3 = FloatVector.fromArray(S, acc, o + 7 * DOTS);
        for (int s = 0; s < steps; s++) {
            int p = aAt[s];
            int q = bAt[s];
            FloatVector x0 = FloatVector.fromArray(S, b, b0 + q);
            FloatVector x1 = FloatVector.fromArray(S, b, b1 + q);
            FloatVector x2 = FloatVector.fromArray(S, b, b2 + q);
            FloatVector x3 = FloatVector.fromArray(S, b, b3 + q);
            FloatVector v;
            v = FloatVector.fromArray(S, a, a0 + p);
            c0_0 = v.fma(x0, c0_0);
            c0_1 = v.fma(x1, c0_1);
            c0_2 = v.fma(x2, c0_2);
            c0_3 = v.fma(x3, c0_3);
            v = FloatVector.fromArray(S, a, a1 + p);
            c1_0 = v.fma(x0, c1_0);
            c1_1 = v.fma(x1, c1_1);
            c1_2 = v.fma(x2, c1_2);
            c1_3 = v.fma(x3, c1_3);
        }
        c0_0.intoArray(acc, o + 0 * DOTS);
        c0_1.intoArray(acc, o + 1 * DOTS);
        c0_2.intoArray(acc, o + 2 * DOTS);
        c0_3.intoArray(acc, o + 3 * DOTS);
        c1_0.intoArray(acc, o + 4 * DOTS);
        c1_1.intoArray(acc, o + 5 * DOTS);
        c1_2.intoArray(acc, o + 6 * DOTS);
        c1_3.intoArray(acc, o + 7 * DOTS);
    }
}
