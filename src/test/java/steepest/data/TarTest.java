package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TarTest {
    @Test
    void givesPlainFilesAndStepsOverTheRest() throws IOException {
        byte[] archive = concat(
                entry('5', "package/", new byte[0]),
                entry('0', "package/a", bytes(700)),
                entry('x', "PaxHeader", bytes(30)),
                entry('0', "package/skipped", bytes(513)),
                entry((char) 0, "package/b", bytes(512)),
                entry('0', "package/empty", new byte[0]),
                new byte[1024]);
        Tar tar = new Tar(new ByteArrayInputStream(archive));
        assertThat(tar.next()).isEqualTo("package/a");
        assertThat(tar.readAllBytes()).isEqualTo(bytes(700));
        assertThat(tar.next()).isEqualTo("package/skipped");
        assertThat(tar.read()).isEqualTo(0);
        assertThat(tar.skip(2)).isEqualTo(2);
        assertThat(tar.read()).isEqualTo(3);
        assertThat(tar.next()).isEqualTo("package/b");
        assertThat(tar.readAllBytes()).isEqualTo(bytes(512));
        assertThat(tar.next()).isEqualTo("package/empty");
        assertThat(tar.read()).isEqualTo(-1);
        assertThat(tar.next()).isNull();
    }

    @Test
    void refusesWhatIsCutOff() throws IOException {
        byte[] archive = entry('0', "a", bytes(700));
        for (int length : new int[] {100, 512 + 600}) {
            Tar tar = new Tar(new ByteArrayInputStream(Arrays.copyOf(archive, length)));
            assertThatThrownBy(() -> {
                        tar.next();
                        tar.readAllBytes();
                    })
                    .isInstanceOf(EOFException.class)
                    .hasMessage("tar archive is cut off");
        }
        Tar tar = new Tar(new ByteArrayInputStream(Arrays.copyOf(archive, 600)));
        tar.next();
        assertThatThrownBy(tar::next).isInstanceOf(EOFException.class);
    }

    @Test
    void refusesWhatIsNone() {
        byte[] text = "x".repeat(512).getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> new Tar(new ByteArrayInputStream(text)).next())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("not a tar archive");
        byte[] changed = entry('0', "a", bytes(1));
        changed[0] = 'b';
        assertThatThrownBy(() -> new Tar(new ByteArrayInputStream(changed)).next())
                .isInstanceOf(IOException.class)
                .hasMessage("not a tar archive: bad checksum");
    }

    private static byte[] bytes(int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) b[i] = (byte) i;
        return b;
    }

    /** A header and its data, laid out by hand after the standard. */
    static byte[] entry(char type, String name, byte[] data) {
        byte[] b = new byte[512 + (data.length + 511) / 512 * 512];
        put(b, 0, name);
        put(b, 124, String.format("%011o", data.length));
        put(b, 148, " ".repeat(8));
        b[156] = (byte) type;
        put(b, 257, "ustar\00000");
        int sum = 0;
        for (int i = 0; i < 512; i++) sum += b[i] & 0xff;
        put(b, 148, String.format("%06o\0 ", sum));
        System.arraycopy(data, 0, b, 512, data.length);
        return b;
    }

    private static void put(byte[] b, int at, String text) {
        byte[] t = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(t, 0, b, at, t.length);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] p : parts) out.writeBytes(p);
        return out.toByteArray();
    }
}
