package steepest.data;

import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import steepest.AtomicFile;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

/**
 * IDX, the file format of MNIST: a magic number {@code 0x0000TTRR} (type, rank), a big-endian 32-bit size for every axis,
 * then the elements in row-major order. Of its types, unsigned bytes are read and written: labels {@code [N]} (magic
 * 0x0801) and images {@code [N, H, W]} (magic 0x0803), plain or gzipped. (Y. LeCun, C. Cortes, C. Burges, "The MNIST
 * database of handwritten digits", file formats.)
 *
 * <p>A file must be exactly as long as its header says. Memory is taken as the bytes arrive, never on the word of a
 * header.
 */
public final class Idx {
    private static final int LABELS = 0x0801;
    private static final int IMAGES = 0x0803;

    private Idx() {}

    /**
     * Labels, {@code u8[N]}.
     *
     * @throws SteepestException naming the file, what was expected and what was found
     */
    public static HostArray readLabels(Path file) {
        return read(file, LABELS);
    }

    /**
     * Images, {@code u8[N, H, W]}.
     *
     * @throws SteepestException naming the file, what was expected and what was found
     */
    public static HostArray readImages(Path file) {
        return read(file, IMAGES);
    }

    /**
     * Writes labels {@code u8[N]} or images {@code u8[N, H, W]}, gzipped if the name ends in {@code .gz}.
     *
     * @throws SteepestException for another type or rank, or if the file cannot be written
     */
    public static void write(Path file, HostArray array) {
        int rank = array.shape().rank();
        if (array.dtype() != DType.U8 || (rank != 1 && rank != 3))
            throw SteepestException.of("idx: expected labels u8[N] or images u8[N,H,W], got %s", array.spec());
        AtomicFile.write(file, out -> {
            OutputStream body = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
            try (DataOutputStream data = new DataOutputStream(body)) {
                data.writeInt(rank == 1 ? LABELS : IMAGES);
                for (int d : array.shape().dims()) data.writeInt(d);
                data.write(array.bytes());
            }
        });
    }

    private static HostArray read(Path file, int magic) {
        try (InputStream in = Raw.open(file)) {
            int foundMagic = readInt(in, file);
            if (foundMagic != magic)
                throw SteepestException.of("%s: expected %s, found %s", file, magicName(magic), magicName(foundMagic));
            Shape shape = readShape(in, file, magic & 0xff);
            int size = shape.intSize();
            long header = 4 + 4L * shape.rank();
            byte[] bytes = in.readNBytes(size);
            long found = header + bytes.length + in.transferTo(OutputStream.nullOutputStream());
            if (found != header + size)
                throw SteepestException.of(
                        "%s: expected %d bytes for u8%s, found %d", file, header + size, shape, found);
            return HostArray.of(DType.U8, bytes, shape);
        } catch (EOFException | ZipException e) {
            throw SteepestException.of(
                    "%s: expected a whole gzip file, found one that is cut off or corrupt (%s)", file, e.getMessage());
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    private static int readInt(InputStream in, Path file) throws IOException {
        byte[] b = in.readNBytes(4);
        if (b.length < 4) throw SteepestException.of("%s: expected an IDX header, found the end of the file", file);
        return (b[0] & 0xff) << 24 | (b[1] & 0xff) << 16 | (b[2] & 0xff) << 8 | b[3] & 0xff;
    }

    private static Shape readShape(InputStream in, Path file, int rank) throws IOException {
        int[] dims = new int[rank];
        long size = 1;
        for (int i = 0; i < rank; i++) {
            dims[i] = readInt(in, file);
            if (dims[i] < 0)
                throw SteepestException.of(
                        "%s: expected a size below 2^31 for axis %d, found %d", file, i, dims[i] & 0xffffffffL);
            // Each factor is below 2^31 and the product so far at most 2^31, so this cannot overflow a long.
            size *= dims[i];
            if (size > Integer.MAX_VALUE - 8)
                throw SteepestException.of("%s: expected at most 2^31 - 9 bytes, found more declared", file);
        }
        return Shape.of(dims);
    }

    private static String magicName(int magic) {
        String what = switch (magic) {
            case LABELS -> "IDX labels (magic 0x%08x)";
            case IMAGES -> "IDX images (magic 0x%08x)";
            default -> "magic 0x%08x";
        };
        return String.format(what, magic);
    }
}
