package steepest.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import steepest.AtomicFile;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;

/**
 * {@code .npy}, NumPy's file of one array. Read are versions 1.0 to 3.0 of float32, float64, int32, int64 (whose values
 * must fit into 32 bits), uint8 and bool, in either byte order, in C and in Fortran order. Written is what NumPy writes: version
 * 1.0, little-endian, C order.
 */
public final class Npy {
    private Npy() {}

    /**
     * Reads an array.
     *
     * @throws SteepestException naming the file, what was expected and what was found
     */
    public static HostArray read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            return read(file.toString(), in, Files.size(file));
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    /**
     * Writes an array.
     *
     * @throws SteepestException if the file cannot be written
     */
    public static void write(Path file, HostArray array) {
        AtomicFile.write(file, out -> write(out, array));
    }

    static void write(OutputStream out, HostArray array) throws IOException {
        out.write(NpyHeader.write(array.dtype(), array.shape()));
        Elements.write(array, out);
    }

    /** Reads an array that must fill {@code length} bytes; {@code what} names it in errors. */
    static HostArray read(String what, InputStream in, long length) throws IOException {
        NpyHeader header = NpyHeader.read(what, in);
        long expected = header.bytes() + header.shape().size() * header.elementBytes();
        if (length != expected)
            throw SteepestException.of(
                    "%s: expected %d bytes for %s%s, found %d", what, expected, header.type(), header.shape(), length);
        // The bytes of a Fortran-order array are those of its transpose in C order.
        Shape stored = header.fortran() ? reversed(header.shape()) : header.shape();
        HostArray array = header.type().equals("i8")
                ? readNarrowed(what, stored, header.order(), in)
                : Elements.read(new Spec(header.dtype(), stored), header.order(), in);
        Elements.checkBool(what, array);
        return header.fortran() ? transposed(array, header.shape()) : array;
    }

    private static HostArray readNarrowed(String what, Shape shape, ByteOrder order, InputStream in)
            throws IOException {
        int[] values = new int[shape.intSize()];
        ByteBuffer element = ByteBuffer.allocate(8).order(order);
        for (int i = 0; i < values.length; i++) {
            if (in.readNBytes(element.array(), 0, 8) < 8) throw new java.io.EOFException("the file ends too early");
            long value = element.getLong(0);
            if (value != (int) value)
                throw SteepestException.of(
                        "%s: expected int64 values that fit into 32 bits, found %d at element %d", what, value, i);
            values[i] = (int) value;
        }
        return HostArray.of(values, shape);
    }

    private static Shape reversed(Shape shape) {
        int[] dims = new int[shape.rank()];
        for (int i = 0; i < dims.length; i++) dims[i] = shape.dim(dims.length - 1 - i);
        return Shape.of(dims);
    }

    /** All axes of {@code a} in reverse order, moved in memory. */
    private static HostArray transposed(HostArray a, Shape shape) {
        HostArray result = HostArray.zeros(new Spec(a.dtype(), shape));
        Object from = storage(a);
        Object to = storage(result);
        int[] dims = shape.dims();
        int[] at = new int[dims.length];
        // Where the element at `at` lies in Fortran order, kept up as the last axis runs fastest.
        int[] stride = new int[dims.length];
        for (int i = 0, s = 1; i < dims.length; s *= dims[i++]) stride[i] = s;
        int source = 0;
        for (int i = 0; i < result.size(); i++) {
            System.arraycopy(from, source, to, i, 1);
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                source += stride[axis];
                if (++at[axis] < dims[axis]) break;
                source -= stride[axis] * dims[axis];
                at[axis] = 0;
            }
        }
        return result;
    }

    private static Object storage(HostArray a) {
        return switch (a.dtype()) {
            case F32 -> a.floats();
            case F64 -> a.doubles();
            case I32 -> a.ints();
            case U8, BOOL -> a.bytes();
        };
    }
}
