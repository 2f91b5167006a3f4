package steepest.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * A family of kernels under one specialisation: what is compiled at a time.
 *
 * @param family the file under {@code kernels/}, without {@code .cl}
 * @param defines macros set before the file's text
 */
record Unit(String family, Map<String, String> defines) {
    static Unit of(String family, Map<String, String> defines) {
        return new Unit(family, new TreeMap<>(defines));
    }

    /** What its functions' names end in, so that several units fit into one program. */
    String suffix() {
        return "_" + digest(family + defines).substring(0, 12);
    }

    /** SHA-256 in hexadecimal digits. */
    static String digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }

    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
