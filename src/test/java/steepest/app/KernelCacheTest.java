package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.Device;

/** Compiled kernels on disk, as processes of their own use them. */
@Tag("opencl")
class KernelCacheTest {
    @TempDir
    Path dir;

    private String data;

    @BeforeEach
    void writeData() throws IOException {
        assumeTrue(Device.list().stream().anyMatch(d -> d.id().startsWith("opencl:")), "no OpenCL device to test on");
        data = Quarters.write(dir, 32, 8);
    }

    private Process train(String name, String... more) throws IOException {
        var args = new ArrayList<>(List.of("train", data, "--model", "linear", "--epochs", "1"));
        args.addAll(List.of(
                "--device",
                "opencl",
                "--json",
                "--run-dir",
                dir.resolve("run-" + name).toString()));
        args.addAll(List.of(more));
        var command = Run.command(List.of("-Dsteepest.cache=" + dir.resolve("cache")), args.toArray(String[]::new));
        return new ProcessBuilder(command)
                .redirectError(dir.resolve(name + ".err").toFile())
                .redirectOutput(dir.resolve(name + ".out").toFile())
                .start();
    }

    /** The weights that it trained. */
    private String weights(String name, Process process) throws Exception {
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(dir.resolve(name + ".err")))
                .isZero();
        var lines = Files.readAllLines(dir.resolve(name + ".out"));
        return new ObjectMapper()
                .readTree(lines.get(lines.size() - 1))
                .get("weights_sha256")
                .asText();
    }

    /** The entries and which file each of them is: what is written anew is another file, what is only used the same. */
    private Map<String, Object> entries() throws IOException {
        Path cache = dir.resolve("cache").resolve("opencl");
        var found = new TreeMap<String, Object>();
        if (!Files.exists(cache)) return found;
        try (Stream<Path> files = Files.list(cache)) {
            for (Path f : files.toList())
                found.put(
                        f.getFileName().toString(),
                        Files.readAttributes(f, BasicFileAttributes.class).fileKey());
        }
        return found;
    }

    @Test
    void twoProcessesAtOnceAndALaterOneAgree() throws Exception {
        Process a = train("a");
        Process b = train("b");
        String weights = weights("a", a);
        assertThat(weights("b", b)).isEqualTo(weights);
        var entries = entries();
        assertThat(entries).isNotEmpty();
        assertThat(entries.keySet()).allMatch(name -> name.matches("[0-9a-f]{64}"));
        assertThat(weights("c", train("c"))).isEqualTo(weights);
        assertThat(entries()).isEqualTo(entries); // the later one found all and wrote none
    }

    @Test
    void withoutTheCacheNothingIsKept() throws Exception {
        weights("a", train("a", "--no-cache"));
        assertThat(entries()).isEmpty();
    }
}
