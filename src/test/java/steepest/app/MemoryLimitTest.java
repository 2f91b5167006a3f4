package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.DeviceInfo;

/** A device that has too little memory for what a command asks of it. */
class MemoryLimitTest {
    @TempDir
    Path dir;

    static List<String> devices() {
        return Device.list().stream()
                .map(DeviceInfo::id)
                .filter(id -> !id.equals("ref"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void isOneLineThatNamesTheHoldersAndEndsTheCommand(String device) throws Exception {
        String data = Quarters.write(dir, 64, 8);
        var command = Run.command(
                List.of("-Dsteepest.memoryLimit=400k"),
                "train",
                data,
                "--model",
                "mlp",
                "--device",
                device,
                "--run-dir",
                dir.resolve("run").toString());
        Path err = dir.resolve("err");
        var process = new ProcessBuilder(command)
                .redirectOutput(dir.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(lines(err))
                .singleElement()
                .asString()
                .matches("steepest: device " + device
                        + " is out of memory: asked for \\d+\\.\\d MiB for .*, \\d+\\.\\d MiB in"
                        + " use \\(a program's slab 0\\.\\d MiB.*\\); steepest.memoryLimit allows 0.4 MiB");
    }

    private static List<String> lines(Path err) throws IOException {
        return Files.readAllLines(err).stream()
                .filter(l -> l.startsWith("steepest: ") && !l.contains("this JVM runs without"))
                .toList();
    }
}
