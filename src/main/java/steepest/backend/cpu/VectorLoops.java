package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One flat loop for each scalar function, over the whole vectors of a stretch; each returns how many elements it has done,
 * the rest being for plain loops. A method of its own for each loop, the species a constant: otherwise the compiler keeps
 * vectors as objects.
 */
final class VectorLoops {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final FloatVector ZERO = FloatVector.zero(S);
    private static final FloatVector ONE = FloatVector.broadcast(S, 1f);

    private VectorLoops() {}

    static int neg(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            v.neg().intoArray(y, yo + i);
        }
        return end;
    }

    static int abs(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            v.abs().intoArray(y, yo + i);
        }
        return end;
    }

    static int square(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            v.mul(v).intoArray(y, yo + i);
        }
        return end;
    }

    static int reciprocal(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            ONE.div(v).intoArray(y, yo + i);
        }
        return end;
    }

    static int sqrt(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            v.sqrt().intoArray(y, yo + i);
        }
        return end;
    }

    static int rsqrt(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            ONE.div(v.sqrt()).intoArray(y, yo + i);
        }
        return end;
    }

    static int relu(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            v.blend(0f, v.lt(0f)).intoArray(y, yo + i);
        }
        return end;
    }

    static int sign(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            ZERO.blend(1f, v.compare(VectorOperators.GT, 0f))
                    .blend(-1f, v.lt(0f))
                    .intoArray(y, yo + i);
        }
        return end;
    }

    static int not(float[] x, int xo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, xo + i);
            ONE.sub(v).intoArray(y, yo + i);
        }
        return end;
    }

    static int add(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.add(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int sub(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.sub(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int mul(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.mul(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int div(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.div(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int min(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.min(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int max(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            v.max(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int eq(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.EQ, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int ne(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.NE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int lt(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.LT, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int le(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.LE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int gt(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.GT, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int ge(float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            FloatVector w = FloatVector.fromArray(S, b, bo + i);
            ZERO.blend(1f, v.compare(VectorOperators.GE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int add(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.add(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int sub(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.sub(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int mul(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.mul(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int div(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.div(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int min(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.min(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int max(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            v.max(w).intoArray(y, yo + i);
        }
        return end;
    }

    static int eq(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.EQ, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int ne(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.NE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int lt(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.LT, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int le(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.LE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int gt(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.GT, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int ge(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            ZERO.blend(1f, v.compare(VectorOperators.GE, w)).intoArray(y, yo + i);
        }
        return end;
    }

    static int subFrom(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            w.sub(v).intoArray(y, yo + i);
        }
        return end;
    }

    static int divFrom(float[] a, int ao, float b, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        FloatVector w = FloatVector.broadcast(S, b);
        for (int i = 0; i < end; i += L) {
            FloatVector v = FloatVector.fromArray(S, a, ao + i);
            w.div(v).intoArray(y, yo + i);
        }
        return end;
    }

    static int select(float[] a, int ao, float[] b, int bo, float[] c, int co, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector u = FloatVector.fromArray(S, a, ao + i);
            FloatVector v = FloatVector.fromArray(S, b, bo + i);
            FloatVector w = FloatVector.fromArray(S, c, co + i);
            w.blend(v, u.compare(VectorOperators.NE, 0f)).intoArray(y, yo + i);
        }
        return end;
    }

    static int clamp(float[] a, int ao, float[] b, int bo, float[] c, int co, float[] y, int yo, int n) {
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += L) {
            FloatVector u = FloatVector.fromArray(S, a, ao + i);
            FloatVector v = FloatVector.fromArray(S, b, bo + i);
            FloatVector w = FloatVector.fromArray(S, c, co + i);
            u.blend(w, u.compare(VectorOperators.GT, w)).blend(v, u.lt(v)).intoArray(y, yo + i);
        }
        return end;
    }
}
