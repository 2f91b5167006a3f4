package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
    @TempDir
    Path dir;

    private Path write(String name, String text) throws IOException {
        Path p = dir.resolve(name);
        Files.createDirectories(p.getParent());
        return Files.writeString(p, text);
    }

    @Test
    void examinesTheMachineAndProvesItsDevices() throws IOException {
        var run = Run.of("doctor", "--json");
        assertThat(run.status()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("java ", "memory ", "cache ", "self-test     cpu: ");
        var lines = run.out().lines().toList();
        var json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        assertThat(json.get("problems").asInt()).isZero();
        assertThat(json.get("checks").findValuesAsText("subject")).contains("java", "memory", "device", "cache");
        if (run.out().contains("device        opencl:"))
            assertThat(run.out())
                    .containsPattern("limits +opencl:\\S+: work-group \\d+, local memory \\d+ bytes, buffer ");
    }

    @Test
    void aGraphicsProcessorWithoutADriverIsAProblemWithTheCommandThatMendsIt() throws IOException {
        write("sys/class/drm/card0/device/vendor", "0x1002\n");
        write("etc/OpenCL/vendors/pocl.icd", "libpocl.so\n");
        var machine = new Machine(dir, null, p -> true);
        assertThat(machine.graphics()).singleElement().satisfies(c -> {
            assertThat(c.state()).isEqualTo(Check.State.PROBLEM);
            assertThat(c.found())
                    .isEqualTo("AMD graphics processor card0 has no OpenCL driver: registered are [pocl.icd]");
            assertThat(c.mend()).isEqualTo("sudo apt-get install rocm-opencl-icd");
        });
        write("etc/OpenCL/vendors/amdocl64.icd", "libamdocl64.so\n");
        assertThat(machine.graphics()).extracting(Check::state).containsExactly(Check.State.OK);
    }

    @Test
    void theLoaderMayHaveBeenToldOfOtherDrivers() throws IOException {
        write("dev/nvidia0", "");
        String own =
                write("own/nvidia.icd", "libnvidia-opencl.so.1\n").getParent().toString();
        String driver = write("lib/libnvidia-opencl.so.1", "").toString();
        for (String told : new String[] {own, driver, ""}) {
            var check = new Machine(dir, told, p -> true).graphics().get(0);
            assertThat(check.state()).as(told).isEqualTo(told.isEmpty() ? Check.State.PROBLEM : Check.State.OK);
        }
    }

    @Test
    void aPathToDriversThatIsNoneIsNamed() throws IOException {
        String nowhere = dir.resolve("nowhere").toString();
        assertThat(new Machine(dir, nowhere, p -> true).graphics())
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.state()).isEqualTo(Check.State.WARNING);
                    assertThat(c.found()).isEqualTo("OCL_ICD_VENDORS=" + nowhere + " does not exist");
                    assertThat(c.mend()).isEqualTo("unset OCL_ICD_VENDORS");
                });
        for (String fine : new String[] {null, "", dir.toString(), "libpocl.so.2"})
            assertThat(new Machine(dir, fine, p -> true).graphics()).as(fine).isEmpty();
    }

    @Test
    void aDeviceFileOfAnotherGroupIsAProblem() throws IOException {
        Path file = write("dev/dri/renderD128", "");
        write("dev/nvidia0", "");
        write("dev/nvidiactl", "");
        var checks = new Machine(dir, null, p -> !p.equals(file)).graphics();
        assertThat(checks).extracting(Check::subject).containsExactly("driver", "permissions", "permissions");
        assertThat(checks.get(0).mend()).contains("nvidia-opencl-icd");
        assertThat(checks.get(1).mend()).startsWith("sudo usermod -aG ");
        assertThat(checks.get(2).state()).isEqualTo(Check.State.OK);
    }

    @Test
    void amountsOfMemoryAndTheCache() throws IOException {
        assertThat(DoctorCommand.heap(1 << 28).mend()).contains("-Xmx");
        assertThat(DoctorCommand.heap(1L << 32).state()).isEqualTo(Check.State.OK);
        assertThat(DoctorCommand.cache(dir.resolve("a/b")).found()).contains("0 compiled programs");
        assertThat(DoctorCommand.cache(write("file", "").resolve("opencl")).mend())
                .contains("-Dsteepest.cache=");
        assertThat(DoctorCommand.mend("no OpenCL loader was found")).contains("ocl-icd-opencl-dev");
        assertThat(DoctorCommand.mend("a loader, but no driver")).contains("pocl-opencl-icd");
    }

    @Test
    void filesThatVanishWhileTheyAreCountedAreNotCounted() throws IOException {
        Path there = write("there", "1234");
        assertThat(DoctorCommand.size(List.of(dir.resolve("vanished"), there))).containsExactly(1, 4);
    }

    @Test
    void theCacheIsClearedWhereThePropertySays() throws IOException {
        write("opencl/" + "a".repeat(64), "program");
        write("opencl/." + "a".repeat(64) + ".123.0.tmp", "half a program");
        write("other/kept", "kept");
        String before = System.setProperty("steepest.cache", dir.toString());
        try {
            var run = Run.of("doctor", "--clear-cache");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).startsWith("deleted 1 compiled program (0 KiB) in " + dir.resolve("opencl"));
            assertThat(dir.resolve("opencl")).isEmptyDirectory();
            assertThat(dir.resolve("other/kept")).exists();
            assertThat(Run.of("doctor", "--clear-cache").out()).startsWith("deleted 0 ");
        } finally {
            if (before == null) System.clearProperty("steepest.cache");
            else System.setProperty("steepest.cache", before);
        }
    }
}
