package steepest.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.SteepestException;

class TrainConfigTest {
    @Test
    void defaults() {
        assertThat(TrainConfig.of("mnist"))
                .isEqualTo(new TrainConfig("mnist", "lenet", "he", 3, 64, "adam", 3e-3, "linear", 0, "auto", null));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                of(c -> c.withModel("lenett"), "unknown model lenett; there are linear, mlp, lenet"),
                of(c -> c.withOptimizer("lion"), "unknown optimizer lion; there are sgd"),
                of(c -> c.withSchedule("up"), "unknown schedule up; there are linear"),
                of(c -> c.withEpochs(0), "epochs: expected at least 1, got 0"),
                of(c -> c.withBatch(-64), "batch: expected at least 1, got -64"),
                of(c -> c.withLimit(0), "limit: expected at least 1, got 0"),
                of(c -> c.withLr(Double.NaN), "learning rate: expected a finite number above 0, got NaN"),
                of(c -> c.withLr(-1), "learning rate: expected a finite number above 0, got -1.0"));
    }

    private static Arguments of(UnaryOperator<TrainConfig> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsOutOfRangeIsRefused(UnaryOperator<TrainConfig> change, String message) {
        assertThatThrownBy(() -> change.apply(TrainConfig.of("mnist")))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(message)
                .message()
                .hasLineCount(1);
    }
}
