package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.op.ScalarOp;

/** The elementary functions: their error in units of the last place, their limits, and the same bits in both paths. */
@Tag("backend")
class FloatMathTest {
    private static final int STRIDE = 997; // of bit patterns: four million floats of all sizes, NaNs and infinities too

    /** Floats of all sizes. */
    private static float[] all() {
        float[] v = new float[(int) ((1L << 32) / STRIDE)];
        for (int i = 0; i < v.length; i++) v[i] = Float.intBitsToFloat(i * STRIDE);
        return v;
    }

    private static float[] apply(Lanes lanes, ScalarOp f, float[] x) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i += Pointwise.TILE)
            lanes.unary(f, x, i, y, i, Math.min(Pointwise.TILE, x.length - i));
        return y;
    }

    /** The bounds are those measured, rounded up. Where a result is denormal an error below the least float is allowed. */
    @ParameterizedTest
    @CsvSource({"EXP, 1.1", "EXPM1, 2", "LOG, 1", "LOG1P, 2", "TANH, 2", "SIGMOID, 3", "ERF, 2", "SOFTPLUS, 3"})
    void isAccurate(ScalarOp f, double ulps) {
        float[] x = all();
        float[] y = apply(Simd.best(), f, x);
        double worst = 0;
        float at = 0;
        for (int i = 0; i < x.length; i++) {
            double exact = f.apply(x[i], 0, 0);
            float rounded = (float) exact;
            if (rounded == y[i] || Float.isNaN(rounded) && Float.isNaN(y[i])) continue;
            // 1/(1 + inf) is 0 where the sigmoid is still a denormal number
            if (f == ScalarOp.SIGMOID && Math.abs(exact) < Float.MIN_NORMAL && y[i] == 0) continue;
            double error = Math.abs(y[i] - exact) / Math.ulp(rounded);
            if (!(error <= worst)) {
                worst = error;
                at = x[i];
            }
        }
        assertThat(worst).as("%s, worst at %s", f, at).isLessThanOrEqualTo(ulps);
    }

    @ParameterizedTest
    @CsvSource({
        "EXP",
        "EXPM1",
        "LOG",
        "LOG1P",
        "TANH",
        "SIGMOID",
        "ERF",
        "SOFTPLUS",
        "SQRT",
        "RSQRT",
        "RECIPROCAL",
        "NEG",
        "ABS",
        "SIGN",
        "SQUARE",
        "RELU",
        "FLOOR"
    })
    void hasTheSameBitsInVectorsAndPlainLoopsColdAndWarm(ScalarOp f) {
        float[] x = Arrays.copyOf(all(), 1_000_003);
        float[] cold = apply(Simd.best(), f, Arrays.copyOf(x, 4099)); // a few calls, mostly interpreted
        float[] plain = apply(new ScalarLanes(), f, x);
        float[] warm = apply(Simd.best(), f, x); // a thousand calls
        for (int i = 0; i < x.length; i++) {
            if (Float.isNaN(plain[i]) && Float.isNaN(warm[i])) continue;
            if (Float.floatToRawIntBits(plain[i]) != Float.floatToRawIntBits(warm[i])
                    || i < cold.length && cold[i] != plain[i])
                assertThat(warm[i]).as("%s(%s)", f, x[i]).isEqualTo(plain[i]);
        }
    }

    /** In place, as the interpreter does it. */
    @ParameterizedTest
    @CsvSource({"LOG1P", "TANH", "ERF", "SOFTPLUS", "SIGMOID", "EXP"})
    void worksInPlace(ScalarOp f) {
        float[] x = Harness.floats(1, 100).floats();
        float[] expected = apply(new ScalarLanes(), f, x);
        for (Lanes lanes : new Lanes[] {Simd.best(), new ScalarLanes()}) {
            float[] y = x.clone();
            lanes.unary(f, y, 0, y, 0, y.length);
            assertThat(y).isEqualTo(expected);
        }
    }

    @Test
    void limits() {
        float inf = Float.POSITIVE_INFINITY;
        assertThat(FloatMath.exp(inf)).isEqualTo(inf);
        assertThat(FloatMath.exp(-inf)).isZero();
        assertThat(FloatMath.exp(88.7228f)).isCloseTo(3.40267e38f, within(3e34f));
        assertThat(FloatMath.exp(88.73f)).isEqualTo(inf);
        assertThat(FloatMath.exp(-103.9f)).isNotNegative().isLessThanOrEqualTo(Float.MIN_VALUE);
        assertThat(FloatMath.exp(0f)).isEqualTo(1f);
        assertThat(FloatMath.log(0f)).isEqualTo(-inf);
        assertThat(FloatMath.log(-0f)).isEqualTo(-inf);
        assertThat(FloatMath.log(-1f)).isNaN();
        assertThat(FloatMath.log(inf)).isEqualTo(inf);
        assertThat(FloatMath.log(1f)).isZero();
        assertThat(FloatMath.log1p(-1f)).isEqualTo(-inf);
        assertThat(FloatMath.log1p(inf)).isEqualTo(inf);
        assertThat(FloatMath.log1p(-2f)).isNaN();
        assertThat(FloatMath.expm1(-inf)).isEqualTo(-1f);
        assertThat(FloatMath.expm1(inf)).isEqualTo(inf);
        assertThat(FloatMath.tanh(inf)).isEqualTo(1f);
        assertThat(FloatMath.tanh(-inf)).isEqualTo(-1f);
        assertThat(FloatMath.erf(inf)).isEqualTo(1f);
        assertThat(FloatMath.erf(-inf)).isEqualTo(-1f);
        assertThat(FloatMath.sigmoid(-inf)).isZero();
        assertThat(FloatMath.sigmoid(inf)).isEqualTo(1f);
        assertThat(FloatMath.softplus(inf)).isEqualTo(inf);
        assertThat(FloatMath.softplus(-inf)).isZero();
        for (ScalarOp f : new ScalarOp[] {
            ScalarOp.EXP,
            ScalarOp.LOG,
            ScalarOp.LOG1P,
            ScalarOp.EXPM1,
            ScalarOp.TANH,
            ScalarOp.ERF,
            ScalarOp.SIGMOID,
            ScalarOp.SOFTPLUS,
            ScalarOp.RELU
        })
            assertThat(apply(Simd.best(), f, new float[] {Float.NaN})[0])
                    .as("%s(NaN)", f)
                    .isNaN();
    }

    private static org.assertj.core.data.Offset<Float> within(float v) {
        return org.assertj.core.data.Offset.offset(v);
    }
}
