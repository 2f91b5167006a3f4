package steepest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class BenchTest {
    private static final HostArray SQUARE = HostArray.of(new float[] {1, 2, 3, 4}, Shape.of(2, 2));

    @Test
    void everyDeviceIsTimedAndHeldAgainstTheFirst() {
        var product = Computation.of(
                "matmul", "2 x 2 x 2", List.of(SQUARE, SQUARE), in -> in.get(0).matmul(in.get(1)));
        List<Bench.Result> results = Bench.run(product, List.of(Device.ref(), Device.cpu()), 0.01);
        assertThat(results).extracting(Bench.Result::device).containsExactly("ref", "cpu");
        assertThat(results).allSatisfy(r -> {
            assertThat(r.failure()).isEmpty();
            assertThat(r.flops()).isEqualTo(2 * 2 * 2 * 2);
            assertThat(r.bytes())
                    .as("three matrices, and the element that is kept")
                    .isEqualTo(3 * 4 * 4 + 2 * 4);
            assertThat(r.first()).isPositive();
            assertThat(r.fastest()).isPositive().isLessThanOrEqualTo(r.seconds());
            assertThat(r.ofRoofline(new Device.Ceilings(16 / r.seconds(), 1e9))).isGreaterThanOrEqualTo(1);
        });
        assertThat(results.get(0).ratio()).isEqualTo(1);
        assertThat(results.get(1).ratio()).isPositive();
    }

    @Test
    void whatFailsOnADeviceSaysWhyAndTheOthersAreTimed() {
        Workload failing = new Workload() {
            private final Workload works = Computation.of(
                    "pointwise", "exp", List.of(SQUARE), in -> in.get(0).exp());

            @Override
            public String family() {
                return "pointwise";
            }

            @Override
            public String name() {
                return "exp";
            }

            @Override
            public Session on(Device device) {
                if (device == Device.ref()) throw SteepestException.of("not here");
                return works.on(device);
            }
        };
        List<Bench.Result> results = Bench.run(failing, List.of(Device.ref(), Device.cpu()), 0.01);
        assertThat(results).extracting(Bench.Result::failure).containsExactly("not here", "");
        assertThat(results.get(1).seconds()).isPositive();
    }

    @Test
    void onlyTheTimedRunsLeaveTheResultBehind() {
        var transposed = Computation.of(
                "reduction", "sum", List.of(SQUARE), in -> in.get(0).sum(0));
        try (Workload.Session session = transposed.on(Device.cpu())) {
            session.run();
            session.run();
            assertThat(session.result()).isEqualTo(HostArray.of(new float[] {4, 6}, Shape.of(2)));
            assertThat(session.work().get(0).flops()).isEqualTo(4);
        }
        var squares =
                Computation.pointwise("square", List.of(SQUARE), in -> in.get(0).square());
        try (Workload.Session session = squares.on(Device.cpu())) {
            session.run();
            assertThat(session.result()).isEqualTo(HostArray.of(new float[] {1, 4, 9, 16}, Shape.of(2, 2)));
            assertThat(session.work()).hasSize(1);
        }
        try (Workload.Session session = new Transfer(false, SQUARE).on(Device.ref())) {
            session.run();
            assertThat(session.result()).isEqualTo(SQUARE);
            assertThat(session.work().get(0).bytes()).isEqualTo(16);
        }
    }

    @Test
    void everyWorkloadHasANameOfItsOwnAndTrainingStepsCountSamples() {
        List<Workload> all = Workloads.all(8);
        assertThat(all).extracting(w -> w.family() + " " + w.name()).doesNotHaveDuplicates();
        assertThat(all).filteredOn(w -> w.family().equals("step")).hasSize(6).allMatch(w -> w.samples() == 8);
        Workload step = all.stream()
                .filter(w -> w.name().equals("mlp, batch 8, data from the host"))
                .findFirst()
                .orElseThrow();
        try (Workload.Session session = step.on(Device.cpu())) {
            session.run();
            assertThat(session.result().get(0))
                    .as("the loss of ten classes, untrained")
                    .isBetween(1.5, 4.0);
        }
    }

    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
        assertThat(Stopwatch.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
        assertThat(Stopwatch.median(new double[] {9, 1, 2})).isEqualTo(2);
    }
}
