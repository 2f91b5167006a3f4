package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;

/**
 * Random bits from the counter-based generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011): the same on every backend. Payload: {@link steepest.Rng.Key}. See {@link steepest.Philox} for how
 * element, run and stream make the counter.
 *
 * <p>With an input, I32 {@code [B]} for a shape {@code [B, …]}, each row has the bits of the number that it is given.
 */
public record Random(Kind kind, Shape shape) implements Op {
    public enum Kind {
        /** F32 in [0, 1): the upper 24 bits times 2⁻²⁴. */
        UNIFORM,
        /** All 32 bits, as I32. */
        BITS
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        if (!in.isEmpty() && (shape.rank() == 0 || !in.get(0).equals(Spec.of(DType.I32, shape.dim(0)))))
            throw SteepestException.of(
                    "random: rows of %s take numbers i32[%s], got %s",
                    shape, shape.rank() == 0 ? "B" : shape.dim(0), in.get(0));
        return List.of(new Spec(kind == Kind.UNIFORM ? DType.F32 : DType.I32, shape));
    }
}
