package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
    @TempDir
    Path cache;

    private Run data(String action, String... more) {
        var args = new String[more.length + 4];
        args[0] = "data";
        args[1] = action;
        args[2] = "--data-dir";
        args[3] = cache.toString();
        System.arraycopy(more, 0, args, 4, more.length);
        return Run.of(args);
    }

    private static JsonNode json(Run run) throws IOException {
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    @Test
    void listsWhatThereIs() throws IOException {
        var run = data("list", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("mnist", "fashion-mnist", "digits", "absent", "in " + cache);
        var json = json(run);
        assertThat(json.get("command").asText()).isEqualTo("data list");
        assertThat(json.get("datasets").findValuesAsText("name")).contains("mnist", "fashion-mnist", "digits");
        assertThat(json.get("datasets").findValuesAsText("state")).containsOnly("absent");
    }

    @Test
    void withoutACommandItLists() {
        var run = Run.of("data", "--data-dir", cache.toString());
        assertThat(run.status()).isZero();
        assertThat(run.out()).isEqualTo(data("list").out());
    }

    @Test
    void aCorruptFileIsNamedWithWhatWasExpected() throws IOException {
        Path file = Files.createDirectories(cache.resolve("mnist")).resolve("train-images-idx3-ubyte");
        Files.writeString(file, "no images");
        assertThat(data("list").out()).contains("corrupt", file + ": expected 47040016 bytes, found 9");
        var verify = data("verify", "--json");
        assertThat(verify.status()).isEqualTo(1);
        assertThat(verify.err()).isEqualTo("steepest: " + file + ": expected 47040016 bytes, found 9\n");
        assertThat(json(verify).get("datasets").findValuesAsText("state")).containsExactly("corrupt");

        var delete = data("delete", "mnist");
        assertThat(delete.status()).isZero();
        assertThat(delete.out()).isEqualTo("mnist: 9 B freed\n");
        assertThat(file).doesNotExist();
        assertThat(data("delete", "mnist").out()).isEqualTo("mnist: was not there\n");
    }

    @Test
    void verifyingWhatIsNotThereFailsOnlyIfItIsNamed() {
        assertThat(data("verify").status()).isZero();
        assertThat(data("verify").out()).isEqualTo("no dataset is in " + cache + "\n");
        var named = data("verify", "digits");
        assertThat(named.status()).isEqualTo(1);
        assertThat(named.err()).isEqualTo("steepest: digits is not in " + cache.resolve("digits") + "\n");
    }

    @Test
    void fetchesFromTheSystemAndLeavesAloneWhatIsThere() {
        assumeTrue(
                Files.isDirectory(Path.of("/usr/share/datasets/fashion-mnist")),
                "dataset-fashion-mnist is not installed");
        var run = data("fetch", "fashion-mnist", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("fashion-mnist: ").contains("\"state\":\"cached\"");
        var again = data("fetch", "fashion-mnist");
        assertThat(again).isEqualTo(new Run(0, "", ""));
        assertThat(data("verify").out()).endsWith(", as it should be\n");
    }

    @Test
    void mistakesAreUsageErrors() {
        var unknown = data("fetch", "mnits");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err())
                .startsWith("steepest: unknown dataset 'mnits', expected one of mnist, ")
                .contains("did you mean 'mnist'?")
                .hasLineCount(1);
        var none = data("delete");
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).startsWith("steepest: names of datasets are expected, out of mnist, ");
        var both = data("fetch", "mnist", "--all");
        assertThat(both.status()).isEqualTo(2);
        assertThat(both.err()).startsWith("steepest: --all and names exclude each other");
        var unknownAction = Run.of("data", "fetc");
        assertThat(unknownAction.status()).isEqualTo(2);
        assertThat(unknownAction.err())
                .isEqualTo("steepest: unknown command 'fetc'; did you mean 'fetch'? (see steepest data --help)\n");
    }
}
