package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Footprint;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.optim.Adam;

/** What a plan says it will take against what the device says it took. */
class FootprintTest {
    static List<String> devices() {
        return Device.list().stream().map(DeviceInfo::id).toList();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aTrainingStepTakesWhatItSaidBefore(String name) {
        Device.of(name).close(); // what other tests have left there
        try (Device device = Device.of(name)) {
            assertThat(device.liveBytes()).isZero();
            Sequential net = Models.of("lenet", Shape.of(1, 28, 28), 10).init(Rng.seed(1));
            Adam adam = new Adam(net.params(), 1e-3);
            Tensor shift = Tensor.of(new float[300]).sum(); // a constant, small
            try (Program step = Program.of((x, y, pass) ->
                            adam.minimize(Losses.crossEntropy(net.apply(x.add(shift), pass), y), pass))
                    .on(device)) {
                Spec pictures = Spec.of(DType.F32, 5, 1, 28, 28);
                Spec labels = Spec.of(DType.I32, 5);
                Footprint said = step.footprint(pictures, labels);
                assertThat(device.liveBytes()).isZero();
                assertThat(step.explain(pictures, labels)).contains("footprint: ", " are needed, results ");
                assertThat(said.slabNeeded()).isPositive().isLessThanOrEqualTo(said.slab());
                assertThat(said.fragmentation()).isBetween(0.0, 0.5);
                List<Tensor> held = new ArrayList<>();
                Tensor x = Tensor.of(HostArray.zeros(pictures));
                Tensor y = Tensor.of(HostArray.zeros(labels));
                held.addAll(step.run(x, y));
                assertThat(device.liveBytes()).isEqualTo(said.total());
                assertThat(device.peakBytes()).isEqualTo(said.total());
                // another run takes its results alone
                held.addAll(step.run(x, y));
                assertThat(device.liveBytes()).isEqualTo(said.total() + said.results());
                assertThat(held).isNotEmpty();
                assertThat(x.size() + y.size()).isPositive();
            }
        }
    }
}
