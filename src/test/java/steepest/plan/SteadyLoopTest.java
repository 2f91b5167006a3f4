package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.DeviceInfo;

class SteadyLoopTest {
    private static final long MIB = 1 << 20;

    static List<String> devices() {
        return Device.list().stream()
                .map(DeviceInfo::id)
                .filter(id -> !id.equals("ref"))
                .toList();
    }

    /**
     * 10,000 steps leave what the device holds as it was, and what the process holds nearly so: the heap is all there from
     * the beginning. The JVM itself grows by leaps while it compiles; what is lost at each step (5 kB would be found) shows
     * in every fifth, so the least growth of a fifth after the first is judged; and all that came after the first, leaps
     * included, against what such leaps add up to at most.
     */
    @ParameterizedTest
    @MethodSource("devices")
    @Tag("slow")
    @EnabledOnOs(OS.LINUX) // /proc tells what a process holds
    void tenThousandStepsLeaveMemoryFlat(String device) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                SteadyLoop.class.getName(),
                device,
                "10000"));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        long[] live = numbers(out, "live ");
        long[] resident = numbers(out, "resident ");
        assertThat(live).hasSize(5).containsOnly(live[0]);
        long growth = Long.MAX_VALUE;
        for (int i = 1; i < resident.length; i++) growth = Math.min(growth, resident[i] - resident[i - 1]);
        assertThat(growth).as(out).isLessThan(10 * MIB);
        assertThat(resident[resident.length - 1] - resident[0]).as(out).isLessThan(120 * MIB);
    }

    private static long[] numbers(String out, String head) {
        String line = out.lines().filter(l -> l.startsWith(head)).findFirst().orElseThrow();
        return Stream.of(line.substring(head.length()).split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
