package steepest.data;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The files of a tar archive, one after the other. Reads the POSIX ustar layout (IEEE Std 1003.1, pax), as much of it as
 * package archives use: plain files whose names fit into a header; all else is stepped over.
 */
final class Tar extends FilterInputStream {
    private static final int BLOCK = 512;

    private long remaining;
    private int padding;

    Tar(InputStream in) {
        super(in);
    }

    /**
     * Goes to the next plain file, whose bytes this stream then gives.
     *
     * @return its name, or null at the end of the archive
     * @throws IOException if the archive is cut off or is none
     */
    String next() throws IOException {
        while (true) {
            skipFully(remaining + padding);
            remaining = 0;
            padding = 0;
            byte[] header = in.readNBytes(BLOCK);
            if (header.length == 0 || allZero(header)) return null;
            if (header.length < BLOCK) throw new EOFException("tar archive is cut off");
            if (octal(header, 148, 8) != checksum(header)) throw new IOException("not a tar archive: bad checksum");
            remaining = octal(header, 124, 12);
            padding = (int) (-remaining & BLOCK - 1);
            char type = (char) header[156];
            if (type == '0' || type == 0) return name(header);
        }
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        String prefix = text(header, 257, 5).equals("ustar") ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] b, int from, int length) {
        int end = from;
        while (end < from + length && b[end] != 0) end++;
        return new String(b, from, end - from, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] b, int from, int length) throws IOException {
        String digits = text(b, from, length).strip();
        if (!digits.matches("[0-7]{1,12}")) throw new IOException("not a tar archive: bad number '" + digits + "'");
        return Long.parseLong(digits, 8);
    }

    /** The sum of the header's bytes, its own field taken as blanks. */
    private static int checksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
        return sum;
    }

    private static boolean allZero(byte[] b) {
        for (byte x : b) if (x != 0) return false;
        return true;
    }

    private void skipFully(long n) throws IOException {
        try {
            in.skipNBytes(n);
        } catch (EOFException e) {
            throw new EOFException("tar archive is cut off");
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        if (len == 0) return 0;
        if (remaining == 0) return -1;
        int n = in.read(b, off, (int) Math.min(len, remaining));
        if (n < 0) throw new EOFException("tar archive is cut off");
        remaining -= n;
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = in.skip(Math.min(n, remaining));
        remaining -= skipped;
        return skipped;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), remaining);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
