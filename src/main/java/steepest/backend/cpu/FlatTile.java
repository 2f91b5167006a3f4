package steepest.backend.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import steepest.backend.cpu.Lanes.Tile;

/**
 * One row by 8 vectors, for a single channel, such as the gradient by a grey picture: a taller tile would compute most of its
 * rows in vain.
 */
final class FlatTile implements Tile {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    @Override
    public int rows() {
        return 1;
    }

    @Override
    public int columns() {
        return 8 * L;
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
        if (!add) Arrays.fill(c, co, co + 8 * L, 0f);
        inner(depth, a, ao, b, bo, at, k0, c, co);
    }

    private static void inner(int depth, float[] a, int ao, float[] b, int bo, int[] at, int k0, float[] c, int co) {
        FloatVector c0 = FloatVector.fromArray(S, c, co + 0 * L);
        FloatVector c1 = FloatVector.fromArray(S, c, co + 1 * L);
        FloatVector c2 = FloatVector.fromArray(S, c, co + 2 * L);
        FloatVector c3 = FloatVector.fromArray(S, c, co + 3 * L);
        FloatVector c4 = FloatVector.fromArray(S, c, co + 4 * L);
        FloatVector c5 = FloatVector.fromArray(S, c, co + 5 * L);
        FloatVector c6 = FloatVector.fromArray(S, c, co + 6 * L);
        FloatVector c7 = FloatVector.fromArray(S, c, co + 7 * L);
        for (int k = 0; k < depth; k++) {
            int p = bo + at[k0 + k];
            FloatVector v = FloatVector.broadcast(S, a[ao + k]);
            c0 = v.fma(FloatVector.fromArray(S, b, p + 0 * L), c0);
            c1 = v.fma(FloatVector.fromArray(S, b, p + 1 * L), c1);
            c2 = v.fma(FloatVector.fromArray(S, b, p + 2 * L), c2);
            c3 = v.fma(FloatVector.fromArray(S, b, p + 3 * L), c3);
            c4 = v.fma(FloatVector.fromArray(S, b, p + 4 * L), c4);
            c5 = v.fma(FloatVector.fromArray(S, b, p + 5 * L), c5);
            c6 = v.fma(FloatVector.fromArray(S, b, p + 6 * L), c6);
            c7 = v.fma(FloatVector.fromArray(S, b, p + 7 * L), c7);
        }
        c0.intoArray(c, co + 0 * L);
        c1.intoArray(c, co + 1 * L);
        c2.intoArray(c, co + 2 * L);
        c3.intoArray(c, co + 3 * L);
        c4.intoArray(c, co + 4 * L);
        c5.intoArray(c, co + 5 * L);
        c6.intoArray(c, co + 6 * L);
        c7.intoArray(c, co + 7 * L);
    }
}
