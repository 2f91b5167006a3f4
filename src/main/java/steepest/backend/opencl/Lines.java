package steepest.backend.opencl;

import steepest.Shape;

/** A shape as seen along an axis: {@code [outer, n, inner]}, lines of n elements that lie {@code inner} apart. */
record Lines(long outer, long n, long inner) {
    static Lines of(Shape shape, int axis) {
        int a = shape.axis(axis);
        return new Lines(
                shape.slice(0, a).size(),
                shape.dim(a),
                shape.slice(a + 1, shape.rank()).size());
    }

    long count() {
        return outer * inner;
    }

    /**
     * How many work-items of a GPU share a line: some elements for each of them; but one where neighbouring lines lie side
     * by side, unless these are too few to fill the device.
     */
    long team(Tuning tuning) {
        return inner >= 32 && (count() >= tuning.splitBelow() || n < tuning.group()) ? 1 : team(n, tuning);
    }

    /** A power of two of work-items for n elements, about four for each. */
    static long team(long n, Tuning tuning) {
        return Math.min(tuning.group(), Long.highestOneBit(Math.max(1, (n + 3) / 4 * 2 - 1)));
    }

    /** On CPU devices, the work of the sixteen lanes of a vector: a piece of one line, or sixteen lines. */
    long vectorWork() {
        return (inner == 1 ? 8 : 128) * n;
    }
}
