package steepest;

/** What is known of a tensor without computing it: the type of its elements and its shape. */
public record Spec(DType dtype, Shape shape) {
    public static Spec of(DType dtype, int... dims) {
        return new Spec(dtype, Shape.of(dims));
    }

    /** The bytes that its elements take. */
    public long bytes() {
        return shape.size() * dtype.bytes();
    }

    /** {@code f32[64,10]}. */
    @Override
    public String toString() {
        return dtype.toString() + shape;
    }
}
