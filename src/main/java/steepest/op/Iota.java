package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Spec;

/** The integers 0 … n−1, I32 {@code [n]}. */
public record Iota(int n) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        return List.of(Spec.of(DType.I32, n));
    }
}
