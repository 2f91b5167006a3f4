package steepest.backend.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import steepest.backend.cpu.Lanes.Tile;

/** Register tiles for processors with 32 vector registers: 24 of them hold the tile. Locals and one flat loop, because the
 * compiler keeps nothing else in registers. */
final class WideTiles {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    static final Tile[] TILES = {new Tile12x2(), new Tile8x3(), new Tile6x4()};

    private WideTiles() {}

    /** 12 rows by 2 vectors. */
    private static final class Tile12x2 implements Tile {
        @Override
        public int rows() {
            return 12;
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
            if (!add) for (int i = 0; i < 12; i++) Arrays.fill(c, co + i * ldc, co + i * ldc + 2 * L, 0f);
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
            FloatVector c6_0 = FloatVector.fromArray(S, c, co + 6 * ldc + 0 * L);
            FloatVector c6_1 = FloatVector.fromArray(S, c, co + 6 * ldc + 1 * L);
            FloatVector c7_0 = FloatVector.fromArray(S, c, co + 7 * ldc + 0 * L);
            FloatVector c7_1 = FloatVector.fromArray(S, c, co + 7 * ldc + 1 * L);
            FloatVector c8_0 = FloatVector.fromArray(S, c, co + 8 * ldc + 0 * L);
            FloatVector c8_1 = FloatVector.fromArray(S, c, co + 8 * ldc + 1 * L);
            FloatVector c9_0 = FloatVector.fromArray(S, c, co + 9 * ldc + 0 * L);
            FloatVector c9_1 = FloatVector.fromArray(S, c, co + 9 * ldc + 1 * L);
            FloatVector c10_0 = FloatVector.fromArray(S, c, co + 10 * ldc + 0 * L);
            FloatVector c10_1 = FloatVector.fromArray(S, c, co + 10 * ldc + 1 * L);
            FloatVector c11_0 = FloatVector.fromArray(S, c, co + 11 * ldc + 0 * L);
            FloatVector c11_1 = FloatVector.fromArray(S, c, co + 11 * ldc + 1 * L);
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
                v = FloatVector.broadcast(S, a[ao + 6]);
                c6_0 = v.fma(b0, c6_0);
                c6_1 = v.fma(b1, c6_1);
                v = FloatVector.broadcast(S, a[ao + 7]);
                c7_0 = v.fma(b0, c7_0);
                c7_1 = v.fma(b1, c7_1);
                v = FloatVector.broadcast(S, a[ao + 8]);
                c8_0 = v.fma(b0, c8_0);
                c8_1 = v.fma(b1, c8_1);
                v = FloatVector.broadcast(S, a[ao + 9]);
                c9_0 = v.fma(b0, c9_0);
                c9_1 = v.fma(b1, c9_1);
                v = FloatVector.broadcast(S, a[ao + 10]);
                c10_0 = v.fma(b0, c10_0);
                c10_1 = v.fma(b1, c10_1);
                v = FloatVector.broadcast(S, a[ao + 11]);
                c11_0 = v.fma(b0, c11_0);
                c11_1 = v.fma(b1, c11_1);
                ao += 12;
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
            c6_0.intoArray(c, co + 6 * ldc + 0 * L);
            c6_1.intoArray(c, co + 6 * ldc + 1 * L);
            c7_0.intoArray(c, co + 7 * ldc + 0 * L);
            c7_1.intoArray(c, co + 7 * ldc + 1 * L);
            c8_0.intoArray(c, co + 8 * ldc + 0 * L);
            c8_1.intoArray(c, co + 8 * ldc + 1 * L);
            c9_0.intoArray(c, co + 9 * ldc + 0 * L);
            c9_1.intoArray(c, co + 9 * ldc + 1 * L);
            c10_0.intoArray(c, co + 10 * ldc + 0 * L);
            c10_1.intoArray(c, co + 10 * ldc + 1 * L);
            c11_0.intoArray(c, co + 11 * ldc + 0 * L);
            c11_1.intoArray(c, co + 11 * ldc + 1 * L);
        }
    }

