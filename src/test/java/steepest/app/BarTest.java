package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BarTest {
    private final StringWriter err = new StringWriter();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    private Bar bar(boolean terminal) {
        return new Bar(new PrintWriter(err), "mnist", 200, " files", 1, terminal, now::get);
    }

    @Test
    void nothingIsShownOfAShortJob() {
        try (var bar = bar(true)) {
            bar.to(200);
        }
        try (var bar = bar(false)) {
            bar.by(200);
        }
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void elsewhereThanOnATerminalComePlainLines() {
        try (var bar = bar(false)) {
            bar.to(150);
            bar.say("loss 0.25");
            now.set(Instant.EPOCH.plusSeconds(3));
        }
        assertThat(err.toString()).startsWith("mnist").endsWith("\n").doesNotContain("\r");
        var lines = err.toString().lines().toList();
        // The bar is drawn by a thread of its own, which may have drawn it once before.
        assertThat(lines).hasSizeBetween(1, 2);
        assertThat(lines.get(lines.size() - 1)).contains("75%", "150/200 files", "loss 0.25");
    }

    @Test
    void onATerminalOneLineIsDrawnOver() {
        try (var bar = bar(true)) {
            now.set(Instant.EPOCH.plusSeconds(3));
            bar.to(100);
        }
        assertThat(err.toString()).startsWith("\rmnist").contains("50%").endsWith("\n");
        assertThat(err.toString().chars().filter(c -> c == '\n').count()).isEqualTo(1);
    }

    @Test
    void whatIsPrintedMeanwhileDoesNotMixWithTheBar() {
        var writer = new PrintWriter(err);
        try (var bar = new Bar(writer, "mnist", 200, " files", 1, true, now::get)) {
            bar.above(() -> writer.println("first"));
            assertThat(err.toString()).isEqualTo("first\n");
            now.set(Instant.EPOCH.plusSeconds(3));
            bar.to(100);
        }
        assertThat(err.toString()).startsWith("first\n\rmnist");
    }
}
