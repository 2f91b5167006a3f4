package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Draws from seeds that are fixed, so what is said of their statistics is certain. */
class RngTest {
    private static final int N = 40_000;

    @BeforeEach
    void onRef() {
        Device.setDefault(Device.ref());
    }

    @AfterEach
    void onWhateverIsBest() {
        Device.setDefault(null);
    }

    @Test
    void theSameSeedAndOrderOfDrawsGiveTheSameNumbers() {
        Rng a = Rng.seed(42);
        Rng b = Rng.seed(42);
        float[] first = a.uniform(Shape.of(9)).toFloats();
        assertThat(b.uniform(Shape.of(9)).toFloats()).isEqualTo(first);
        float[] second = a.uniform(Shape.of(9)).toFloats();
        assertThat(second).isNotEqualTo(first);
        assertThat(b.uniform(Shape.of(9)).toFloats()).isEqualTo(second);
        assertThat(Rng.seed(43).uniform(Shape.of(9)).toFloats()).isNotEqualTo(first);
    }

    @Test
    void aForkDependsOnItsIndexAloneNotOnWhatWasDrawn() {
        Rng a = Rng.seed(42);
        float[] fork = a.fork(3).uniform(Shape.of(5)).toFloats();
        a.uniform(Shape.of(5)).toFloats();
        assertThat(a.fork(3).uniform(Shape.of(5)).toFloats()).isEqualTo(fork);
        assertThat(a.fork(4).uniform(Shape.of(5)).toFloats()).isNotEqualTo(fork);
        assertThat(Rng.seed(42).uniform(Shape.of(5)).toFloats()).isNotEqualTo(fork);
    }

    @Test
    void uniformsFillTheirRange() {
        Tensor u = Rng.seed(1).uniform(Shape.of(N), -2, 6);
        assertThat(u.min().item()).isBetween(-2.0, -1.99);
        assertThat(u.max().item()).isBetween(5.99, 6.0);
        assertThat(u.mean().item()).isCloseTo(2, within(0.05));
        assertThat(u.variance().item()).isCloseTo(64 / 12.0, within(0.1));
    }

    @Test
    void normalsAreStandard() {
        Tensor z = Rng.seed(2).normal(Shape.of(N));
        assertThat(z.mean().item()).isCloseTo(0, within(0.02));
        assertThat(z.variance().item()).isCloseTo(1, within(0.03));
        assertThat(z.pow(4).mean().item()).isCloseTo(3, within(0.15));
        assertThat(z.abs().max().item()).isBetween(3.5, 6.0);
    }

    @Test
    void bernoullisAreZerosAndOnes() {
        Tensor b = Rng.seed(3).bernoulli(Shape.of(N), 0.2);
        assertThat(b.mean().item()).isCloseTo(0.2, within(0.01));
        assertThat(b.mul(b.sub(1)).abs().max().item()).isZero();
        assertThat(Rng.seed(3).bernoulli(Shape.of(50), 0).sum().item()).isZero();
        assertThat(Rng.seed(3).bernoulli(Shape.of(50), 1).sum().item()).isEqualTo(50);
    }

    @Test
    void aPermutationHoldsEveryNumberOnce() {
        int[] p = Rng.seed(4).permutation(1000).toInts();
        assertThat(p).isNotEqualTo(Tensor.iota(1000).toInts());
        assertThat(java.util.Arrays.stream(p).sorted().toArray())
                .isEqualTo(Tensor.iota(1000).toInts());
    }
}
