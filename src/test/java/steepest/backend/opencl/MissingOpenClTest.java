package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine without a loader or without a driver: no device, one line that says why, never a stack trace. */
@Tag("opencl")
@EnabledOnOs(OS.LINUX)
class MissingOpenClTest {
    /** What the child process runs: lists the devices twice, as the second time things fail in other ways. */
    public static final class Lister {
        private Lister() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                OpenClBackend backend = new OpenClBackend();
                System.out.println(backend.devices().size() + " devices; " + backend.trouble());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void aLoaderWithoutADriver(String binding, @TempDir Path empty) throws Exception {
        assertThat(list(binding, List.of(), Map.of("OCL_ICD_VENDORS", empty.toString())))
                .isEqualTo(
                        "0 devices; an OpenCL loader was found, but no driver (on Debian, for the CPU: apt-get install"
                                + " pocl-opencl-icd)\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void noLoader(String binding, @TempDir Path dir) throws Exception {
        // libraries of that name which are none: found first, and not to be loaded
        Path none = Files.createFile(dir.resolve("libOpenCL.so"));
        Files.createFile(dir.resolve("libOpenCL.so.1"));
        String out =
                list(binding, List.of("-Dorg.lwjgl.opencl.libname=" + none), Map.of("LD_LIBRARY_PATH", dir.toString()));
        assertThat(out)
                .isEqualTo("0 devices; no OpenCL loader was found (on Debian: apt-get install ocl-icd-libopencl1)\n");
    }

    /** The one line that the child says twice; all that it writes, errors too, is looked at. */
    private static String list(String binding, List<String> options, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24)
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(options);
        command.add("-Dsteepest.binding=" + binding);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Lister.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process child = builder.start();
        String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(out).isZero();
        String line = out.substring(0, out.indexOf('\n') + 1);
        assertThat(out).isEqualTo(line + line);
        return line;
    }
}