    /** 8 rows by 3 vectors. */
    private static final class Tile8x3 implements Tile {
        @Override
        public int rows() {
            return 8;
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
            if (!add) for (int i = 0; i < 8; i++) Arrays.fill(c, co + i * ldc, co + i * ldc + 3 * L, 0f);
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
            FloatVector c4_0 = FloatVector.fromArray(S, c, co + 4 * ldc + 0 * L);
            FloatVector c4_1 = FloatVector.fromArray(S, c, co + 4 * ldc + 1 * L);
            FloatVector c4_2 = FloatVector.fromArray(S, c, co + 4 * ldc + 2 * L);
            FloatVector c5_0 = FloatVector.fromArray(S, c, co + 5 * ldc + 0 * L);
            FloatVector c5_1 = FloatVector.fromArray(S, c, co + 5 * ldc + 1 * L);
            FloatVector c5_2 = FloatVector.fromArray(S, c, co + 5 * ldc + 2 * L);
            FloatVector c6_0 = FloatVector.fromArray(S, c, co + 6 * ldc + 0 * L);
            FloatVector c6_1 = FloatVector.fromArray(S, c, co + 6 * ldc + 1 * L);
            FloatVector c6_2 = FloatVector.fromArray(S, c, co + 6 * ldc + 2 * L);
            FloatVector c7_0 = FloatVector.fromArray(S, c, co + 7 * ldc + 0 * L);
            FloatVector c7_1 = FloatVector.fromArray(S, c, co + 7 * ldc + 1 * L);
            FloatVector c7_2 = FloatVector.fromArray(S, c, co + 7 * ldc + 2 * L);
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
                v = FloatVector.broadcast(S, a[ao + 4]);
                c4_0 = v.fma(b0, c4_0);
                c4_1 = v.fma(b1, c4_1);
                c4_2 = v.fma(b2, c4_2);
                v = FloatVector.broadcast(S, a[ao + 5]);
                c5_0 = v.fma(b0, c5_0);
                c5_1 = v.fma(b1, c5_1);
                c5_2 = v.fma(b2, c5_2);
                v = FloatVector.broadcast(S, a[ao + 6]);
                c6_0 = v.fma(b0, c6_0);
                c6_1 = v.fma(b1, c6_1);
                c6_2 = v.fma(b2, c6_2);
                v = FloatVector.broadcast(S, a[ao + 7]);
                c7_0 = v.fma(b0, c7_0);
                c7_1 = v.fma(b1, c7_1);
                c7_2 = v.fma(b2, c7_2);
                ao += 8;
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
            c4_0.intoArray(c, co + 4 * ldc + 0 * L);
            c4_1.intoArray(c, co + 4 * ldc + 1 * L);
            c4_2.intoArray(c, co + 4 * ldc + 2 * L);
            c5_0.intoArray(c, co + 5 * ldc + 0 * L);
            c5_1.intoArray(c, co + 5 * ldc + 1 * L);
            c5_2.intoArray(c, co + 5 * ldc + 2 * L);
            c6_0.intoArray(c, co + 6 * ldc + 0 * L);
            c6_1.intoArray(c, co + 6 * ldc + 1 * L);
            c6_2.intoArray(c, co + 6 * ldc + 2 * L);
            c7_0.intoArray(c, co + 7 * ldc + 0 * L);
            c7_1.intoArray(c, co + 7 * ldc + 1 * L);
            c7_2.intoArray(c, co + 7 * ldc + 2 * L);
        }
    }

    /** 6 rows by 4 vectors. */
    private static final class Tile6x4 implements Tile {
        @Override
        public int rows() {
            return 6;
        }

        @Override
        public int columns() {
            return 4 * L;
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
            if (!add) for (int i = 0; i < 6; i++) Arrays.fill(c, co + i * ldc, co + i * ldc + 4 * L, 0f);
            inner(depth, a, ao, b, bo, at, k0, c, co, ldc);
        }

