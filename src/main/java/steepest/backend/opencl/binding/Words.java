package steepest.backend.opencl.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What the bytes that a query gives mean. */
final class Words {
    private Words() {}

    static String text(byte[] bytes) {
        String s = new String(bytes, StandardCharsets.UTF_8);
        int end = s.indexOf('\0');
        return (end < 0 ? s : s.substring(0, end)).strip();
    }

    /** A number of whatever width. */
    static long integer(byte[] littleEndian) {
        long v = 0;
        for (int i = littleEndian.length - 1; i >= 0; i--) v = v << 8 | littleEndian[i] & 0xff;
        return v;
    }

    /** Numbers as wide as a pointer; those devices that Java runs beside have 64 bits. */
    static long[] of(byte[] littleEndian) {
        long[] words = new long[littleEndian.length / Long.BYTES];
        ByteBuffer.wrap(littleEndian)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(words);
        return words;
    }
}
