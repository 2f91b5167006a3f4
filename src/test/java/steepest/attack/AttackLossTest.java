package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.Tensor;

class AttackLossTest {
    private static final Offset<Float> NEAR = within(1e-5f);
    private static final Tensor Z = Tensor.of(new float[][] {{1, 4, 2, -1, 0}, {3, 0, 1, 2, -2}});
    private static final Tensor Y = Tensor.of(1, 3);
    private static final Tensor GOAL = Tensor.of(0, 2);

    @BeforeAll
    static void device() {
        Device.setDefault(Fixture.device());
    }

    @Test
    void marginIsTheOthersLargestLessTheOwn() {
        assertThat(AttackLoss.MARGIN.untargeted(Z, Y).toFloats()).containsExactly(-2, 1);
        assertThat(AttackLoss.MARGIN.targeted(Z, Y, GOAL).toFloats()).containsExactly(-3, -2);
    }

    @Test
    void dlrByHand() {
        // sorted 4 2 1 0 −1 and 3 2 1 0 −2: (2 − 4)/(4 − 1), (3 − 2)/(3 − 1)
        assertThat(AttackLoss.DLR.untargeted(Z, Y).toFloats()).containsExactly(new float[] {-2 / 3f, 0.5f}, NEAR);
        // (1 − 4)/(4 − (1 + 0)/2), (1 − 2)/(3 − (1 + 0)/2)
        assertThat(AttackLoss.DLR.targeted(Z, Y, GOAL).toFloats())
                .containsExactly(new float[] {-3 / 3.5f, -1 / 2.5f}, NEAR);
    }

    @Test
    void dlrKnowsNeitherShiftNorScale() {
        Tensor other = Z.mul(7).add(3);
        assertThat(AttackLoss.DLR.untargeted(other, Y).toFloats())
                .containsExactly(AttackLoss.DLR.untargeted(Z, Y).toFloats(), NEAR);
        assertThat(AttackLoss.DLR.targeted(other, Y, GOAL).toFloats())
                .containsExactly(AttackLoss.DLR.targeted(Z, Y, GOAL).toFloats(), NEAR);
    }

    @Test
    void crossEntropyTurnsAroundWhenTargeted() {
        double logSum = Math.log(Math.exp(1) + Math.exp(4) + Math.exp(2) + Math.exp(-1) + 1);
        assertThat(AttackLoss.CROSS_ENTROPY.untargeted(Z, Y).toFloats()[0]).isCloseTo((float) (logSum - 4), NEAR);
        assertThat(AttackLoss.CROSS_ENTROPY.targeted(Z, Y, GOAL).toFloats()[0]).isCloseTo((float) (1 - logSum), NEAR);
    }
}
