package steepest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README is part of the product: its program compiles, runs and learns; its links lead somewhere. */
class ReadmeTest {
    private static String readme() throws Exception {
        return Files.readString(Path.of("README.md"));
    }

    @Test
    @Tag("slow")
    void theQuickstartLearnsDigits(@TempDir Path dir) throws Exception {
        Matcher code = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme());
        assertThat(code.find()).as("a java block in README.md").isTrue();
        String source = code.group(1);
        int body = source.lastIndexOf("import ");
        body = source.indexOf('\n', body) + 1;
        String program = source.substring(0, body)
                + "public class Quickstart { public static void main(String[] args) {\n"
                + source.substring(body)
                + "}}\n";
        Path file = Files.writeString(dir.resolve("Quickstart.java"), program);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        errors,
                        List.of("-d", dir.toString(), "-cp", System.getProperty("java.class.path"), file.toString())
                                .toArray(String[]::new));
        assertThat(status).as(errors.toString(StandardCharsets.UTF_8)).isZero();

        PrintStream console = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {dir.toUri().toURL()}, getClass().getClassLoader())) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            loader.loadClass("Quickstart").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(console);
        }
        double accuracy =
                Double.parseDouble(out.toString(StandardCharsets.UTF_8).strip());
        assertThat(accuracy).isBetween(0.95, 1.0);
    }

    @Test
    void everyFileThatItNamesIsThere() throws Exception {
        Matcher link = Pattern.compile("\\]\\(([^)#]+)\\)").matcher(readme());
        int links = 0;
        while (link.find()) {
            if (link.group(1).startsWith("http")) continue;
            assertThat(Path.of(link.group(1))).exists();
            links++;
        }
        assertThat(links).isPositive();
    }
}
