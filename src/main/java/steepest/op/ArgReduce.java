package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Spec;
import steepest.SteepestException;

/**
 * The index (I32) of the largest or smallest element along an axis, the first one among equals; the axis vanishes. A NaN
 * is both, as for max and min.
 */
public record ArgReduce(boolean max, int axis) implements Op {
    @Override
    public String name() {
        return max ? "argmax" : "argmin";
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        if (x.shape().dim(axis) == 0) throw SteepestException.of("%s: axis %d of %s is empty", name(), axis, x.shape());
        if (x.dtype() == DType.BOOL || x.dtype() == DType.U8)
            throw SteepestException.of("%s: takes f32, f64 or i32 (cast first), got %s", name(), x);
        return List.of(new Spec(DType.I32, x.shape().without(axis)));
    }
}
