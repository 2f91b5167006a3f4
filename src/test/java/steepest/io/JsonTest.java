package steepest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.SteepestException;

class JsonTest {
    @TempDir
    Path dir;

    @Test
    void keepsTheOrderOfKeysOnOneLine() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("command", "train");
        m.put("accuracy", 0.988);
        m.put("nested", new int[] {1, 2});
        m.put("text", "a\nb");
        m.put("loss", Double.NaN);
        assertThat(Json.line(m))
                .isEqualTo(
                        "{\"command\":\"train\",\"accuracy\":0.988,\"nested\":[1,2],\"text\":\"a\\nb\",\"loss\":\"NaN\"}");
    }

    @Test
    void readsBackWhatItWroteForPeople() throws IOException {
        Path file = dir.resolve("config.json");
        Files.writeString(file, Json.pretty(Map.of("epochs", 3)));
        assertThat(file).content().endsWith("}\n").contains("\n  \"epochs\"");
        assertThat(Json.read(file).get("epochs").intValue()).isEqualTo(3);
    }

    @Test
    void refusesWhatIsNotOneObject() throws IOException {
        Path file = dir.resolve("bad.json");
        for (String text : new String[] {"{\"a\":1,\"a\":2}", "{\"a\":}", "{} {}", "[1]", "", "{\"a\":NaN}"}) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> Json.read(file))
                    .as(text)
                    .isInstanceOf(SteepestException.class)
                    .hasMessageStartingWith(file + ": expected ")
                    .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
        }
        assertThatThrownBy(() -> Json.read(dir.resolve("none")))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("no such file or directory");
    }
}
