package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import steepest.Device.Ceilings;
import steepest.Recorder.Lane;
import steepest.Recorder.Row;

class ProfileTest {
    /** 100 GFLOP/s and 20 GB/s. */
    private static final Map<String, Ceilings> CEILINGS = Map.of("gpu", new Ceilings(100e9, 20e9));

    @Test
    void ratesAndTheShareOfTheRooflineFollowFromWorkAndTime() {
        // bound by arithmetic: 5e9 operations take 50 ms at best; 2 calls took 100 ms
        Row product = new Row("gpu", Lane.KERNELS, "matmul", 2, 100_000_000, 5_000_000_000L, 1_000_000);
        // bound by memory: 200e6 bytes take 10 ms at best
        Row sum = new Row("gpu", Lane.KERNELS, "sum", 1, 40_000_000, 50_000_000, 200_000_000);
        Row upload = new Row("gpu", Lane.TRANSFERS, "upload", 4, 10_000_000, 0, 80_000_000);
        Profile p = new Profile(List.of(product, sum, upload), 300_000_000, CEILINGS);
        assertThat(p.table()).isEqualTo("""
                        device  kernel  calls  total     share   mean     GFLOP/s  GB/s  of roofline
                        gpu     matmul  2      100.0 ms  66.7 %  50.0 ms  50       0.01  50.0 %
                        gpu     sum     1      40.0 ms   26.7 %  40.0 ms  1.25     5.00  25.0 %
                        gpu     upload  4      10.0 ms   6.7 %   2.5 ms   –        8.00  –
                        gpu: busy for 150.0 ms of 300.0 ms (50 %)
                        """);
        assertThat(p.fields().get(0))
                .containsEntry("gflop_per_second", 50.0)
                .containsEntry("of_roofline", 0.5)
                .containsEntry("seconds", 0.1);
        assertThat(p.fields().get(2)).containsEntry("kind", "transfers").containsEntry("of_roofline", null);
    }

    @Test
    void theShortRowsAreSummedUpInTheTableOnly() {
        List<Row> rows = IntStream.range(0, 40)
                .mapToObj(i -> new Row("gpu", Lane.KERNELS, "k" + i, 1, 1000, 1, 1))
                .toList();
        Profile p = new Profile(rows, 100_000, CEILINGS);
        assertThat(p.table()).contains("k29 ", "and 10 more, 10.0 µs\n").doesNotContain("k30 ");
        assertThat(p.fields()).hasSize(40);
    }

    @Test
    void whereNothingRanItSaysSo() {
        assertThat(new Profile(List.of(), 1, Map.of()).table())
                .isEqualTo("profile: no kernel has run in this process\n");
    }
}
