package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static steepest.nn.Layers.dense;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;

class WeightsTest {
    private static Sequential net(int seed) {
        return Sequential.of(dense(2, 3), dense(3, 2).noBias()).init(Rng.seed(seed));
    }

    @Test
    void whatWasTakenCanBeLoaded() {
        Map<String, HostArray> taken = Weights.of(net(1));
        assertThat(taken.keySet()).containsExactly("0.bias", "0.weight", "1.weight");
        Sequential other = net(2);
        Weights.load(other, taken, "a.safetensors");
        assertThat(Weights.of(other)).isEqualTo(taken);
    }

    @Test
    void whatDoesNotFitIsNamedAndNothingIsLoaded() {
        Sequential net = net(1);
        Map<String, HostArray> before = Weights.of(net);
        Map<String, HostArray> wrong = new TreeMap<>(Weights.of(net(2)));
        wrong.remove("0.bias");
        wrong.put("7.weight", HostArray.of(new float[1], Shape.of(1)));
        wrong.put("1.weight", HostArray.of(new float[6], Shape.of(3, 2)));
        assertThatThrownBy(() -> Weights.load(net, wrong, "a.safetensors"))
                .isInstanceOf(SteepestException.class)
                .hasMessage("a.safetensors does not fit the model: missing 0.bias; unexpected 7.weight; 1.weight is"
                        + " f32[3,2] where f32[2,3] is expected");
        assertThat(Weights.of(net)).isEqualTo(before);
    }
}
