package steepest.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Short rows of images: the last vector of a row overlaps the one before, so that no row needs plain loops for its end.
 * Vectors are of the preferred length here too: a second length anywhere in the program makes the compiler of JDK 17 keep
 * the vectors of all other loops as objects.
 */
final class VectorRows {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final VectorShuffle<Float> SWAPPED = VectorShuffle.fromOp(S, i -> i ^ 1);
    private static final VectorShuffle<Float> EVENS = VectorShuffle.fromOp(S, i -> 2 * i % L);
    private static final VectorMask<Float> IS_EVEN = VectorMask.fromLong(S, 0x5555_5555_5555_5555L);
    private static final FloatVector ZERO = FloatVector.zero(S);
    /** By width: the lanes past it. */
    private static final VectorMask<?>[] PAST = new VectorMask<?>[L];

    static {
        for (int w = 0; w < L; w++) PAST[w] = VectorMask.fromLong(S, -1L << w);
    }

    private static final FloatVector NAN = FloatVector.broadcast(S, Float.NaN);

    private VectorRows() {}

    /** Whether a row has a whole vector. */
    static boolean fits(int width) {
        return width >= L;
    }

    static void copy(float[] x, int xo, int xPitch, float[] y, int yo, int yPitch, int width, int rows) {
        if (width >= L) {
            for (int r = 0; r < rows; r++) row(x, xo + r * xPitch, y, yo + r * yPitch, width);
            return;
        }
        // a whole vector each, where that stays in both: what it sets past the row is zero or the next row's place
        int end = yo + (rows - 1) * yPitch + width;
        int whole = 0;
        while (whole < rows && yo + whole * yPitch + L <= end && xo + whole * xPitch + L <= x.length) whole++;
        narrow(x, xo, xPitch, y, yo, yPitch, PAST[width].check(S), whole);
        for (int r = whole; r < rows; r++)
            for (int j = 0; j < width; j++) y[yo + r * yPitch + j] = x[xo + r * xPitch + j];
    }

    private static void narrow(
            float[] x, int xo, int xPitch, float[] y, int yo, int yPitch, VectorMask<Float> past, int rows) {
        for (int r = 0; r < rows; r++)
            FloatVector.fromArray(S, x, xo + r * xPitch).blend(ZERO, past).intoArray(y, yo + r * yPitch);
    }

    private static void row(float[] x, int xo, float[] y, int yo, int width) {
        for (int j = 0; j < width - L; j += L)
            FloatVector.fromArray(S, x, xo + j).intoArray(y, yo + j);
        FloatVector.fromArray(S, x, xo + width - L).intoArray(y, yo + width - L);
    }

    static void halve(float[] x, int xo, int pitch, float[] y, int yo, int rows, int columns) {
        for (int r = 0; r < rows; r++) halveRow(x, xo + 2 * r * pitch, pitch, y, yo + r * columns, 2 * columns);
    }

    private static void halveRow(float[] x, int xo, int pitch, float[] y, int yo, int width) {
        for (int i = 0; i < width; i += L) {
            int j = Math.min(i, width - L);
            FloatVector upper = FloatVector.fromArray(S, x, xo + j);
            FloatVector lower = FloatVector.fromArray(S, x, xo + pitch + j);
            // the upper half of what is stored is overwritten by the next
            FloatVector top = upper.max(lower);
            top.max(top.rearrange(SWAPPED)).rearrange(EVENS).intoArray(y, yo + j / 2);
        }
    }

    static boolean halveGrad(
            float[] x, int xo, int pitch, float[] g, int go, float[] y, int yo, int rows, int columns, float[] twice) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                float v = g[go + r * columns + j];
                twice[2 * j] = v;
                twice[2 * j + 1] = v;
            }
            int o = 2 * r * pitch;
            if (!halveGradRow(x, xo + o, pitch, twice, y, yo + o, 2 * columns)) return false;
        }
        return true;
    }

    private static boolean halveGradRow(float[] x, int xo, int pitch, float[] g, float[] y, int yo, int width) {
        boolean numbers = true;
        for (int i = 0; i < width; i += L) {
            int j = Math.min(i, width - L);
            FloatVector upper = FloatVector.fromArray(S, x, xo + j);
            FloatVector lower = FloatVector.fromArray(S, x, xo + pitch + j);
            FloatVector top = upper.max(lower);
            top = top.max(top.rearrange(SWAPPED)); // in both columns of a window
            FloatVector upperNeighbour = upper.rearrange(SWAPPED);
            VectorMask<Float> hit = upper.compare(EQ, top);
            VectorMask<Float> neighbourHit = upperNeighbour.compare(EQ, top);
            FloatVector v = FloatVector.fromArray(S, g, j);
            // in odd columns the neighbour comes first; in even ones, made NaN, it never hits
            ZERO.blend(v, hit)
                    .blend(ZERO, upperNeighbour.blend(NAN, IS_EVEN).compare(EQ, top))
                    .intoArray(y, yo + j);
            ZERO.blend(v, lower.compare(EQ, top))
                    .blend(ZERO, lower.rearrange(SWAPPED).blend(NAN, IS_EVEN).compare(EQ, top))
                    .blend(ZERO, hit)
                    .blend(ZERO, neighbourHit)
                    .intoArray(y, yo + pitch + j);
            numbers &= !top.compare(NE, top).anyTrue();
        }
        return numbers;
    }
}
