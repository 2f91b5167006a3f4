package steepest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class SafetensorsTest {
    @TempDir
    Path dir;

    @Test
    void everyTypeAndOddShapeComesBackBitForBit() {
        Map<String, HostArray> tensors = new LinkedHashMap<>();
        tensors.put("z", HostArray.of(new float[] {1, Float.NaN, -0f, Float.NEGATIVE_INFINITY}, Shape.of(2, 1, 2)));
        tensors.put("10.bias", HostArray.of(new double[] {Math.PI}, Shape.SCALAR));
        tensors.put("2.é", HostArray.of(new int[] {Integer.MIN_VALUE, -1, 7}, Shape.of(3)));
        tensors.put("u", HostArray.of(DType.U8, new byte[] {0, (byte) 200, 3}, Shape.of(3, 1)));
        tensors.put("b", HostArray.of(DType.BOOL, new byte[] {1, 0}, Shape.of(2)));
        tensors.put("empty", HostArray.of(new float[0], Shape.of(0, 5)));
        tensors.put("large", HostArray.of(ramp(100_003), Shape.of(100_003)));
        Map<String, String> metadata = Map.of("model", "lenet", "domain", "[0,1]", "quote", "\"\n");
        Path file = dir.resolve("m.safetensors");
        Safetensors.write(file, tensors, metadata);

        Safetensors.Contents contents = Safetensors.read(file);
        assertThat(contents.tensors()).isEqualTo(tensors);
        assertThat(contents.tensors().keySet()).containsExactly("10.bias", "2.é", "b", "empty", "large", "u", "z");
        assertThat(contents.metadata()).isEqualTo(metadata);
    }

    @Test
    void bytesAreAsTheFormatSays() throws IOException {
        Path file = dir.resolve("m.safetensors");
        Map<String, HostArray> tensors = new LinkedHashMap<>();
        tensors.put("b", HostArray.of(new int[] {1}, Shape.of(1)));
        tensors.put("a", HostArray.of(new float[] {1, -2}, Shape.of(1, 2)));
        Safetensors.write(file, tensors, Map.of("k", "v"));
        String header = "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
        header += " ".repeat(-header.length() & 7);
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 1, 0, 0, 0};
        assertThat(Files.readAllBytes(file)).isEqualTo(file(header, data));
    }

    @Test
    void equalContentsGiveEqualFiles() throws IOException {
        HostArray a = HostArray.of(new float[] {1}, Shape.of(1));
        HostArray b = HostArray.of(new float[] {2}, Shape.of(1));
        Map<String, HostArray> oneOrder = new LinkedHashMap<>(Map.of("a", a));
        oneOrder.put("b", b);
        Map<String, HostArray> other = new LinkedHashMap<>(Map.of("b", b));
        other.put("a", a);
        Safetensors.write(dir.resolve("1"), oneOrder, Map.of());
        Safetensors.write(dir.resolve("2"), other, Map.of());
        assertThat(dir.resolve("1")).hasSameBinaryContentAs(dir.resolve("2"));
    }

    @Test
    void noTensorsAtAllIsAFileToo() {
        Path file = dir.resolve("none");
        Safetensors.write(file, Map.of(), Map.of());
        assertThat(Safetensors.read(file).tensors()).isEmpty();
    }

    /** A header with single quotes for double ones, the bytes of data behind it, and what is wrong with that. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,4]}} | 4"
                        + "| tensor 'a': expected dtype F32, F64, I32, U8 or BOOL, found \"F16\"",
                "{'a':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}} | 8 | found \"I64\"",
                "{'a':{'dtype':7,'shape':[1],'data_offsets':[0,8]}} | 8 | found 7",
                "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | 8"
                        + "| tensor 'a': expected 12 bytes for f32[3], found data_offsets of 8",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 7"
                        + "| tensor 'a': expected to end within the file's 7 bytes of data, found 8",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 9"
                        + "| expected 8 bytes of data as declared, found 9",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | 12"
                        + "| tensor 'a': expected to begin at byte 0, found 4: there is a hole before it",
                "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'b':{'dtype':'U8','shape':[4],'data_offsets':[2,6]}}"
                        + "| 6 | tensor 'b': expected to begin at byte 4, found 2: it overlaps another",
                "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'b':{'dtype':'U8','shape':[4],'data_offsets':[6,10]}}"
                        + "| 10 | tensor 'b': expected to begin at byte 4, found 6: there is a hole before it",
                "{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'a':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}"
                        + "| 2 | Duplicate",
                "{'a':{'dtype':'U8','dtype':'U8','shape':[1],'data_offsets':[0,1]}} | 1 | Duplicate",
                "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | 4"
                        + "| expected integers of at least 0 in shape, found -1",
                "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | 4 | in shape, found 1.5",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[-4,0]}} | 4 | in data_offsets, found -4",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,18446744073709551616]}} | 4"
                        + "| found 18446744073709551616",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | 4"
                        + "| expected data_offsets [begin, end], found [4,0]",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}} | 4 | expected data_offsets [begin, end], found [0]",
                "{'a':{'dtype':'F32','shape':1,'data_offsets':[0,4]}} | 4 | expected shape to be a list, found 1",
                "{'a':{'dtype':'F32','shape':[2147483648,2147483648,4],'data_offsets':[0,0]}} | 0"
                        + "| expected at most 2^31 - 9 elements, found shape [2147483648, 2147483648, 4]",
                "{'a':{'dtype':'F32','shape':[65536,65536],'data_offsets':[0,0]}} | 0 | found shape [65536, 65536]",
                "{'a':{'dtype':'F32','shape':[1]}} | 4 | expected dtype, shape and data_offsets, found {",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'x':1}} | 4 | expected dtype, shape and data_offsets",
                "{'a':3} | 0 | expected dtype, shape and data_offsets, found 3",
                "{'a':{'dtype':'BOOL','shape':[1],'data_offsets':[0,1]}} | 1 | expected 0 or 1 for a bool, found 9",
                "{'__metadata__':{'k':1}} | 0 | expected text for 'k' in __metadata__, found 1",
                "{'__metadata__':[]} | 0 | expected __metadata__ to be an object, found []",
                "[] | 0 | expected a JSON object, found ARRAY",
                "{'a' | 0 | expected JSON, found an error at line 1, column",
                "{} x | 0 | expected JSON, found an error",
                "{'a':'\u00ff\u00fe'} | 0 | (header): expected JSON",
            })
    void refuses(String header, int dataBytes, String message) throws IOException {
        byte[] data = new byte[dataBytes];
        java.util.Arrays.fill(data, (byte) 9);
        Path file = dir.resolve("bad.safetensors");
        // Latin-1, so that the last case is not UTF-8.
        Files.write(file, file(header.replace('\'', '"'), data));
        assertRefused(file, message);
    }

    @Test
    void refusesAHeaderThatTheFileDoesNotJustify() throws IOException {
        Path file = dir.resolve("bad.safetensors");
        for (long length : new long[] {3, 100_000_001, Long.MAX_VALUE, -1}) {
            ByteBuffer b =
                    ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            b.put((byte) '{').put((byte) '}');
            Files.write(file, b.array());
            assertRefused(
                    file, "expected a header of at most 2 bytes, found " + Long.toUnsignedString(length) + " declared");
        }
        Files.write(file, new byte[5]);
        assertRefused(file, "expected at least 8 bytes, found 5");
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThatThrownBy(() -> Safetensors.read(dir.resolve("none")))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot read " + dir.resolve("none") + ": no such file or directory");
    }

    @Test
    void refusesToWriteAReservedNameOrIntoAFile() throws IOException {
        HostArray a = HostArray.of(new float[] {1}, Shape.of(1));
        assertThatThrownBy(() -> Safetensors.write(dir.resolve("x"), Map.of("__metadata__", a), Map.of()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cannot be named '__metadata__'");
        Path plain = Files.createFile(dir.resolve("plain"));
        assertThatThrownBy(() -> Safetensors.write(plain.resolve("x"), Map.of("a", a), Map.of()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cannot write " + plain.resolve("x"));
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    private static byte[] file(String header, byte[] data) {
        byte[] h = header.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(8 + h.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(h.length)
                .put(h)
                .put(data)
                .array();
    }

    private static float[] ramp(int n) {
        float[] a = new float[n];
        for (int i = 0; i < n; i++) a[i] = i * 0.5f;
        return a;
    }
}
