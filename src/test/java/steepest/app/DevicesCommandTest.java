package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;

class DevicesCommandTest {
    /** Plain loops as chosen, so that nobody warns of them. */
    private static final String PLAIN = "-Dsteepest.vector=off";

    @TempDir
    Path dir;

    @Test
    void listsEveryDeviceWithWhatMatters() throws IOException {
        var run = Run.of("devices", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        var lines = run.out().lines().toList();
        assertThat(lines.get(0))
                .startsWith("device")
                .contains("type", "memory", "units", "parts", "binding", "name", "version");
        var json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        assertThat(json.get("command").asText()).isEqualTo("devices");
        assertThat(json.get("devices")).hasSameSizeAs(Device.list());
        assertThat(json.get("devices").findValuesAsText("id")).contains("ref");
        assertThat(json.get("devices").get(0).fieldNames())
                .toIterable()
                .containsExactly(
                        "id", "type", "name", "memory_bytes", "units", "parts", "version", "binding", "tuning");
    }

    @Test
    void columnsLineUp() {
        assertThat(DevicesCommand.table(
                        List.of("a", "bcd"), List.of(new String[] {"wide", "x"}, new String[] {"y", ""})))
                .isEqualTo("a     bcd\nwide  x\ny\n");
    }

    @Test
    void withoutADriverTheProcessorsAreThereAndOneLineTellsWhy() throws Exception {
        var empty = Map.of("OCL_ICD_VENDORS", dir.toString());
        var list = run(List.of(PLAIN), empty, "devices");
        assertThat(list.status()).isZero();
        assertThat(list.out())
                .contains("\ncpu ", "\nref ", "\nno device 'opencl': an OpenCL loader was found, but no driver");
        var eval = run(List.of(PLAIN), empty, "eval", dir.toString(), "mnist", "--device", "opencl");
        assertThat(eval.status()).isEqualTo(1);
        assertThat(eval.err())
                .startsWith("steepest: no device 'opencl': an OpenCL loader")
                .hasLineCount(1);
    }

    @Test
    void withoutALoaderTheProcessorsAreThereAndOneLineTellsWhy() throws Exception {
        var list = run(List.of(PLAIN, "-Dorg.lwjgl.opencl.libname=" + dir.resolve("none.so")), Map.of(), "devices");
        assertThat(list.status()).isZero();
        assertThat(list.err()).isEmpty();
        assertThat(list.out()).contains("\ncpu ", "\nref ", "\nno device 'opencl': no OpenCL loader was found");
    }

    /** Whatever order the loader finds the drivers in. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDriverThatDrawsIsNotChosenBeforeOneThatComputes(boolean drawsFirst) throws Exception {
        Path vendors = Path.of("/etc/OpenCL/vendors");
        assumeTrue(Files.exists(vendors.resolve("rusticl.icd")) && Files.exists(vendors.resolve("pocl.icd")));
        Files.copy(vendors.resolve("rusticl.icd"), dir.resolve(drawsFirst ? "1.icd" : "2.icd"));
        Files.copy(vendors.resolve("pocl.icd"), dir.resolve(drawsFirst ? "2.icd" : "1.icd"));
        var environment = Map.of("OCL_ICD_VENDORS", dir.toString(), "RUSTICL_ENABLE", "llvmpipe");
        var lines = run(List.of(PLAIN), environment, "devices").out().lines().toList();
        assertThat(lines.get(1)).startsWith("opencl:").contains("PoCL");
        assertThat(lines.get(2)).startsWith("opencl:").contains("rusticl");
    }

    /** In a JVM of its own, which has not looked for OpenCL before. */
    private Run run(List<String> flags, Map<String, String> environment, String... args) throws Exception {
        Path out = dir.resolve("out.txt");
        Path err = dir.resolve("err.txt");
        var builder = new ProcessBuilder(Run.command(flags, args))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
