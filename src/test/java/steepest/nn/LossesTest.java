package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.OnDevice.tensor;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.Program;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;

class LossesTest {
    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void figuresOfABatch(String device) {
        Tensor logits = tensor(Shape.of(3, 2), 0, 0, 2, 1, -1, 3);
        Tensor labels = Tensor.of(1, 1, 1); // the first is a tie, which the first class wins
        try (Program program = Program.of((z, y) -> Step.of(
                        Losses.crossEntropy(z, y),
                        Losses.accuracy(z, y),
                        Losses.correct(z, y),
                        Losses.mse(z, z.mul(0))))
                .on(Device.of(device))) {
            List<Tensor> r = program.run(logits, labels);
            double expected = (Math.log(2) + Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(-4))) / 3;
            assertThat(r.get(0).item()).isCloseTo(expected, within(1e-6));
            assertThat(r.get(1).item()).isCloseTo(1 / 3.0, within(1e-7));
            assertThat(r.get(2).toInts()).containsExactly(1);
            assertThat(r.get(3).item()).isCloseTo(15 / 6.0, within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void softAndSmoothedLabels(String device) {
        Tensor logits = tensor(Shape.of(2, 3), 0, 1, 2, -1, 3, 0);
        Tensor targets = tensor(Shape.of(2, 3), 0.2f, 0.5f, 0.3f, 0, 1, 0);
        try (Program program = Program.of((z, t) -> {
                    Tensor y = Tensor.of(2, 1);
                    return Step.of(
                            Losses.softCrossEntropy(z, t),
                            Losses.crossEntropy(z, y, 0.3),
                            Losses.crossEntropy(z, y, 0),
                            Losses.crossEntropy(z, y),
                            Losses.crossEntropy(z, y, 1));
                })
                .on(Device.of(device))) {
            List<Tensor> r = program.run(logits, targets);
            double a = Math.log(1 + Math.exp(1) + Math.exp(2));
            double b = Math.log(Math.exp(-1) + Math.exp(3) + 1);
            double hard = (a - 2 + b - 3) / 2;
            double uniform = (a - 1 + b - 2 / 3.0) / 2;
            assertThat(r.get(0).item()).isCloseTo((a - 0.5 - 0.6 + b - 3) / 2, within(1e-6));
            assertThat(r.get(1).item()).isCloseTo(0.7 * hard + 0.3 * uniform, within(1e-6));
            assertThat(r.get(2).item()).isCloseTo(hard, within(1e-6));
            assertThat(r.get(3).item()).isCloseTo(hard, within(1e-6));
            assertThat(r.get(4).item()).isCloseTo(uniform, within(1e-6));
        }
        assertThatThrownBy(() -> Losses.crossEntropy(logits, Tensor.of(0, 1), 1.5))
                .hasMessageContaining("label smoothing must be in [0, 1], got 1.5");
        assertThatThrownBy(() -> Losses.crossEntropy(logits, Tensor.of(0), 0.1))
                .hasMessageContaining("takes logits f32[B,C] and labels i32[B], got f32[2,3] and i32[1]")
                .hasMessageContaining("LossesTest.java:");
        assertThatThrownBy(() -> Losses.softCrossEntropy(logits, Tensor.of(0, 1)))
                .hasMessageContaining("takes logits and targets f32[B,C], got f32[2,3] and i32[2]");
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Losses.mse(Tensor.zeros(3), Tensor.zeros(3, 1)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(
                        "mse: expected prediction and target of one type and shape, got f32[3] and" + " f32[3,1]");
        assertThatThrownBy(() -> Losses.accuracy(Tensor.zeros(3, 2), Tensor.zeros(3)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("labels i32[N], got f32[3,2] and f32[3]");
        assertThatThrownBy(() -> Losses.crossEntropy(Tensor.zeros(3, 2), Tensor.of(1, 2)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("got f32[3,2] and i32[2]");
    }
}
