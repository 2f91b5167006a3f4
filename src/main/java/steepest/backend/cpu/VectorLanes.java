package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import steepest.op.ScalarOp;

/** The loops on the Vector API, whose bits are those of {@link ScalarLanes}. Loaded only where the module is present. */
final class VectorLanes extends ScalarLanes {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final Tile FLAT = new FlatTile();

    @Override
    public int bits() {
        return S.vectorBitSize();
    }

    @Override
    public long multiplyAdds(float[] v, float a, float b) {
        return VectorChains.run(v, a, b);
    }

    @Override
    public void unary(ScalarOp f, float[] x, int xo, float[] y, int yo, int n) {
        int done = switch (f) {
            case NEG -> VectorLoops.neg(x, xo, y, yo, n);
            case ABS -> VectorLoops.abs(x, xo, y, yo, n);
            case SQUARE -> VectorLoops.square(x, xo, y, yo, n);
            case RECIPROCAL -> VectorLoops.reciprocal(x, xo, y, yo, n);
            case SQRT -> VectorLoops.sqrt(x, xo, y, yo, n);
            case RSQRT -> VectorLoops.rsqrt(x, xo, y, yo, n);
            case RELU -> VectorLoops.relu(x, xo, y, yo, n);
            case SIGN -> VectorLoops.sign(x, xo, y, yo, n);
            case NOT -> VectorLoops.not(x, xo, y, yo, n);
            case EXP -> whole(VectorMath::exp, x, xo, y, yo, n);
            case EXPM1 -> whole(VectorMath::expm1, x, xo, y, yo, n);
            case LOG -> whole(VectorMath::log, x, xo, y, yo, n);
            case LOG1P -> whole(VectorMath::log1p, x, xo, y, yo, n);
            case TANH -> whole(VectorMath::tanh, x, xo, y, yo, n);
            case SIGMOID -> whole(VectorMath::sigmoid, x, xo, y, yo, n);
            case ERF -> whole(VectorMath::erf, x, xo, y, yo, n);
            case SOFTPLUS -> whole(VectorMath::softplus, x, xo, y, yo, n);
            default -> 0;
        };
        if (done < n) super.unary(f, x, xo + done, y, yo + done, n - done);
    }

    /** Runs a loop over whole vectors. */
    private static int whole(VectorMath.Loop loop, float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        if (end > 0) loop.run(x, xo, y, yo, end);
        return end;
    }

