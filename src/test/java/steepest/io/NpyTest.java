package steepest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class NpyTest {
    /** Written by NumPy 2.4.6: {@code arange(6, dtype='>i4').reshape(2, 3)} in Fortran order, version 2.0. */
    private static final String BIG_ENDIAN_FORTRAN =
            "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+aTQnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUs"
                    + "ICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA"
                    + "AAAAAwAAAAEAAAAEAAAAAgAAAAU=";

    @TempDir
    Path dir;

    @Test
    void everyTypeAndOddShapeComesBackBitForBit() {
        List<HostArray> arrays = List.of(
                HostArray.of(new float[] {1, Float.NaN, -0f, 4}, Shape.of(2, 1, 2)),
                HostArray.of(new double[] {Math.PI}, Shape.SCALAR),
                HostArray.of(new int[] {Integer.MIN_VALUE, -1, 7}, Shape.of(3)),
                HostArray.of(DType.U8, new byte[] {0, (byte) 200, 3}, Shape.of(3, 1)),
                HostArray.of(DType.BOOL, new byte[] {1, 0}, Shape.of(2)),
                HostArray.of(new float[0], Shape.of(0, 5)),
                HostArray.zeros(steepest.Spec.of(DType.F64, 70_001)));
        for (HostArray a : arrays) {
            Path file = dir.resolve("a.npy");
            Npy.write(file, a);
            assertThat(Npy.read(file)).isEqualTo(a);
        }
    }

    @Test
    void readsWhatNumPyWrote() throws IOException {
        Path file = dir.resolve("a.npy");
        Files.write(file, Base64.getDecoder().decode(BIG_ENDIAN_FORTRAN));
        assertThat(Npy.read(file)).isEqualTo(HostArray.of(new int[] {0, 1, 2, 3, 4, 5}, Shape.of(2, 3)));
    }

    @Test
    void theDataBeginAtAMultipleOf64() throws IOException {
        Path file = dir.resolve("a.npy");
        Npy.write(file, HostArray.of(new float[] {1, 2}, Shape.of(2)));
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes).hasSize(128 + 8);
        String header = new String(bytes, 10, 118, StandardCharsets.US_ASCII);
        assertThat(header)
                .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")
                .endsWith(" \n");
    }

    @ParameterizedTest
    @CsvSource({"1, <f4", "1, >f4", "2, <f8", "3, >f8", "1, <i4", "3, >i4", "1, <i8", "2, >i8"})
    void readsEveryVersionAndByteOrder(int version, String descr) throws IOException {
        byte[] data = new byte[2 * (descr.charAt(2) - '0')];
        // The integer 1, or a float of that bit pattern, after a zero.
        data[descr.startsWith("<") ? data.length / 2 : data.length - 1] = 1;
        Path file = npy(version, "{'shape': (2, ), \"fortran_order\": False, 'descr': '" + descr + "'}", data);
        double one = switch (descr.substring(1)) {
            case "f4" -> Float.intBitsToFloat(1);
            case "f8" -> Double.longBitsToDouble(1);
            default -> 1;
        };
        assertThat(Npy.read(file).toDoubles()).containsExactly(0, one);
    }

    @Test
    void fortranOrderIsTurnedInAnyRank() throws IOException {
        byte[] data = new byte[24];
        for (int i = 0; i < 24; i++) data[i] = (byte) i;
        Path file = npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}", data);
        HostArray a = Npy.read(file);
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
                for (int k = 0; k < 4; k++)
                    assertThat(a.get((i * 3 + j) * 4 + k)).isEqualTo(i + 2 * j + 6 * k);
    }

    @Test
    void int64IsNarrowedWhereItFits() throws IOException {
        String header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}";
        byte[] minusTwo = {-2, -1, -1, -1, -1, -1, -1, -1};
        assertThat(Npy.read(npy(1, header, minusTwo))).isEqualTo(HostArray.of(new int[] {-2}, Shape.of(1)));
        byte[] large = {0, 0, 0, (byte) 0x80, 0, 0, 0, 0};
        assertRefused(
                npy(1, header, large), "expected int64 values that fit into 32 bits, found 2147483648 at element 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "'<f2' ; False ; (2,) ; expected dtype f4, f8, i4, i8 (either byte order), |u1 or |b1, found '<f2'",
                "'|i1' ; False ; (4,) ; found '|i1'",
                "'|O' ; False ; (4,) ; found '|O'",
                "'f4' ; False ; (1,) ; found 'f4'",
                "[('x', '<f4')] ; False ; (1,) ; expected a quoted string",
                "'<f4' ; 0 ; (1,) ; expected True or False",
                "'<f4' ; False ; (1) ; expected a tuple, found a number in parentheses",
                "'<f4' ; False ; (-1,) ; expected a size of at least 0",
                "'<f4' ; False ; (1 1) ; expected ',' or ')'",
                "'<f4' ; False ; [1] ; expected '('",
                "'<f4' ; False ; (9999999999999999999,) ; expected a size of at least 0 and below 10^18",
                "'<f4' ; False ; (2147483647, 2147483647, 2147483647) ; expected at most 2^31 - 9 elements",
                "'<f4' ; False ; (2,) ; bytes for f4[2], found",
                "'<f4' ; False ; () , 'x': 1 ; found 'x'",
                "'<f4' ; False ; () , 'descr': '<f4' ; expected one 'descr', found two",
                "'<f4' ; False ; ()} x { ; expected the end of the header",
                "'<f4 ; False ; () ; expected",
                "'|b1' ; False ; (4,) ; expected 0 or 1 for a bool, found 2 at element 3",
            })
    void refuses(String descr, String fortran, String shape, String message) throws IOException {
        String header = "{'descr': %s, 'fortran_order': %s, 'shape': %s}".formatted(descr, fortran, shape);
        assertRefused(npy(1, header, new byte[] {0, 1, 0, 2}), message);
    }

    @Test
    void refusesABrokenFrame() throws IOException {
        Path file = dir.resolve("bad.npy");
        Files.write(file, "hello, world".getBytes(StandardCharsets.US_ASCII));
        assertRefused(file, "expected an npy file");
        Files.write(file, new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 4, 0, 0, 0});
        assertRefused(file, "expected npy version 1.0, 2.0 or 3.0, found 4.0");
        Files.write(file, new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 90, 0, '{'});
        assertRefused(file, "expected an npy header, found the end of the file");
        Files.write(file, new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1, '{'});
        assertRefused(file, "expected an npy header of at most 65536 bytes, found 4294967295");
        assertRefused(npy(1, "{'descr': '<f4'}", new byte[0]), "found not all of them");
        byte[] whole = Base64.getDecoder().decode(BIG_ENDIAN_FORTRAN);
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertRefused(file, "expected 152 bytes for i4[2,3], found 151");
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertRefused(file, "expected 152 bytes for i4[2,3], found 153");
        assertThatThrownBy(() -> Npy.read(dir.resolve("none")))
                .isInstanceOf(SteepestException.class)
                .hasMessage("cannot read " + dir.resolve("none") + ": no such file or directory");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Npy.read(file))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    private Path npy(int version, String header, byte[] data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        out.write(text.length);
        for (int i = 1; i < (version == 1 ? 2 : 4); i++) out.write(0);
        out.write(text);
        out.write(data);
        Path file = dir.resolve("a.npy");
        Files.write(file, out.toByteArray());
        return file;
    }
}
