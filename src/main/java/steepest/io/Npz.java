package steepest.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import steepest.AtomicFile;
import steepest.HostArray;
import steepest.SteepestException;

/**
 * {@code .npz}, NumPy's file of several named arrays: a zip archive with a {@code .npy} file for each. Written arrays
 * follow each other in name order under a fixed date, so that equal contents give equal files.
 */
public final class Npz {
    private static final String SUFFIX = ".npy";
    /** Any will do but the first second of 1980, to which Java adds a field that depends on the time zone. */
    private static final LocalDateTime DATE = LocalDateTime.of(2000, 1, 1, 0, 0);
    /** Deflate cannot do better than 1032 to 1. */
    private static final long MAX_RATIO = 1032;

    private Npz() {}

    /**
     * Reads all arrays, by name without {@code .npy}, in name order.
     *
     * @throws SteepestException naming the file and the array, what was expected and what was found
     */
    public static Map<String, HostArray> read(Path file) {
        Map<String, HostArray> arrays = new TreeMap<>();
        try {
            // Asked first, as ZipFile's own error does not tell a missing file from a corrupt one.
            long length = Files.size(file);
            try (ZipFile zip = new ZipFile(file.toFile())) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    String what = file + ": " + entry.getName();
                    if (!entry.getName().endsWith(SUFFIX))
                        throw SteepestException.of("%s: expected entries that end in .npy only", what);
                    String name = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
                    if (arrays.put(name, read(what, zip, entry, length)) != null)
                        throw SteepestException.of("%s: expected one entry of that name, found two", what);
                }
            }
        } catch (ZipException e) {
            throw SteepestException.of("%s: expected a whole zip archive, found: %s", file, e.getMessage());
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
        return Collections.unmodifiableMap(arrays);
    }

    private static HostArray read(String what, ZipFile zip, ZipEntry entry, long fileLength) throws IOException {
        long packed = entry.getCompressedSize();
        long size = entry.getSize();
        if (packed < 0 || packed > fileLength || size < 0 || size > (packed + 1) * MAX_RATIO)
            throw SteepestException.of(
                    "%s: expected sizes that a file of %d bytes can have, found %d bytes packed into %d",
                    what, fileLength, size, packed);
        CRC32 crc = new CRC32();
        try (InputStream in =
                new CheckedInputStream(new BufferedInputStream(zip.getInputStream(entry), 1 << 16), crc)) {
            HostArray array = Npy.read(what, in, size);
            if (in.read() >= 0) throw SteepestException.of("%s: expected %d bytes, found more", what, size);
            if (crc.getValue() != entry.getCrc())
                throw SteepestException.of(
                        "%s: expected CRC-32 %08x, found %08x", what, entry.getCrc(), crc.getValue());
            return array;
        } catch (java.io.EOFException | ZipException e) {
            throw SteepestException.of("%s: expected %d bytes of sound data, found: %s", what, size, e.getMessage());
        }
    }

    /**
     * Writes arrays uncompressed, as {@code numpy.savez} does.
     *
     * @throws SteepestException if the file cannot be written
     */
    public static void write(Path file, Map<String, HostArray> arrays) {
        write(file, arrays, ZipEntry.STORED);
    }

    /**
     * Writes arrays compressed, as {@code numpy.savez_compressed} does.
     *
     * @throws SteepestException if the file cannot be written
     */
    public static void writeCompressed(Path file, Map<String, HostArray> arrays) {
        write(file, arrays, ZipEntry.DEFLATED);
    }

    private static void write(Path file, Map<String, HostArray> arrays, int method) {
        AtomicFile.write(file, out -> {
            try (ZipOutputStream zip = new ZipOutputStream(out)) {
                for (var e : new TreeMap<>(arrays).entrySet()) {
                    ZipEntry entry = new ZipEntry(e.getKey() + SUFFIX);
                    entry.setMethod(method);
                    entry.setTimeLocal(DATE);
                    if (method == ZipEntry.STORED) declare(entry, e.getValue());
                    zip.putNextEntry(entry);
                    Npy.write(zip, e.getValue());
                    zip.closeEntry();
                }
            }
        });
    }

    /** An uncompressed entry's size and checksum stand before its data. */
    private static void declare(ZipEntry entry, HostArray array) throws IOException {
        CRC32 crc = new CRC32();
        Npy.write(new CheckedOutputStream(OutputStream.nullOutputStream(), crc), array);
        entry.setCrc(crc.getValue());
        entry.setSize(NpyHeader.write(array.dtype(), array.shape()).length
                + array.spec().bytes());
    }
}