        private static void inner(
                int depth, float[] a, int ao, float[] b, int bo, int[] at, int k0, float[] c, int co, int ldc) {
            FloatVector c0_0 = FloatVector.fromArray(S, c, co + 0 * ldc + 0 * L);
            FloatVector c0_1 = FloatVector.fromArray(S, c, co + 0 * ldc + 1 * L);
            FloatVector c0_2 = FloatVector.fromArray(S, c, co + 0 * ldc + 2 * L);
            FloatVector c0_3 = FloatVector.fromArray(S, c, co + 0 * ldc + 3 * L);
            FloatVector c1_0 = FloatVector.fromArray(S, c, co + 1 * ldc + 0 * L);
            FloatVector c1_1 = FloatVector.fromArray(S, c, co + 1 * ldc + 1 * L);
            FloatVector c1_2 = FloatVector.fromArray(S, c, co + 1 * ldc + 2 * L);
            FloatVector c1_3 = FloatVector.fromArray(S, c, co + 1 * ldc + 3 * L);
            FloatVector c2_0 = FloatVector.fromArray(S, c, co + 2 * ldc + 0 * L);
            FloatVector c2_1 = FloatVector.fromArray(S, c, co + 2 * ldc + 1 * L);
            FloatVector c2_2 = FloatVector.fromArray(S, c, co + 2 * ldc + 2 * L);
            FloatVector c2_3 = FloatVector.fromArray(S, c, co + 2 * ldc + 3 * L);
            FloatVector c3_0 = FloatVector.fromArray(S, c, co + 3 * ldc + 0 * L);
            FloatVector c3_1 = FloatVector.fromArray(S, c, co + 3 * ldc + 1 * L);
            FloatVector c3_2 = FloatVector.fromArray(S, c, co + 3 * ldc + 2 * L);
            FloatVector c3_3 = FloatVector.fromArray(S, c, co + 3 * ldc + 3 * L);
            FloatVector c4_0 = FloatVector.fromArray(S, c, co + 4 * ldc + 0 * L);
            FloatVector c4_1 = FloatVector.fromArray(S, c, co + 4 * ldc + 1 * L);
            FloatVector c4_2 = FloatVector.fromArray(S, c, co + 4 * ldc + 2 * L);
            FloatVector c4_3 = FloatVector.fromArray(S, c, co + 4 * ldc + 3 * L);
            FloatVector c5_0 = FloatVector.fromArray(S, c, co + 5 * ldc + 0 * L);
            FloatVector c5_1 = FloatVector.fromArray(S, c, co + 5 * ldc + 1 * L);
            FloatVector c5_2 = FloatVector.fromArray(S, c, co + 5 * ldc + 2 * L);
            FloatVector c5_3 = FloatVector.fromArray(S, c, co + 5 * ldc + 3 * L);
            for (int k = k0; k < k0 + depth; k++) {
                int p = bo + at[k];
                FloatVector b0 = FloatVector.fromArray(S, b, p + 0 * L);
                FloatVector b1 = FloatVector.fromArray(S, b, p + 1 * L);
                FloatVector b2 = FloatVector.fromArray(S, b, p + 2 * L);
                FloatVector b3 = FloatVector.fromArray(S, b, p + 3 * L);
                FloatVector v;
                v = FloatVector.broadcast(S, a[ao + 0]);
                c0_0 = v.fma(b0, c0_0);
                c0_1 = v.fma(b1, c0_1);
                c0_2 = v.fma(b2, c0_2);
                c0_3 = v.fma(b3, c0_3);
                v = FloatVector.broadcast(S, a[ao + 1]);
                c1_0 = v.fma(b0, c1_0);
                c1_1 = v.fma(b1, c1_1);
                c1_2 = v.fma(b2, c1_2);
                c1_3 = v.fma(b3, c1_3);
                v = FloatVector.broadcast(S, a[ao + 2]);
                c2_0 = v.fma(b0, c2_0);
                c2_1 = v.fma(b1, c2_1);
                c2_2 = v.fma(b2, c2_2);
                c2_3 = v.fma(b3, c2_3);
                v = FloatVector.broadcast(S, a[ao + 3]);
                c3_0 = v.fma(b0, c3_0);
                c3_1 = v.fma(b1, c3_1);
                c3_2 = v.fma(b2, c3_2);
                c3_3 = v.fma(b3, c3_3);
                v = FloatVector.broadcast(S, a[ao + 4]);
                c4_0 = v.fma(b0, c4_0);
                c4_1 = v.fma(b1, c4_1);
                c4_2 = v.fma(b2, c4_2);
                c4_3 = v.fma(b3, c4_3);
                v = FloatVector.broadcast(S, a[ao + 5]);
                c5_0 = v.fma(b0, c5_0);
                c5_1 = v.fma(b1, c5_1);
                c5_2 = v.fma(b2, c5_2);
                c5_3 = v.fma(b3, c5_3);
                ao += 6;
            }
            c0_0.intoArray(c, co + 0 * ldc + 0 * L);
            c0_1.intoArray(c, co + 0 * ldc + 1 * L);
            c0_2.intoArray(c, co + 0 * ldc + 2 * L);
            c0_3.intoArray(c, co + 0 * ldc + 3 * L);
            c1_0.intoArray(c, co + 1 * ldc + 0 * L);
            c1_1.intoArray(c, co + 1 * ldc + 1 * L);
            c1_2.intoArray(c, co + 1 * ldc + 2 * L);
            c1_3.intoArray(c, co + 1 * ldc + 3 * L);
            c2_0.intoArray(c, co + 2 * ldc + 0 * L);
            c2_1.intoArray(c, co + 2 * ldc + 1 * L);
            c2_2.intoArray(c, co + 2 * ldc + 2 * L);
            c2_3.intoArray(c, co + 2 * ldc + 3 * L);
            c3_0.intoArray(c, co + 3 * ldc + 0 * L);
            c3_1.intoArray(c, co + 3 * ldc + 1 * L);
            c3_2.intoArray(c, co + 3 * ldc + 2 * L);
            c3_3.intoArray(c, co + 3 * ldc + 3 * L);
            c4_0.intoArray(c, co + 4 * ldc + 0 * L);
            c4_1.intoArray(c, co + 4 * ldc + 1 * L);
            c4_2.intoArray(c, co + 4 * ldc + 2 * L);
            c4_3.intoArray(c, co + 4 * ldc + 3 * L);
            c5_0.intoArray(c, co + 5 * ldc + 0 * L);
            c5_1.intoArray(c, co + 5 * ldc + 1 * L);
            c5_2.intoArray(c, co + 5 * ldc + 2 * L);
            c5_3.intoArray(c, co + 5 * ldc + 3 * L);
        }
    }
}
