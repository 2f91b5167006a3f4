package steepest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class NpzTest {
    /** Written by NumPy 2.4.6: {@code savez_compressed(x=a, y=a > 3)}, a = {@code arange(24, dtype='<f4').reshape(2,3,4)}. */
    private static final String NUMPY =
            "UEsDBC0AAAAIAAAAIQAUyX0Z//////////8FABQAeC5ucHkBABAA4AAAAAAAAACHAAAAAAAAAJvsF+obEMnI"
                    + "UMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsY6CiaaOgq1CuQBLgYwaLAHEg5ABMQN"
                    + "QLwAiA8A8QMgZnBkYBAAYgUgNgBiByAOAOIEIC4A4gYg7gDiCUA8A4gXAPEKIN4AxDscAVBLAwQtAAAACAAAACEAetx7Rv//////"
                    + "////BQAUAHkubnB5AQAQAJgAAAAAAAAATgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3"
                    + "S8wpTgWKF2ckFqQC+RpGOgrGOgommjoKtQrkAS4GIGDEAgBQSwECLQMtAAAACAAAACEAFMl9GYcAAADgAAAABQAAAAAAAAAAAAAA"
                    + "gAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEAetx7Rk4AAACYAAAABQAAAAAAAAAAAAAAgAG+AAAAeS5ucHlQSwUGAAAAAAIAAgBm"
                    + "AAAAQwEAAAAA";

    @TempDir
    Path dir;

    private static final HostArray A = HostArray.of(new float[] {1, 2, 3}, Shape.of(3));
    private static final HostArray B = HostArray.of(new int[20_000], Shape.of(200, 100));

    @Test
    void storedAndCompressedComeBack() throws IOException {
        Path stored = dir.resolve("s.npz");
        Path compressed = dir.resolve("c.npz");
        Map<String, HostArray> arrays = Map.of("layer/a", A, "b", B);
        Npz.write(stored, arrays);
        Npz.writeCompressed(compressed, arrays);
        assertThat(Npz.read(stored)).isEqualTo(arrays);
        assertThat(Npz.read(compressed)).isEqualTo(arrays);
        assertThat(Npz.read(stored).keySet()).containsExactly("b", "layer/a");
        assertThat(Files.size(compressed)).isLessThan(2_000);
        assertThat(Files.size(stored)).isGreaterThan(80_000);
    }

    @Test
    void equalContentsGiveEqualFiles() throws IOException {
        Map<String, HostArray> oneOrder = new LinkedHashMap<>();
        oneOrder.put("a", A);
        oneOrder.put("b", B);
        Map<String, HostArray> other = new LinkedHashMap<>();
        other.put("b", B);
        other.put("a", A);
        Npz.write(dir.resolve("1"), oneOrder);
        Npz.write(dir.resolve("2"), other);
        assertThat(dir.resolve("1")).hasSameBinaryContentAs(dir.resolve("2"));
        // No extra field, where Java would keep a date that depends on the time zone.
        assertThat(Files.readAllBytes(dir.resolve("1"))[28]).isZero();
    }

    @Test
    void readsWhatNumPyWrote() throws IOException {
        Path file = dir.resolve("a.npz");
        Files.write(file, Base64.getDecoder().decode(NUMPY));
        float[] x = new float[24];
        byte[] y = new byte[24];
        for (int i = 0; i < 24; i++) {
            x[i] = i;
            y[i] = (byte) (i > 3 ? 1 : 0);
        }
        assertThat(Npz.read(file))
                .isEqualTo(Map.of(
                        "x", HostArray.of(x, Shape.of(2, 3, 4)),
                        "y", HostArray.of(DType.BOOL, y, Shape.of(2, 3, 4))));
    }

    @Test
    void refusesWhatIsNoArchive() throws IOException {
        Path file = dir.resolve("bad.npz");
        Files.write(file, "hello".getBytes(StandardCharsets.US_ASCII));
        assertRefused(file, "expected a whole zip archive");
        byte[] whole = Base64.getDecoder().decode(NUMPY);
        Files.write(file, Arrays.copyOf(whole, whole.length - 30));
        assertRefused(file, "expected a whole zip archive");
        assertThatThrownBy(() -> Npz.read(dir.resolve("none")))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot read " + dir.resolve("none") + ": no such file or directory");
    }

    @Test
    void refusesAChangedByte() throws IOException {
        Path file = dir.resolve("bad.npz");
        Npz.write(file, Map.of("a", A));
        byte[] bytes = Files.readAllBytes(file);
        int data = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(" \n") + 2;
        bytes[data] ^= 1;
        Files.write(file, bytes);
        assertRefused(file, "a.npy: expected CRC-32");
        Path deflated = dir.resolve("deflated.npz");
        Npz.writeCompressed(deflated, Map.of("b", B));
        bytes = Files.readAllBytes(deflated);
        // Block type 3 is reserved: no deflate stream begins so.
        bytes[30 + "b.npy".length()] = 7;
        Files.write(deflated, bytes);
        assertRefused(deflated, "b.npy: expected 80128 bytes of sound data, found");
    }

    @Test
    void refusesASizeThatTheFileDoesNotJustify() throws IOException {
        Path file = dir.resolve("bad.npz");
        Npz.writeCompressed(file, Map.of("a", A));
        byte[] bytes = Files.readAllBytes(file);
        // The uncompressed size in the central directory: 2^30 and a little.
        int central = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        bytes[central + 24 + 3] = 0x40;
        Files.write(file, bytes);
        assertRefused(file, "a.npy: expected sizes that a file of " + bytes.length + " bytes can have");
    }

    @Test
    void refusesEntriesThatAreNoArrays() throws IOException {
        Path file = dir.resolve("bad.npz");
        zip(file, "readme.txt", new byte[0]);
        assertRefused(file, "readme.txt: expected entries that end in .npy only");
        zip(file, "a.npy", "not an array".getBytes(StandardCharsets.US_ASCII));
        assertRefused(file, "a.npy: expected an npy file");
    }

    @Test
    void refusesTwoEntriesOfOneName() throws IOException {
        Path file = dir.resolve("bad.npz");
        Npz.write(file, Map.of("a", A, "b", A));
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Files.write(file, text.replace("b.npy", "a.npy").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(file, "a.npy: expected one entry of that name, found two");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Npz.read(file))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    private static void zip(Path file, String name, byte[] bytes) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(bytes);
        }
    }
}
