package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path dir;

    @Test
    void makesDirectoriesAndReplacesTheOldFile() throws IOException {
        Path file = dir.resolve("runs/a/config.json");
        AtomicFile.write(file, "old");
        AtomicFile.write(file, "new");
        assertThat(file).hasContent("new");
        assertThat(names(file.getParent())).containsExactly("config.json");
    }

    @Test
    void aBodyMayCloseItsStream() throws IOException {
        Path file = dir.resolve("a.gz");
        AtomicFile.write(file, out -> {
            try (GZIPOutputStream gz = new GZIPOutputStream(out)) {
                gz.write(7);
            }
        });
        assertThat(Files.size(file)).isPositive();
    }

    @Test
    void aFullDiskLeavesTheOldFileAndNoTemporaryOne() throws IOException {
        Path file = dir.resolve("model");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(new byte[100_000]);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot write " + file + ": no space left on device");
        assertThat(file).hasContent("old");
        assertThat(names(dir)).containsExactly("model");
    }

    @Test
    void anInterruptedThreadCanSave() {
        Path file = dir.resolve("partial");
        Thread.currentThread().interrupt();
        AtomicFile.write(file, "kept");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(file).hasContent("kept");
    }

    @Test
    void aRuntimeExceptionOfTheBodyPassesThrough() throws IOException {
        assertThatThrownBy(() -> AtomicFile.write(dir.resolve("a"), out -> {
                    throw new IllegalStateException("mine");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(names(dir)).isEmpty();
    }

    @Test
    void namesWhatIsInTheWay() {
        Path file = dir.resolve("plain");
        AtomicFile.write(file, "x");
        Path below = file.resolve("model");
        assertThatThrownBy(() -> AtomicFile.write(below, "x"))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot write " + below + ": a file of that name is in the way (" + file + ")");
        assertThatThrownBy(() -> AtomicFile.write(dir, "x"))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot write " + dir + ": it is a directory");
    }

    /** The name of a device or a pipe must not become that of a file. */
    @Test
    void aPipeIsNotWrittenOver() throws Exception {
        Path pipe = dir.resolve("pipe");
        Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assumeTrue(made.waitFor() == 0);
        assertThatThrownBy(() -> AtomicFile.write(pipe, "text"))
                .hasMessage("cannot write " + pipe + ": it is a device, a pipe or a socket");
        assertThat(Files.isRegularFile(pipe)).isFalse();
    }

    @Test
    void writersOfOneFileDoNotDisturbEachOther() throws Exception {
        Path file = dir.resolve("shared");
        var pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String text = Integer.toString(i % 10).repeat(50_000);
                writers.add(() -> {
                    AtomicFile.write(file, text);
                    return null;
                });
            }
            for (Future<Void> f : pool.invokeAll(writers)) f.get();
        } finally {
            pool.shutdown();
        }
        String text = Files.readString(file);
        assertThat(text).hasSize(50_000).isEqualTo(text.substring(0, 1).repeat(50_000));
        assertThat(names(dir)).containsExactly("shared");
    }

    @Test
    void whatAKilledProcessLeftCanBeDeleted() throws IOException {
        for (String name : new String[] {".model.123.0.tmp", ".mine.tmp", "model.1.2.tmp", ".model.1.2.tmp~"})
            Files.createFile(dir.resolve(name));
        AtomicFile.deleteTemporary(dir);
        AtomicFile.deleteTemporary(dir.resolve("none"));
        assertThat(names(dir)).containsExactlyInAnyOrder(".mine.tmp", "model.1.2.tmp", ".model.1.2.tmp~");
    }

    @Test
    void whatMayStillBeWrittenIsKeptWhereATimeIsGiven() throws IOException {
        Instant now = Instant.now();
        Path old = Files.createFile(dir.resolve(".model.123.0.tmp"));
        Files.setLastModifiedTime(old, FileTime.from(now.minusSeconds(100)));
        Files.createFile(dir.resolve(".model.124.0.tmp"));
        AtomicFile.deleteTemporary(dir, now.minusSeconds(50));
        assertThat(names(dir)).containsExactly(".model.124.0.tmp");
    }

    private static List<String> names(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
