package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class IdxTest {
    private static final HostArray IMAGES =
            HostArray.of(DType.U8, new byte[] {0, 1, 2, 3, 4, (byte) 255, 6, 7, 8, 9, 10, 11}, Shape.of(2, 2, 3));
    private static final HostArray LABELS = HostArray.of(DType.U8, new byte[] {7, 0}, Shape.of(2));

    @TempDir
    Path dir;

    @Test
    void plainAndGzippedComeBack() throws IOException {
        for (String suffix : new String[] {"", ".gz"}) {
            Path images = dir.resolve("images" + suffix);
            Path labels = dir.resolve("labels" + suffix);
            Idx.write(images, IMAGES);
            Idx.write(labels, LABELS);
            assertThat(Idx.readImages(images)).isEqualTo(IMAGES);
            assertThat(Idx.readLabels(labels)).isEqualTo(LABELS);
        }
        assertThat(Files.readAllBytes(dir.resolve("labels"))).containsExactly(0, 0, 8, 1, 0, 0, 0, 2, 7, 0);
        assertThat(Files.readAllBytes(dir.resolve("images")))
                .startsWith(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1)
                .hasSize(16 + 12);
        assertThat(Files.readAllBytes(dir.resolve("images.gz"))).startsWith(0x1f, 0x8b);
    }

    @Test
    void gzipIsToldByItsBytesNotByTheName() throws IOException {
        Path file = dir.resolve("labels.gz");
        Files.write(file, raw(0x0801, new int[] {2}, 2));
        assertThat(Idx.readLabels(file).shape()).isEqualTo(Shape.of(2));
    }

    @Test
    void refusesAMislabelledFile() {
        Path file = dir.resolve("train-images");
        Idx.write(file, LABELS);
        assertThatThrownBy(() -> Idx.readImages(file))
                .isInstanceOf(SteepestException.class)
                .hasMessage(file + ": expected IDX images (magic 0x00000803), found IDX labels (magic 0x00000801)");
        Idx.write(file, IMAGES);
        assertThatThrownBy(() -> Idx.readLabels(file))
                .hasMessage(file + ": expected IDX labels (magic 0x00000801), found IDX images (magic 0x00000803)");
    }

    @Test
    void refusesWhatIsNotIdx() throws IOException {
        Path file = dir.resolve("labels");
        Files.writeString(file, "<html>");
        assertRefused(file, "expected IDX labels (magic 0x00000801), found magic 0x3c68746d");
        Files.write(file, new byte[] {0, 0, 8});
        assertRefused(file, "expected an IDX header, found the end of the file");
        Files.write(file, new byte[0]);
        assertRefused(file, "expected an IDX header, found the end of the file");
        Files.write(file, new byte[] {0, 0, 8, 1, 0, 0});
        assertRefused(file, "expected an IDX header, found the end of the file");
    }

    @Test
    void refusesALengthThatIsNotTheDeclaredOne() throws IOException {
        Path file = dir.resolve("labels");
        for (boolean zipped : new boolean[] {false, true}) {
            write(file, raw(0x0801, new int[] {5}, 4), zipped);
            assertRefused(file, "expected 13 bytes for u8[5], found 12");
            write(file, raw(0x0801, new int[] {5}, 8), zipped);
            assertRefused(file, "expected 13 bytes for u8[5], found 16");
            // Two billion labels in ten bytes: found out without the memory for them.
            write(file, raw(0x0801, new int[] {Integer.MAX_VALUE - 8}, 2), zipped);
            assertRefused(file, "expected 2147483647 bytes for u8[2147483639], found 10");
            write(file, raw(0x0801, new int[] {-2}, 2), zipped);
            assertRefused(file, "expected a size below 2^31 for axis 0, found 4294967294");
        }
        Files.write(file, raw(0x0803, new int[] {65536, 65536, 65536}, 1));
        assertThatThrownBy(() -> Idx.readImages(file))
                .hasMessage(file + ": expected at most 2^31 - 9 bytes, found more declared");
    }

    @Test
    void refusesABrokenGzipFile() throws IOException {
        Path file = dir.resolve("labels.gz");
        write(file, raw(0x0801, new int[] {50_000}, 50_000), true);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 10));
        assertRefused(file, "expected a whole gzip file, found one that is cut off or corrupt");
        whole[whole.length - 6] ^= 1;
        Files.write(file, whole);
        assertRefused(file, "expected a whole gzip file, found one that is cut off or corrupt");
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThatThrownBy(() -> Idx.readLabels(dir.resolve("none")))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot read " + dir.resolve("none") + ": no such file or directory");
        assertThatThrownBy(() -> Idx.readLabels(dir))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot read " + dir + ": it is a directory");
    }

    @Test
    void writesBytesOfRankOneAndThreeOnly() {
        assertThatThrownBy(() -> Idx.write(dir.resolve("x"), HostArray.of(new int[] {1}, Shape.of(1))))
                .isInstanceOf(SteepestException.class)
                .hasMessage("idx: expected labels u8[N] or images u8[N,H,W], got i32[1]");
        assertThatThrownBy(() -> Idx.write(dir.resolve("x"), IMAGES.reshape(Shape.of(2, 6))))
                .hasMessageContaining("got u8[2,6]");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Idx.readLabels(file))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    private static byte[] raw(int magic, int[] dims, int bytes) {
        ByteBuffer b = ByteBuffer.allocate(4 + 4 * dims.length + bytes).putInt(magic);
        for (int d : dims) b.putInt(d);
        return b.array();
    }

    private static void write(Path file, byte[] raw, boolean zipped) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (zipped) {
            try (GZIPOutputStream gz = new GZIPOutputStream(out)) {
                gz.write(raw);
            }
        }
        Files.write(file, zipped ? out.toByteArray() : raw);
    }
}
