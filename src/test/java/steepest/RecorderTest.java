package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Recorder.Lane;
import steepest.Recorder.Row;
import steepest.Recorder.Span;
import steepest.Recorder.Times;
import steepest.Recorder.Work;

class RecorderTest {
    @Test
    void sumsCommandsUpByTheirWork() {
        try (Recorder r = Recorder.start()) {
            Work product = new Work("matmul", 100, 40);
            r.command("gpu", Lane.KERNELS, product, "pack", true, new Times(0, 1, 10, 13));
            r.command("gpu", Lane.KERNELS, product, "multiply", false, new Times(2, 3, 13, 20));
            r.command("gpu", Lane.KERNELS, product, "pack", true, new Times(20, 20, 20, 25));
            r.command("gpu", Lane.TRANSFERS, new Work("upload", 0, 8), "upload", true, new Times(30, 30, 30, 31));
            assertThat(r.rows())
                    .containsExactly(
                            new Row("gpu", Lane.KERNELS, "matmul", 2, 15, 200, 80),
                            new Row("gpu", Lane.TRANSFERS, "upload", 1, 1, 0, 8));
            assertThat(r.spans()).extracting(Span::name).containsExactly("pack", "multiply", "pack", "upload");
        }
    }

    @Test
    void keepsSoManySpansAndCountsTheRest() {
        try (Recorder r = Recorder.start(2)) {
            for (int i = 0; i < 5; i++) r.kernel("cpu", new Work("sum", 1, 1), i, i + 1);
            assertThat(r.spans()).hasSize(2);
            assertThat(r.dropped()).isEqualTo(3);
            assertThat(r.rows().get(0).calls()).isEqualTo(5);
        }
    }

    @Test
    void spansOfTheHostNestAndOpenOnesEndNow() {
        try (Recorder r = Recorder.start()) {
            int answer = Recorder.timed("outer", () -> {
                Recorder.timed(
                        "inner",
                        () -> assertThat(r.spans()).extracting(Span::name).containsExactly("outer", "inner"));
                return 42;
            });
            assertThat(answer).isEqualTo(42);
            List<Span> spans = r.spans();
            assertThat(spans).extracting(Span::name).containsExactly("outer", "inner");
            assertThat(spans).allMatch(s -> s.process().equals(Recorder.HOST));
            Times outer = spans.get(0).times();
            Times inner = spans.get(1).times();
            assertThat(outer.started()).isLessThanOrEqualTo(inner.started());
            assertThat(inner.ended()).isLessThanOrEqualTo(outer.ended());
        }
    }

    @Test
    void aSpanEndsWhereItsBodyFails() {
        try (Recorder r = Recorder.start()) {
            assertThatThrownBy(() -> Recorder.timed("body", () -> {
                        throw new IllegalStateException("planted");
                    }))
                    .hasMessage("planted");
            long end = r.spans().get(0).times().ended();
            assertThat(r.spans().get(0).times().ended()).isEqualTo(end);
        }
    }

    @Test
    void thereIsOneAtATimeAndNoneAfter() {
        try (Recorder r = Recorder.start()) {
            assertThat(Recorder.active()).isSameAs(r);
            assertThatThrownBy(Recorder::start).isInstanceOf(SteepestException.class);
        }
        assertThat(Recorder.active()).isNull();
        assertThat(Recorder.<Integer>timed("nobody looks", () -> 1)).isEqualTo(1);
    }

    /** What is done on the host, and inside it what the device does; the result is that of a run that nobody watches. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "ref"})
    void aProgramsKernelsLieInItsRuns(String name) {
        Device device = Device.of(name);
        Tensor x = Tensor.of(new float[][] {{1, 2}, {3, 4}});
        try (Program p = Program.of(t -> t.matmul(t).exp().sum()).on(device)) {
            double plain = p.call(x).item();
            try (Recorder r = Recorder.start()) {
                assertThat(p.call(x).item()).isEqualTo(plain);
                r.settle();
                Span run = r.spans().stream()
                        .filter(s -> s.name().equals("run"))
                        .findFirst()
                        .orElseThrow();
                List<Span> kernels =
                        r.spans().stream().filter(s -> s.process().equals(name)).toList();
                assertThat(kernels).extracting(Span::name).contains("matmul [2,2] [2,2]");
                for (Span k : kernels) {
                    assertThat(k.lane()).isEqualTo("kernels");
                    assertThat(k.times().started())
                            .isGreaterThanOrEqualTo(run.times().started());
                    assertThat(k.times().ended())
                            .isLessThanOrEqualTo(run.times().ended());
                }
            }
        }
    }
}
