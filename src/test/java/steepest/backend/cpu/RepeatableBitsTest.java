package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nothing depends on the compiler's state, on the number of threads or on whether there are vectors. */
@Tag("backend")
class RepeatableBitsTest {
    @Test
    void compiledAsInterpretedOnAnyThreadsWithVectorsAndWithout() throws Exception {
        long bits = Bits.of(Harness.VECTOR_2, Simd.best());
        for (int i = 0; i < 60; i++)
            assertThat(Bits.of(Harness.VECTOR_2, Simd.best())).isEqualTo(bits);
        assertThat(Bits.of(Harness.VECTOR_1, Simd.best())).isEqualTo(bits);
        assertThat(Bits.of(Harness.PLAIN_2, new ScalarLanes())).isEqualTo(bits);
        String expected = Long.toHexString(bits);
        assertThat(inAnotherJvm("-Xint", "-Dsteepest.vector=off")).isEqualTo(expected);
        assertThat(inAnotherJvm()).isEqualTo(expected); // no vector module: plain loops
        if (!Simd.hasVectorModule()) return;
        assertThat(inAnotherJvm("-Xint", "--add-modules", "jdk.incubator.vector"))
                .isEqualTo(expected);
        // shorter vectors, where the processor can be told to have no longer ones
        for (int avx : new int[] {0, 2})
            assertThat(inAnotherJvm(
                            "-XX:+IgnoreUnrecognizedVMOptions",
                            "-XX:UseAVX=" + avx,
                            "--add-modules",
                            "jdk.incubator.vector"))
                    .as("UseAVX=%d", avx)
                    .isEqualTo(expected);
    }

    private static String inAnotherJvm(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Bits.class.getName()));
        Process p = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(p.waitFor()).as("%s printed: %s", command, out).isZero();
        return out;
    }
}
