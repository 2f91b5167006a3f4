package steepest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TensorTextTest {
    @BeforeEach
    void onRef() {
        Device.setDefault(Device.ref());
    }

    @AfterEach
    void onWhateverIsBest() {
        Device.setDefault(null);
    }

    @Test
    void tensorsShowTheirValues() {
        assertThat(Tensor.of(new float[][] {{1, 2.5f}, {-3, 0}})).hasToString("f32[2,2] [[1, 2.5], [-3, 0]]");
        assertThat(Tensor.of(1, 2).add(1)).hasToString("i32[2] [2, 3]");
        assertThat(Tensor.scalar(2)).hasToString("f32[] 2");
        assertThat(Tensor.of(1f, 2).gt(1)).hasToString("bool[2] [false, true]");
        assertThat(Tensor.zeros(0, 3)).hasToString("f32[0,3] []");
        assertThat(Tensor.zeros(2, 0)).hasToString("f32[2,0] [[], []]");
    }

    @Test
    void numbersHaveSixDigits() {
        assertThat(Tensor.of(0.1f, 1e-5f, 123456.7f, 1e9f, -0f)).hasToString("f32[5] [0.1, 0.00001, 123457, 1E+9, 0]");
    }

    @Test
    void whatIsNoNumberIsNamed() {
        assertThat(Tensor.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY))
                .hasToString("f32[3] [NaN, Infinity, -Infinity]");
    }

    @Test
    void longAxesAreCut() {
        assertThat(Tensor.iota(100)).hasToString("i32[100] [0, 1, 2, …, 97, 98, 99]");
        assertThat(Tensor.iota(20).toString()).contains("9, 10, 11");
        String matrix = Tensor.zeros(100, 100).toString();
        assertThat(matrix.chars().filter(c -> c == '0').count()).isEqualTo(6 * 6 + 4);
    }
}
