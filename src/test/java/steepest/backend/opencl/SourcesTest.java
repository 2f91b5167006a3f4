package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;

@Tag("opencl")
class SourcesTest {
    /** The files that contain a kernel; the others are texts for these to include. */
    private static final List<String> FAMILIES = families();

    /** Each file under kernels/ is a program by itself, with the defaults of its tunables. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyFamilyCompilesByItself(boolean chunked) {
        Cl cl = cl();
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        Cl.Context context = cl.createContext(device);
        for (String family : FAMILIES) {
            String source = "#define CHUNKED " + (chunked ? 1 : 0) + "\n" + Sources.text("common.cl")
                    + Sources.text(family + ".cl");
            Cl.ClProgram program = cl.createProgram(context, source);
            cl.build(program, device, "-cl-std=CL1.2");
            cl.release(program);
        }
        cl.release(context);
    }

    /** Specialisations of one family, and families that use the same names, do not disturb each other. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void manyUnitsFitIntoOneProgram(boolean chunked) {
        Stream<Unit> plain = FAMILIES.stream().map(f -> Unit.of(f, Map.of()));
        Stream<Unit> more = Stream.of(
                Unit.of("move", Map.of("T", "uchar", "COPY_ONLY", "1")),
                Unit.of("move", Map.of("T", "int")),
                Unit.of("gather", Map.of("T", "int")));
        String source = Sources.program(Stream.concat(plain, more).toList(), chunked);
        Cl cl = cl();
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        Cl.Context context = cl.createContext(device);
        Cl.ClProgram program = cl.createProgram(context, source);
        cl.build(program, device, "-cl-std=CL1.2");
        for (String type : List.of("uchar", "int")) {
            Map<String, String> defines = type.equals("int") ? Map.of("T", type) : Map.of("T", type, "COPY_ONLY", "1");
            cl.release(
                    cl.createKernel(program, "unfold" + Unit.of("move", defines).suffix()));
        }
        cl.release(program);
        cl.release(context);
    }

    /** Of what a kernel is told, some comment of its file says what it is; tensors have an offset beside them. */
    @ParameterizedTest
    @MethodSource("files")
    void everyParameterIsExplained(String file) {
        String text = Sources.resource("kernels/" + file);
        String comments = text.lines()
                .filter(line -> line.contains("//"))
                .map(line -> line.substring(line.indexOf("//")))
                .collect(Collectors.joining(" "));
        List<String> unexplained = new ArrayList<>();
        Matcher kernels = Pattern.compile("(?ms)^kernel\\b.*?\\bvoid\\s+(\\w+)\\((.*?)\\) \\{")
                .matcher(text);
        while (kernels.find())
            for (String parameter : kernels.group(2).replaceAll("(?m)^#.*$", "").split(",")) {
                String name = parameter.replaceAll("(?s).*\\W", "");
                boolean plain = parameter.strip().contains(" ") && !name.endsWith("_offset");
                if (plain
                        && !Pattern.compile("\\b" + name + "\\b")
                                .matcher(comments)
                                .find()) unexplained.add(kernels.group(1) + ": " + name);
            }
        assertThat(text).startsWith("// " + file + ": ");
        assertThat(text.lines()).allMatch(line -> line.length() <= 120);
        assertThat(unexplained).isEmpty();
    }

    static List<String> files() {
        try (Stream<Path> files = Files.list(Path.of("kernels"))) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.endsWith(".cl"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> families() {
        return files().stream()
                .filter(file -> Sources.resource("kernels/" + file).contains("\nkernel "))
                .map(file -> file.replace(".cl", ""))
                .toList();
    }

    @Test
    void theNameOfAUnitIsThatOfItsContent() {
        assertThat(Unit.of("reduce", Map.of("T", "float", "IDENTITY", "0")).suffix())
                .isEqualTo(
                        Unit.of("reduce", Map.of("IDENTITY", "0", "T", "float")).suffix())
                .isNotEqualTo(
                        Unit.of("reduce", Map.of("IDENTITY", "1", "T", "float")).suffix());
    }

    private static Cl cl() {
        OpenCl.first(OpenCl.backend("lwjgl"));
        return Bindings.load("lwjgl").cl();
    }
}
