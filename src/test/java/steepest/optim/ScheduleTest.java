package steepest.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.Program;
import steepest.SteepestException;
import steepest.Tensor;

class ScheduleTest {
    private static void check(String device, Schedule schedule, double[] steps, double... rates) {
        try (Program program = Program.of(schedule::rate).on(Device.of(device))) {
            for (int i = 0; i < steps.length; i++)
                assertThat(program.call(Tensor.scalar(steps[i])).item())
                        .as("step %s", steps[i])
                        .isCloseTo(rates[i], within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void values(String device) {
        double[] steps = {0, 25, 50, 75, 99, 100, 1000};
        check(device, Schedule.constant(0.4), steps, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4);
        check(device, Schedule.linear(0.4, 100), steps, 0.4, 0.3, 0.2, 0.1, 0.004, 0, 0);
        double quarter = 0.2 * (1 + Math.sqrt(0.5));
        check(device, Schedule.cosine(0.4, 100), steps, 0.4, quarter, 0.2, 0.4 - quarter, 9.869e-5, 0, 0);
        check(device, Schedule.cyclic(0.6, 100), new double[] {0, 19, 39, 69, 99, 1000}, 0.015, 0.3, 0.6, 0.3, 0, 0);
        check(
                device,
                Schedule.steps(0.4, 25, 0.5),
                new double[] {0, 24, 25, 49, 50, 75},
                0.4,
                0.4,
                0.2,
                0.2,
                0.1,
                0.05);
    }

    @Test
    void theEndIsExactlyZero() {
        for (Schedule schedule : new Schedule[] {Schedule.linear(3e-3, 7), Schedule.cosine(3e-3, 7)})
            try (Program program = Program.of(schedule::rate).on(Device.ref())) {
                assertThat(program.call(Tensor.scalar(7)).item()).isZero();
                assertThat(program.call(Tensor.scalar(8)).item()).isZero();
            }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, 0, -1, Double.POSITIVE_INFINITY})
    void ratesOutOfRangeAreRefused(double rate) {
        String message = "learning rate: expected a finite number above 0, got " + rate;
        assertThatThrownBy(() -> Schedule.constant(rate))
                .isInstanceOf(SteepestException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> Schedule.linear(rate, 1)).hasMessage(message);
        assertThatThrownBy(() -> Schedule.cosine(rate, 1)).hasMessage(message);
        assertThatThrownBy(() -> Schedule.cyclic(rate, 1)).hasMessage(message);
        assertThatThrownBy(() -> Schedule.steps(rate, 1, 0.5)).hasMessage(message);
    }

    @Test
    void otherRefusals() {
        assertThatThrownBy(() -> Schedule.linear(1, 0)).hasMessage("schedule: expected at least 1 step, got 0");
        assertThatThrownBy(() -> Schedule.steps(1, 1, 0)).hasMessageContaining("factor above 0, got 0.0");
        assertThatThrownBy(() -> Schedule.of("polynomial", 1, 1))
                .isInstanceOf(SteepestException.class)
                .hasMessage("unknown schedule polynomial; there are linear, constant, cosine, cyclic");
        for (String name : Schedule.NAMES) assertThat(Schedule.of(name, 1, 1)).isNotNull();
    }
}
