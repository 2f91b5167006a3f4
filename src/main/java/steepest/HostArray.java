package steepest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An array in the Java heap with a type and a shape, in row-major order: what goes into tensors, comes out of them and
 * lies in files. The storage is {@code float[]} (F32), {@code double[]} (F64), {@code int[]} (I32) or {@code byte[]} (U8,
 * BOOL) and is not copied: who passes an array here gives it away.
 */
public final class HostArray {
    private final Spec spec;
    private final Object storage;

    private HostArray(Spec spec, Object storage, int length) {
        if (spec.shape().size() != length)
            throw SteepestException.of(
                    "an array of %d elements cannot have shape %s (%d elements)",
                    length, spec.shape(), spec.shape().size());
        this.spec = spec;
        this.storage = storage;
    }

    public static HostArray of(float[] values, Shape shape) {
        return new HostArray(new Spec(DType.F32, shape), values, values.length);
    }

    public static HostArray of(double[] values, Shape shape) {
        return new HostArray(new Spec(DType.F64, shape), values, values.length);
    }

    public static HostArray of(int[] values, Shape shape) {
        return new HostArray(new Spec(DType.I32, shape), values, values.length);
    }

    /** Bytes as {@link DType#U8} or {@link DType#BOOL}. */
    public static HostArray of(DType dtype, byte[] values, Shape shape) {
        if (dtype.bytes() != 1) throw SteepestException.of("bytes hold u8 or bool, not %s", dtype);
        return new HostArray(new Spec(dtype, shape), values, values.length);
    }

    /** An array of zeros. */
    public static HostArray zeros(Spec spec) {
        int n = spec.shape().intSize();
        Object storage = switch (spec.dtype()) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I32 -> new int[n];
            case U8, BOOL -> new byte[n];
        };
        return new HostArray(spec, storage, n);
    }

    public Spec spec() {
        return spec;
    }

    public DType dtype() {
        return spec.dtype();
    }

    public Shape shape() {
        return spec.shape();
    }

    public int size() {
        return (int) spec.shape().size();
    }

    /** The same storage under another shape of as many elements. */
    public HostArray reshape(Shape shape) {
        return new HostArray(new Spec(dtype(), shape), storage, size());
    }

    /** The storage itself. @throws SteepestException if this is not {@link DType#F32} */
    public float[] floats() {
        return (float[]) storage(DType.F32);
    }

    /** The storage itself. @throws SteepestException if this is not {@link DType#F64} */
    public double[] doubles() {
        return (double[]) storage(DType.F64);
    }

    /** The storage itself. @throws SteepestException if this is not {@link DType#I32} */
    public int[] ints() {
        return (int[]) storage(DType.I32);
    }

    /** The storage itself. @throws SteepestException if this is neither {@link DType#U8} nor {@link DType#BOOL} */
    public byte[] bytes() {
        return (byte[]) storage(dtype() == DType.BOOL ? DType.BOOL : DType.U8);
    }

    private Object storage(DType wanted) {
        if (dtype() != wanted) throw SteepestException.of("expected an array of %s, got %s", wanted, spec);
        return storage;
    }

    /** Element {@code i} in row-major order as a double, whatever the type. */
    public double get(int i) {
        return switch (dtype()) {
            case F32 -> ((float[]) storage)[i];
            case F64 -> ((double[]) storage)[i];
            case I32 -> ((int[]) storage)[i];
            case U8, BOOL -> ((byte[]) storage)[i] & 0xff;
        };
    }

    /** Sets element {@code i}, converting from double as a Java cast does (BOOL: non-zero is 1). */
    public void set(int i, double value) {
        switch (dtype()) {
            case F32 -> ((float[]) storage)[i] = (float) value;
            case F64 -> ((double[]) storage)[i] = value;
            case I32 -> ((int[]) storage)[i] = (int) value;
            case U8 -> ((byte[]) storage)[i] = (byte) (int) value;
            case BOOL -> ((byte[]) storage)[i] = (byte) (value != 0 ? 1 : 0);
        }
    }

    /** All elements as doubles, in row-major order. */
    public double[] toDoubles() {
        double[] d = new double[size()];
        for (int i = 0; i < d.length; i++) d[i] = get(i);
        return d;
    }

    /** Rows {@code from} to before {@code to} of the first axis, copied. */
    public HostArray rows(int from, int to) {
        int row = size() / Math.max(1, shape().dim(0));
        Shape part = shape().with(0, to - from);
        return switch (dtype()) {
            case F32 -> of(Arrays.copyOfRange((float[]) storage, from * row, to * row), part);
            case F64 -> of(Arrays.copyOfRange((double[]) storage, from * row, to * row), part);
            case I32 -> of(Arrays.copyOfRange((int[]) storage, from * row, to * row), part);
            case U8, BOOL -> of(dtype(), Arrays.copyOfRange((byte[]) storage, from * row, to * row), part);
        };
    }

    public HostArray copy() {
        Object s = switch (dtype()) {
            case F32 -> ((float[]) storage).clone();
            case F64 -> ((double[]) storage).clone();
            case I32 -> ((int[]) storage).clone();
            case U8, BOOL -> ((byte[]) storage).clone();
        };
        return new HostArray(spec, s, size());
    }

    /** The elements as little-endian bytes: what files hold and hashes are taken of. */
    public byte[] toLittleEndian() {
        ByteBuffer b = ByteBuffer.allocate(Math.toIntExact(spec.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        switch (dtype()) {
            case F32 -> b.asFloatBuffer().put((float[]) storage);
            case F64 -> b.asDoubleBuffer().put((double[]) storage);
            case I32 -> b.asIntBuffer().put((int[]) storage);
            case U8, BOOL -> b.put((byte[]) storage);
        }
        return b.array();
    }

    /** The inverse of {@link #toLittleEndian}. @throws SteepestException if the number of bytes does not fit */
    public static HostArray fromLittleEndian(Spec spec, byte[] bytes) {
        if (bytes.length != spec.bytes())
            throw SteepestException.of("%s takes %d bytes, got %d", spec, spec.bytes(), bytes.length);
        HostArray a = zeros(spec);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (spec.dtype()) {
            case F32 -> b.asFloatBuffer().get((float[]) a.storage);
            case F64 -> b.asDoubleBuffer().get((double[]) a.storage);
            case I32 -> b.asIntBuffer().get((int[]) a.storage);
            case U8, BOOL -> b.get((byte[]) a.storage);
        }
        return a;
    }

    /** Equal in type, shape and bits (NaN equals the same NaN). */
    @Override
    public boolean equals(Object o) {
        return o instanceof HostArray h && spec.equals(h.spec) && Arrays.equals(toLittleEndian(), h.toLittleEndian());
    }

    @Override
    public int hashCode() {
        return spec.hashCode() * 31 + Arrays.hashCode(toLittleEndian());
    }
}
