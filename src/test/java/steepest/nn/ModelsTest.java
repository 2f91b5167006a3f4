package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static steepest.nn.Layers.conv2d;
import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.flatten;
import static steepest.nn.Layers.relu;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

class ModelsTest {
    private static final Shape MNIST = Shape.of(1, 28, 28);
    private static final Shape DIGITS = Shape.of(1, 8, 8);

    /** The counts are those of the architectures as they are described, added up by hand. */
    @ParameterizedTest
    @CsvSource({
        "linear, 7850",
        "mlp, 235146",
        "lenet, 61706",
        "cnn, 896906",
        "fcnn, 109386",
        "mnist-cnn, 45150",
        "madry, 3274634",
        "fast-cnn, 166406"
    })
    void parametersForMnist(String name, long parameters) {
        Sequential net = Models.of(name, MNIST, 10).init(Rng.seed(0));
        assertThat(Summary.of(net, MNIST).parameters()).isEqualTo(parameters);
        assertThat(net.output(MNIST)).isEqualTo(Shape.of(10));
        assertThat(net.apply(Tensor.zeros(2, 1, 28, 28)).shape()).isEqualTo(Shape.of(2, 10));
    }

    @Test
    void everyNameIsListedOnce() {
        assertThat(Models.names())
                .containsExactly("linear", "mlp", "lenet", "cnn", "fcnn", "mnist-cnn", "madry", "fast-cnn");
        assertThat(Models.list().stream().map(Models.Description::name)).isEqualTo(Models.names());
        assertThat(Models.fitting(MNIST)).isEqualTo(Models.names());
    }

    @Test
    void smallDigitsFitWhereTheyCan() {
        assertThat(Models.fitting(DIGITS)).containsExactly("linear", "mlp", "cnn", "fcnn", "madry", "fast-cnn");
        for (String name : Models.fitting(DIGITS))
            assertThat(Models.of(name, DIGITS, 10).output(DIGITS)).isEqualTo(Shape.of(10));
        assertThatThrownBy(() -> Models.of("lenet", DIGITS, 10))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("model lenet does not fit samples [1,8,8] (conv2d(6, 16, 5): expected")
                .hasMessageEndingWith("these do: linear, mlp, cnn, fcnn, madry, fast-cnn")
                .message()
                .hasLineCount(1);
    }

    @Test
    void unknownNamesListTheKnown() {
        assertThatThrownBy(() -> Models.of("resnet", MNIST, 10))
                .isInstanceOf(SteepestException.class)
                .hasMessage(
                        "unknown model resnet; there are linear, mlp, lenet, cnn, fcnn, mnist-cnn, madry, fast-cnn");
        assertThatThrownBy(() -> Models.of("mlp", Shape.of(784), 10)).hasMessageContaining("[C,H,W]");
    }

    @Test
    void summaryIsATable() {
        Sequential net = Sequential.of(Sequential.of(conv2d(1, 4, 3), relu()), flatten(), dense(4 * 36, 10))
                .init(Rng.seed(0));
        assertThat(Summary.of(net, DIGITS).lines())
                .containsExactly(
                        "     layer            output     parameters",
                        "     input            [N,1,8,8]",
                        "0.0  conv2d(1, 4, 3)  [N,4,6,6]          40",
                        "0.1  relu()           [N,4,6,6]",
                        "1    flatten()        [N,144]",
                        "2    dense(144, 10)   [N,10]          1,450",
                        "     total                            1,490");
    }
}
