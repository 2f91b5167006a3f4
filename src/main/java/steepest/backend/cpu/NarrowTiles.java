package steepest.backend.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import steepest.backend.cpu.Lanes.Tile;

/** Register tiles for processors with 16 vector registers: 12 of them hold the tile. */
final class NarrowTiles {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    static final Tile[] TILES = {new Tile6x2(), new Tile4x3()};

    private NarrowTiles() {}

    /** 6 rows by 2 vectors. */
    private static final class Tile6x2 implements Tile {
        @Override
        public int rows() {
            return 6;
        }

        @Override
        public int columns() {
            return 2 * L;
        }

        @Override
        public void run(
                int depth,
                float[] a,
                int ao,
                float[] b,
                int bo,
                int[] at,
                int k0,
                float[] c,
                int co,
                int ldc,
                boolean add) {
            if (!add) for (int i = 0; i < 6; i++) Arrays.fill(c, co + i * ldc, co + i * ldc + 2 * L, 0f);
            inner(depth, a, ao, b, bo, at, k0, c, co, ldc);
        }

        private static void inner(
                int depth, float[] a, int ao, float[] b, int bo, int[] at, int k0, float[] c, int co, int ldc) {
            FloatVector c0_0 = FloatVector.fromArray(S, c, co + 0 * ldc + 0 * L);
            FloatVector c0_1 = FloatVector.fromArray(S, c, co + 0 * ldc + 1 * L);
            FloatVector c1_0 = FloatVector.fromArray(S, c, co + 1 * ldc + 0 * L);
            FloatVector c1_1 = FloatVector.fromArray(S, c, co + 1 * ldc + 1 * L);
            FloatVector c2_0 = FloatVector.fromArray(S, c, co + 2 * ldc + 0 * L);
            FloatVector c2_1 = FloatVector.fromArray(S, c, co + 2 * ldc + 1 * L);
            FloatVector c3_0 = FloatVector.fromArray(S, c, co + 3 * ldc + 0 * L);
            FloatVector c3_1 = FloatVector.fromArray(S, c, co + 3 * ldc + 1 * L);
            FloatVector c4_0 = FloatVector.fromArray(S, c, co + 4 * ldc + 0 * L);
            FloatVector c4_1 = FloatVector.fromArray(S, c, co + 4 * ldc + 1 * L);
            FloatVector c5_0 = FloatVector.fromArray(S, c, co + 5 * ldc + 0 * L);
            FloatVector c5_1 = FloatVector.fromArray(S, c, co + 5 * ldc + 1 * L);
            for (int k = k0; k < k0 + depth; k++) {
                int p = bo + at[k];
                FloatVector b0 = FloatVector.fromArray(S, b, p + 0 * L);
                FloatVector b1 = FloatVector.fromArray(S, b, p + 1 * L);
                FloatVector v;
                v = FloatVector.broadcast(S, a[ao + 0]);
                c0_0 = v.fma(b0, c0_0);
                c0_1 = v.fma(b1, c0_1);
                v = FloatVector.broadcast(S, a[ao + 1]);
                c1_0 = v.fma(b0, c1_0);
                c1_1 = v.fma(b1, c1_1);
                v = FloatVector.broadcast(S, a[ao + 2]);
                c2_0 = v.fma(b0, c2_0);
                c2_1 = v.fma(b1, c2_1);
                v = FloatVector.broadcast(S, a[ao + 3]);
                c3_0 = v.fma(b0, c3_0);
                c3_1 = v.fma(b1, c3_1);
                v = FloatVector.broadcast(S, a[ao + 4]);
                c4_0 = v.fma(b0, c4_0);
                c4_1 = v.fma(b1, c4_1);
                v = FloatVector.broadcast(S, a[ao + 5]);
                c5_0 = v.fma(b0, c5_0);
                c5_1 = v.fma(b1, c5_1);
                ao += 6;
            }
            c0_0.intoArray(c, co + 0 * ldc + 0 * L);
            c0_1.intoArray(c, co + 0 * ldc + 1 * L);
            c1_0.intoArray(c, co + 1 * ldc + 0 * L);
            c1_1.intoArray(c, co + 1 * ldc + 1 * L);
            c2_0.intoArray(c, co + 2 * ldc + 0 * L);
            c2_1.intoArray(c, co + 2 * ldc + 1 * L);
            c3_0.intoArray(c, co + 3 * ldc + 0 * L);
            c3_1.intoArray(c, co + 3 * ldc + 1 * L);
            c4_0.intoArray(c, co + 4 * ldc + 0 * L);
            c4_1.intoArray(c, co + 4 * ldc + 1 * L);
            c5_0.intoArray(c, co + 5 * ldc + 0 * L);
            c5_1.intoArray(c, co + 5 * ldc + 1 * L);
        }
    }

