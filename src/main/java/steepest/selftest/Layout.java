package steepest.selftest;

import java.util.stream.IntStream;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;

/** How a tensor that a kernel reads may lie in memory. */
enum Layout {
    PLAIN,
    /** The axes in reverse order. */
    TRANSPOSED,
    /** Every second element along every axis, from the second on: strides and an offset. */
    SLICED,
    /** All axes backwards: negative strides. */
    FLIPPED,
    /** The first axis repeated: a stride of 0. */
    REPEATED;

    Input of(Domain domain, int... dims) {
        return of(DType.F32, domain, dims);
    }

    /** An input that is seen with the shape {@code dims}. */
    Input of(DType dtype, Domain domain, int... dims) {
        int[] base = base(dims);
        return new Input(Spec.of(dtype, base), domain, t -> view(t, Shape.of(dims)));
    }

    private int[] base(int[] dims) {
        int n = dims.length;
        return switch (this) {
            case PLAIN, FLIPPED -> dims;
            case TRANSPOSED -> IntStream.range(0, n).map(i -> dims[n - 1 - i]).toArray();
            case SLICED -> IntStream.of(dims).map(d -> 2 * d + 1).toArray();
            case REPEATED ->
                IntStream.range(0, n).map(i -> i == 0 ? 1 : dims[i]).toArray();
        };
    }

    private Tensor view(Tensor t, Shape shape) {
        int n = shape.rank();
        int[] axes = IntStream.range(0, n).toArray();
        return switch (this) {
            case PLAIN -> t;
            case TRANSPOSED -> t.permute(IntStream.of(axes).map(i -> n - 1 - i).toArray());
            case SLICED -> {
                Tensor s = t;
                for (int a : axes) s = s.slice(a, 1, 2 * shape.dim(a) + 1, 2);
                yield s;
            }
            case FLIPPED -> t.flip(axes);
            case REPEATED -> t.expand(shape);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
