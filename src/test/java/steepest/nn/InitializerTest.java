package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;

class InitializerTest {
    /** Worked out apart from this code, from the generator's definition. */
    @Test
    void bitsAreFixed() {
        float[] normal =
                Initializer.heNormal().draw(Shape.of(2, 3), Rng.seed(42)).floats();
        int[] bits = IntStream.range(0, 6)
                .map(i -> Float.floatToRawIntBits(normal[i]))
                .toArray();
        assertThat(bits).containsExactly(0xbf4acac7, 0x3e2237c1, 0xbf8122fc, 0x3fc91295, 0xbd74befd, 0x3de8a9e4);
        assertThat(Initializer.glorotUniform()
                        .draw(Shape.of(2, 3), Rng.seed(42))
                        .floats())
                .containsExactly(
                        0.24748270213603973f,
                        -0.06882348656654358f,
                        -0.9350024461746216f,
                        -0.3486548662185669f,
                        1.0685380697250366f,
                        -0.3788851499557495f);
    }

    static Stream<Arguments> variances() {
        // weight [64, 32, 3, 3]: fan-in 288, fan-out 576
        return Stream.of(
                Arguments.of(Initializer.heNormal(), 2.0 / 288, Double.POSITIVE_INFINITY),
                Arguments.of(Initializer.heUniform(), 2.0 / 288, Math.sqrt(6.0 / 288)),
                Arguments.of(Initializer.fanIn(), 1.0 / 3 / 288, Math.sqrt(1.0 / 288)),
                Arguments.of(Initializer.glorotNormal(), 2.0 / 864, Double.POSITIVE_INFINITY),
                Arguments.of(Initializer.glorotUniform(), 2.0 / 864, Math.sqrt(6.0 / 864)));
    }

    @ParameterizedTest
    @MethodSource("variances")
    void meanVarianceAndBound(Initializer initializer, double variance, double bound) {
        float[] w = initializer.draw(Shape.of(64, 32, 3, 3), Rng.seed(1)).floats();
        double mean =
                IntStream.range(0, w.length).mapToDouble(i -> w[i]).average().orElseThrow();
        double square = IntStream.range(0, w.length)
                .mapToDouble(i -> w[i] * w[i])
                .average()
                .orElseThrow();
        // 18,432 numbers: the mean deviates by σ/136, the variance by about 1 %
        assertThat(mean).isCloseTo(0, within(4 * Math.sqrt(variance / w.length)));
        assertThat(square).isCloseTo(variance, within(0.05 * variance));
        for (float x : w) assertThat((double) Math.abs(x)).isLessThanOrEqualTo(Math.nextUp((float) bound));
    }

    @Test
    void byName() {
        for (String name : Initializer.NAMES) assertThat(Initializer.of(name)).isNotNull();
        assertThatThrownBy(() -> Initializer.of("xavier"))
                .isInstanceOf(SteepestException.class)
                .hasMessage("unknown initializer xavier; there are he, glorot, fan-in");
    }

    @Test
    void normalNumbersHaveNormalTails() {
        float[] w =
                Initializer.heNormal().draw(Shape.of(100, 1000), Rng.seed(2)).floats();
        double sigma = Math.sqrt(2.0 / 1000);
        long beyond = IntStream.range(0, w.length)
                .filter(i -> Math.abs(w[i]) > 2 * sigma)
                .count();
        // P(|z| > 2) = 0.0455
        assertThat(beyond / (double) w.length).isCloseTo(0.0455, within(0.003));
    }

    @Test
    void drawsFollowEachOther() {
        Rng rng = Rng.seed(3);
        var first = Initializer.heNormal().draw(Shape.of(4, 4), rng);
        var second = Initializer.heNormal().draw(Shape.of(4, 4), rng);
        assertThat(second).isNotEqualTo(first);
        assertThat(Initializer.heNormal().draw(Shape.of(4, 4), Rng.seed(3))).isEqualTo(first);
    }

    @Test
    void constantsAndRefusals() {
        assertThat(Initializer.constant(0.5).draw(Shape.of(3), Rng.seed(0)).floats())
                .containsOnly(0.5f);
        assertThat(Initializer.zeros().draw(Shape.of(3), Rng.seed(0)).floats()).containsOnly(0);
        assertThatThrownBy(() -> Initializer.constant(Double.NaN))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("finite number, got NaN");
        assertThatThrownBy(() -> Initializer.heNormal().draw(Shape.of(3), Rng.seed(0)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("[out, in, …] of two axes or more, got [3]");
    }
}