    /** 4 rows by 3 vectors. */
    private static final class Tile4x3 implements Tile {
        @Override
        public int rows() {
            return 4;
        }

        @Override
        public int columns() {
            return 3 * L;
        }

        @Override
        public void run(
                int depth,
                float[] a,
                int ao,
                float[] b,
                int bo,
                int[] at,
                int k0,
                float[] c,
                int co,
                int ldc,
                boolean add) {
            if (!add) for (int i = 0; i < 4; i++) Arrays.fill(c, co + i * ldc, co + i * ldc + 3 * L, 0f);
            inner(depth, a, ao, b, bo, at, k0, c, co, ldc);
        }

        private static void inner(
                int depth, float[] a, int ao, float[] b, int bo, int[] at, int k0, float[] c, int co, int ldc) {
            FloatVector c0_0 = FloatVector.fromArray(S, c, co + 0 * ldc + 0 * L);
            FloatVector c0_1 = FloatVector.fromArray(S, c, co + 0 * ldc + 1 * L);
            FloatVector c0_2 = FloatVector.fromArray(S, c, co + 0 * ldc + 2 * L);
            FloatVector c1_0 = FloatVector.fromArray(S, c, co + 1 * ldc + 0 * L);
            FloatVector c1_1 = FloatVector.fromArray(S, c, co + 1 * ldc + 1 * L);
            FloatVector c1_2 = FloatVector.fromArray(S, c, co + 1 * ldc + 2 * L);
            FloatVector c2_0 = FloatVector.fromArray(S, c, co + 2 * ldc + 0 * L);
            FloatVector c2_1 = FloatVector.fromArray(S, c, co + 2 * ldc + 1 * L);
            FloatVector c2_2 = FloatVector.fromArray(S, c, co + 2 * ldc + 2 * L);
            FloatVector c3_0 = FloatVector.fromArray(S, c, co + 3 * ldc + 0 * L);
            FloatVector c3_1 = FloatVector.fromArray(S, c, co + 3 * ldc + 1 * L);
            FloatVector c3_2 = FloatVector.fromArray(S, c, co + 3 * ldc + 2 * L);
            for (int k = k0; k < k0 + depth; k++) {
                int p = bo + at[k];
                FloatVector b0 = FloatVector.fromArray(S, b, p + 0 * L);
                FloatVector b1 = FloatVector.fromArray(S, b, p + 1 * L);
                FloatVector b2 = FloatVector.fromArray(S, b, p + 2 * L);
                FloatVector v;
                v = FloatVector.broadcast(S, a[ao + 0]);
                c0_0 = v.fma(b0, c0_0);
                c0_1 = v.fma(b1, c0_1);
                c0_2 = v.fma(b2, c0_2);
                v = FloatVector.broadcast(S, a[ao + 1]);
                c1_0 = v.fma(b0, c1_0);
                c1_1 = v.fma(b1, c1_1);
                c1_2 = v.fma(b2, c1_2);
                v = FloatVector.broadcast(S, a[ao + 2]);
                c2_0 = v.fma(b0, c2_0);
                c2_1 = v.fma(b1, c2_1);
                c2_2 = v.fma(b2, c2_2);
                v = FloatVector.broadcast(S, a[ao + 3]);
                c3_0 = v.fma(b0, c3_0);
                c3_1 = v.fma(b1, c3_1);
                c3_2 = v.fma(b2, c3_2);
                ao += 4;
            }
            c0_0.intoArray(c, co + 0 * ldc + 0 * L);
            c0_1.intoArray(c, co + 0 * ldc + 1 * L);
            c0_2.intoArray(c, co + 0 * ldc + 2 * L);
            c1_0.intoArray(c, co + 1 * ldc + 0 * L);
            c1_1.intoArray(c, co + 1 * ldc + 1 * L);
            c1_2.intoArray(c, co + 1 * ldc + 2 * L);
            c2_0.intoArray(c, co + 2 * ldc + 0 * L);
            c2_1.intoArray(c, co + 2 * ldc + 1 * L);
            c2_2.intoArray(c, co + 2 * ldc + 2 * L);
            c3_0.intoArray(c, co + 3 * ldc + 0 * L);
            c3_1.intoArray(c, co + 3 * ldc + 1 * L);
            c3_2.intoArray(c, co + 3 * ldc + 2 * L);
        }
    }
}