    @Override
    public void binary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int done = switch (f) {
            case ADD -> VectorLoops.add(a, ao, b, bo, y, yo, n);
            case SUB -> VectorLoops.sub(a, ao, b, bo, y, yo, n);
            case MUL -> VectorLoops.mul(a, ao, b, bo, y, yo, n);
            case DIV -> VectorLoops.div(a, ao, b, bo, y, yo, n);
            case MIN, AND -> VectorLoops.min(a, ao, b, bo, y, yo, n);
            case MAX, OR -> VectorLoops.max(a, ao, b, bo, y, yo, n);
            case EQ -> VectorLoops.eq(a, ao, b, bo, y, yo, n);
            case NE, XOR -> VectorLoops.ne(a, ao, b, bo, y, yo, n);
            case LT -> VectorLoops.lt(a, ao, b, bo, y, yo, n);
            case LE -> VectorLoops.le(a, ao, b, bo, y, yo, n);
            case GT -> VectorLoops.gt(a, ao, b, bo, y, yo, n);
            case GE -> VectorLoops.ge(a, ao, b, bo, y, yo, n);
            default -> 0;
        };
        if (done < n) super.binary(f, a, ao + done, b, bo + done, y, yo + done, n - done);
    }

    @Override
    public void withNumber(ScalarOp f, float[] a, int ao, float b, float[] y, int yo, int n) {
        int done = switch (f) {
            case ADD -> VectorLoops.add(a, ao, b, y, yo, n);
            case SUB -> VectorLoops.sub(a, ao, b, y, yo, n);
            case MUL -> VectorLoops.mul(a, ao, b, y, yo, n);
            case DIV -> VectorLoops.div(a, ao, b, y, yo, n);
            case MIN, AND -> VectorLoops.min(a, ao, b, y, yo, n);
            case MAX, OR -> VectorLoops.max(a, ao, b, y, yo, n);
            case EQ -> VectorLoops.eq(a, ao, b, y, yo, n);
            case NE, XOR -> VectorLoops.ne(a, ao, b, y, yo, n);
            case LT -> VectorLoops.lt(a, ao, b, y, yo, n);
            case LE -> VectorLoops.le(a, ao, b, y, yo, n);
            case GT -> VectorLoops.gt(a, ao, b, y, yo, n);
            case GE -> VectorLoops.ge(a, ao, b, y, yo, n);
            default -> 0;
        };
        if (done < n) super.withNumber(f, a, ao + done, b, y, yo + done, n - done);
    }

    @Override
    public void numberWith(ScalarOp f, float a, float[] b, int bo, float[] y, int yo, int n) {
        int done = switch (f) {
            case SUB -> VectorLoops.subFrom(b, bo, a, y, yo, n);
            case DIV -> VectorLoops.divFrom(b, bo, a, y, yo, n);
            case ADD, MUL, MIN, AND, MAX, OR, EQ, NE, XOR -> mirrored(f, b, bo, a, y, yo, n);
            case LT -> VectorLoops.gt(b, bo, a, y, yo, n);
            case LE -> VectorLoops.ge(b, bo, a, y, yo, n);
            case GT -> VectorLoops.lt(b, bo, a, y, yo, n);
            case GE -> VectorLoops.le(b, bo, a, y, yo, n);
            default -> 0;
        };
        if (done < n) super.numberWith(f, a, b, bo + done, y, yo + done, n - done);
    }

    /** Functions whose operands may change places. */
    private static int mirrored(ScalarOp f, float[] a, int ao, float b, float[] y, int yo, int n) {
        return switch (f) {
            case ADD -> VectorLoops.add(a, ao, b, y, yo, n);
            case MUL -> VectorLoops.mul(a, ao, b, y, yo, n);
            case MIN, AND -> VectorLoops.min(a, ao, b, y, yo, n);
            case MAX, OR -> VectorLoops.max(a, ao, b, y, yo, n);
            case EQ -> VectorLoops.eq(a, ao, b, y, yo, n);
            default -> VectorLoops.ne(a, ao, b, y, yo, n);
        };
    }

    @Override
    public void ternary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] c, int co, float[] y, int yo, int n) {
        int done = switch (f) {
            case SELECT -> VectorLoops.select(a, ao, b, bo, c, co, y, yo, n);
            case CLAMP -> VectorLoops.clamp(a, ao, b, bo, c, co, y, yo, n);
            default -> 0;
        };
        if (done < n) super.ternary(f, a, ao + done, b, bo + done, c, co + done, y, yo + done, n - done);
    }

    @Override
    public void addTo(float[] sums, float[] x, int xo, int n) {
        if (L < 4 || L > 16) super.addTo(sums, x, xo, n);
        else for (int lane = 0; lane < SUMS; lane += 4 * L) addTo(sums, lane, x, xo, n);
    }

    /** The 4·L partial sums from {@code lane} on. */
    private static void addTo(float[] sums, int lane, float[] x, int xo, int n) {
        FloatVector s0 = FloatVector.fromArray(S, sums, lane);
        FloatVector s1 = FloatVector.fromArray(S, sums, lane + L);
        FloatVector s2 = FloatVector.fromArray(S, sums, lane + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, sums, lane + 3 * L);
        for (int i = xo + lane; i < xo + n; i += SUMS) {
            s0 = s0.add(FloatVector.fromArray(S, x, i));
            s1 = s1.add(FloatVector.fromArray(S, x, i + L));
            s2 = s2.add(FloatVector.fromArray(S, x, i + 2 * L));
            s3 = s3.add(FloatVector.fromArray(S, x, i + 3 * L));
        }
        s0.intoArray(sums, lane);
        s1.intoArray(sums, lane + L);
        s2.intoArray(sums, lane + 2 * L);
        s3.intoArray(sums, lane + 3 * L);
    }

    @Override
    public void copyRows(float[] x, int xo, int xPitch, float[] y, int yo, int yPitch, int width, int rows) {
        VectorRows.copy(x, xo, xPitch, y, yo, yPitch, width, rows);
    }

    @Override
    public int halvedWidth() {
        return L;
    }

    @Override
    public boolean halve(float[] x, int xo, int pitch, float[] y, int yo, int rows, int columns) {
        if (!VectorRows.fits(2 * columns)) return false;
        VectorRows.halve(x, xo, pitch, y, yo, rows, columns);
        return true;
    }

    @Override
    public boolean halveGrad(
            float[] x,
            int xo,
            int pitch,
            float[] g,
            int go,
            float[] y,
            int yo,
            int rows,
            int columns,
            float[] temporary) {
        return VectorRows.fits(2 * columns)
                && VectorRows.halveGrad(x, xo, pitch, g, go, y, yo, rows, columns, temporary);
    }

    @Override
    public Tile[] tiles() {
        return VectorTiles.TILES;
    }

    @Override
    public Tile flatTile() {
        return FLAT;
    }

    @Override
    public void dots(float[] a, int[] ao, int[] aAt, float[] b, int[] bo, int[] bAt, int steps, float[] acc, int acco) {
        if (L < 4 || L > DOTS) super.dots(a, ao, aAt, b, bo, bAt, steps, acc, acco);
        else VectorDots.dots(a, ao, aAt, b, bo, bAt, steps, acc, acco);
    }

    @Override
    public int lineWidth(int columns) {
        return columns <= VectorLines.L ? VectorLines.L : 2 * VectorLines.L;
    }

    @Override
    public void lines(float[] a, int[] lines, int depth, float[] b, int bo, int width, float[] c, int co) {
        if (width == VectorLines.L) VectorLines.one(a, lines, depth, b, bo, c, co);
        else VectorLines.two(a, lines, depth, b, bo, c, co);
    }
}
