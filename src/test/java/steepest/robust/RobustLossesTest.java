package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.Tensor;

/** The losses on cases that can be worked out by hand. */
class RobustLossesTest {
    private static final Tensor Y = Tensor.of(0, 1);

    @BeforeAll
    static void device() {
        Device.setDefault(Device.of("ref"));
    }

    /** Logits whose softmax are these probabilities. */
    private static Tensor logits(double... p) {
        float[][] rows = new float[p.length / 2][2];
        for (int i = 0; i < p.length; i++) rows[i / 2][i % 2] = (float) Math.log(p[i]);
        return Tensor.of(rows);
    }

    private static final Tensor CLEAN = logits(0.8, 0.2, 0.5, 0.5);
    private static final Tensor ADVERSARIAL = logits(0.4, 0.6, 0.25, 0.75);
    private static final double KL0 = 0.8 * Math.log(0.8 / 0.4) + 0.2 * Math.log(0.2 / 0.6);
    private static final double KL1 = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);

    @Test
    void divergenceIsKullbackAndLeiblers() {
        float[] kl = RobustLosses.divergence(CLEAN, ADVERSARIAL).toFloats();
        assertThat(kl[0]).isCloseTo((float) KL0, within(1e-6f));
        assertThat(kl[1]).isCloseTo((float) KL1, within(1e-6f));
        assertThat(RobustLosses.divergence(CLEAN, CLEAN).toFloats()).containsOnly(0f);
    }

    @Test
    void tradesIsCleanCrossEntropyAndWeightedDivergence() {
        double expected = (-Math.log(0.8) - Math.log(0.5)) / 2 + 6 * (KL0 + KL1) / 2;
        assertThat(RobustLosses.trades(CLEAN, ADVERSARIAL, Y, 6).item()).isCloseTo(expected, within(1e-5));
    }

    @Test
    void martAddsTheMarginAndWeighsByDoubt() {
        // of two classes the only rival is the other one: 1 − p of it is p of the true one
        double bce0 = -2 * Math.log(0.4);
        double bce1 = -2 * Math.log(0.75);
        double expected = (bce0 + 5 * KL0 * (1 - 0.8) + bce1 + 5 * KL1 * (1 - 0.5)) / 2;
        assertThat(RobustLosses.mart(CLEAN, ADVERSARIAL, Y, 5).item()).isCloseTo(expected, within(1e-5));
    }

    @Test
    void martsRivalIsTheLikeliestWrongClass() {
        Tensor z = Tensor.of(new float[][] {{(float) Math.log(0.5), (float) Math.log(0.1), (float) Math.log(0.4)}});
        double expected = -Math.log(0.5) - Math.log(1 - 0.4);
        assertThat(RobustLosses.mart(z, z, Tensor.of(new int[] {0}), 5).item()).isCloseTo(expected, within(1e-5));
    }

    @Test
    void martStaysFiniteWhereTheRivalIsCertain() {
        Tensor z = Tensor.of(new float[][] {{-60, 60}});
        double loss = RobustLosses.mart(z, z, Tensor.of(new int[] {0}), 5).item();
        assertThat(loss).isCloseTo(240, within(1e-3));
    }
}
