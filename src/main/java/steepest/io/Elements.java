package steepest.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;

/** The elements of an array as bytes in a stream, a chunk at a time: an array may be larger than any byte array. */
final class Elements {
    /** A multiple of every element's size. */
    private static final int CHUNK = 1 << 16;

    /** The elements that a Java array holds. */
    private static final int MAX_SIZE = Integer.MAX_VALUE - 8;

    private Elements() {}

    static void write(HostArray array, OutputStream out) throws IOException {
        int perChunk = CHUNK / array.dtype().bytes();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < array.size(); from += perChunk) {
            int n = Math.min(perChunk, array.size() - from);
            switch (array.dtype()) {
                case F32 -> chunk.asFloatBuffer().put(array.floats(), from, n);
                case F64 -> chunk.asDoubleBuffer().put(array.doubles(), from, n);
                case I32 -> chunk.asIntBuffer().put(array.ints(), from, n);
                case U8, BOOL -> chunk.put(0, array.bytes(), from, n);
            }
            out.write(chunk.array(), 0, n * array.dtype().bytes());
        }
    }

    /**
     * Reads as many elements as {@code spec} has. The caller has made sure that the file is long enough.
     *
     * @throws EOFException if it is not after all
     */
    static HostArray read(Spec spec, ByteOrder order, InputStream in) throws IOException {
        HostArray array = HostArray.zeros(spec);
        int perChunk = CHUNK / spec.dtype().bytes();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(order);
        for (int from = 0; from < array.size(); from += perChunk) {
            int n = Math.min(perChunk, array.size() - from);
            readFully(in, chunk.array(), n * spec.dtype().bytes());
            switch (spec.dtype()) {
                case F32 -> chunk.asFloatBuffer().get(array.floats(), from, n);
                case F64 -> chunk.asDoubleBuffer().get(array.doubles(), from, n);
                case I32 -> chunk.asIntBuffer().get(array.ints(), from, n);
                case U8, BOOL -> chunk.get(0, array.bytes(), from, n);
            }
        }
        return array;
    }

    private static void readFully(InputStream in, byte[] to, int n) throws IOException {
        int got = in.readNBytes(to, 0, n);
        if (got < n) throw new EOFException("the file ends too early");
    }

    /** Refuses a BOOL array with an element that is neither 0 nor 1; {@code what} names it. */
    static void checkBool(String what, HostArray array) {
        if (array.dtype() != DType.BOOL) return;
        byte[] b = array.bytes();
        for (int i = 0; i < b.length; i++)
            if ((b[i] & 0xfe) != 0)
                throw SteepestException.of(
                        "%s: expected 0 or 1 for a bool, found %d at element %d", what, b[i] & 0xff, i);
    }

    /** A shape of sizes that a file declares, none negative; {@code what} names it. */
    static Shape shape(String what, long[] sizes) {
        int[] dims = new int[sizes.length];
        long size = 1;
        for (int i = 0; i < dims.length; i++) {
            // Each factor is below 2^31 as the product is after every step, so neither can overflow.
            if (sizes[i] <= MAX_SIZE) size *= sizes[i];
            if (sizes[i] > MAX_SIZE || size > MAX_SIZE)
                throw SteepestException.of(
                        "%s: expected at most 2^31 - 9 elements, found shape %s", what, Arrays.toString(sizes));
            dims[i] = (int) sizes[i];
        }
        return Shape.of(dims);
    }
}
