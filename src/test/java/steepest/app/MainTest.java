package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import steepest.SteepestException;
import steepest.attack.Attacks;
import steepest.robust.Recipe;

class MainTest {
    @Test
    void helpListsTheCommandsAndEachHasHelpWithAnExample() {
        var help = Run.of("--help");
        assertThat(help.status()).isZero();
        assertThat(help.err()).isEmpty();
        var commands = new CommandLine(new Main()).getSubcommands().keySet();
        assertThat(commands).isNotEmpty();
        for (String command : commands) {
            assertThat(help.out()).contains("\n  " + command + " ");
            var own = Run.of(command, "--help");
            assertThat(own.status()).as(command).isZero();
            assertThat(own.out()).as(command).contains("./steepest " + command);
        }
    }

    /** Paragraphs are whole, so that they can be wrapped, and no name is broken in two where a line ends. */
    @Test
    void helpIsWrappedBetweenWords() {
        wrapped(new CommandLine(new Main()), "");
    }

    private static void wrapped(CommandLine command, String name) {
        var texts = new ArrayList<String>();
        var spec = command.getCommandSpec();
        texts.addAll(List.of(spec.usageMessage().description()));
        for (var option : spec.options()) texts.addAll(List.of(option.description()));
        for (var parameter : spec.positionalParameters()) texts.addAll(List.of(parameter.description()));
        assertThat(texts).as(name).allMatch(text -> text.endsWith(".") || text.endsWith(")"), "a whole paragraph");
        texts.addAll(List.of(spec.usageMessage().footer()));
        String help = Run.of((name + " --help").strip().split(" ")).out();
        assertThat(help.lines()).as(name).allMatch(line -> line.length() <= 100);
        var words = Set.copyOf(List.of(help.split("\\s+")));
        for (String text : texts)
            for (String word : text.strip().split("\\s+"))
                if (!word.isEmpty() && !word.contains("%") && !word.contains("$"))
                    assertThat(words).as(name).contains(word);
        command.getSubcommands().forEach((sub, line) -> wrapped(line, (name + " " + sub).strip()));
    }

    /** Whoever chooses sees what there is to choose from, and what each takes. */
    @Test
    void helpTellsAttacksAndTrainingsWithWhatTheyTake() {
        List<String> attack = Run.of("attack", "--help").out().lines().toList();
        for (Attacks.Description a : Attacks.list())
            assertThat(attack)
                    .anyMatch(line -> line.startsWith("  " + a.name() + " ")
                            && line.contains(a.text().substring(0, 15)));
        assertThat(String.join("\n", attack))
                .contains("linf, l2; steps=100 restarts=1\n") // APGD's
                .contains("l0; steps=100\n"); // JSMA's
        List<String> train = Run.of("train", "--help").out().lines().toList();
        for (String name : Recipe.names()) assertThat(train).anyMatch(line -> line.startsWith("  " + name + " "));
        assertThat(String.join("\n", train))
                .contains("--eps --kappa")
                .contains("soft labels (Szegedy et al., 2016). --smoothing");
    }

    @Test
    void versionNamesTheProgramAndTheJvm() {
        var version = Run.of("--version");
        assertThat(version.status()).isZero();
        assertThat(version.out())
                .startsWith("steepest ")
                .contains("Java " + Runtime.version().feature());
    }

    @Test
    void noCommandIsAUsageError() {
        var run = Run.of();
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("steepest: a command is expected (see steepest --help)\n");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void anUnknownCommandIsOneLineWithTheClosestName() {
        var run = Run.of("dta");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("steepest: unknown command 'dta'; did you mean 'data'? (see steepest --help)\n");
        assertThat(Run.of("zzzzzzzz").err()).isEqualTo("steepest: unknown command 'zzzzzzzz' (see steepest --help)\n");
    }

    @Test
    void anUnknownOptionIsOneLineWithTheClosestName() {
        var run = Run.of("--verzion");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("steepest: unknown option '--verzion'; did you mean '--version'? (see steepest --help)\n");
        assertThat(Run.of("data", "list", "--jsn=1").err())
                .isEqualTo(
                        "steepest: unknown option '--jsn'; did you mean '--json'? (see steepest data list --help)\n");
    }

    @Test
    void debugShowsTheStackTraceOfAUsageError() {
        var run = Run.of("nosuch", "--debug");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("steepest: unknown command 'nosuch'").contains("\tat picocli.");
    }

    @Test
    void failuresAreOneLineAndStatusOne() {
        assertThat(failure(SteepestException.of("no such dataset"))).isEqualTo("steepest: no such dataset\n");
        assertThat(failure(new OutOfMemoryError("Java heap space")))
                .startsWith("steepest: out of memory (Java heap space): the JVM may use ")
                .contains("STEEPEST_JAVA_OPTS=-Xmx8g")
                .hasLineCount(1);
        assertThat(failure(new IOException("write error: No space left on device")))
                .startsWith("steepest: the disk is full: ");
        assertThat(failure(new UncheckedIOException(new FileSystemException("a", null, "Disk quota exceeded"))))
                .startsWith("steepest: the disk quota is used up: ");
        assertThat(failure(new NoSuchFileException("x/y")))
                .isEqualTo("steepest: cannot use x/y: no such file or directory\n");
        assertThat(failure(new AccessDeniedException("x"))).isEqualTo("steepest: cannot use x: permission denied\n");
        assertThat(failure(new IllegalStateException("boom")))
                .startsWith("steepest: internal error: java.lang.IllegalStateException: boom at steepest.app.MainTest.")
                .hasLineCount(1);
    }

    @Test
    void debugShowsTheStackTraceOfAFailure() {
        var err = new StringWriter();
        new Errors(new PrintWriter(err), "train", "--debug").failure(SteepestException.of("no"));
        assertThat(err.toString()).startsWith("steepest: no\n").contains("\tat steepest.app.MainTest.");
    }

    @Test
    void theClosestNamesAreNear() {
        var names = List.of("mnist", "fashion-mnist", "digits");
        assertThat(Closest.to("mnsit", names)).containsExactly("mnist");
        assertThat(Closest.to("fashion", names)).containsExactly("fashion-mnist");
        assertThat(Closest.to("DIGITS", names)).containsExactly("digits");
        assertThat(Closest.to("imagenet", names)).isEmpty();
        assertThat(Closest.distance("mnsit", "mnist")).isEqualTo(1);
        assertThat(Closest.distance("", "abc")).isEqualTo(3);
        assertThat(Closest.distance("kitten", "sitting")).isEqualTo(3);
    }

    private static String failure(Throwable t) {
        var err = new StringWriter();
        assertThat(new Errors(new PrintWriter(err)).failure(t)).isEqualTo(1);
        return err.toString();
    }
}
