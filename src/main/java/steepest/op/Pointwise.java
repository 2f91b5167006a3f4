package steepest.op;

import java.util.List;
import java.util.Locale;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/** A {@link ScalarOp} applied to each element. All inputs have the same shape: broadcasting is an expand before it. */
public record Pointwise(ScalarOp f) implements Op {
    @Override
    public String name() {
        return f.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec first = in.get(0);
        for (Spec s : in)
            if (!s.shape().equals(first.shape()))
                throw SteepestException.of("%s: shapes differ, %s and %s", name(), first.shape(), s.shape());
        DType[] types = in.stream().map(Spec::dtype).toArray(DType[]::new);
        boolean ok = switch (f.rule()) {
            case NUMERIC -> alike(types, 0) && (types[0].isFloating() || types[0] == DType.I32);
            case FLOAT -> alike(types, 0) && types[0].isFloating();
            case COMPARE -> alike(types, 0);
            case LOGIC -> alike(types, 0) && types[0] == DType.BOOL;
            case SELECT -> types[0] == DType.BOOL && alike(types, 1);
        };
        if (!ok) throw SteepestException.of("%s: takes %s, got %s", name(), expected(), in);
        return List.of(new Spec(f.result(types), first.shape()));
    }

    private String expected() {
        return switch (f.rule()) {
            case NUMERIC -> "f32, f64 or i32, all alike (cast first)";
            case FLOAT -> "f32 or f64, all alike (cast first)";
            case COMPARE -> "operands of one type (cast first)";
            case LOGIC -> "bool";
            case SELECT -> "bool and two operands of one type (cast first)";
        };
    }

    private static boolean alike(DType[] types, int from) {
        for (int i = from; i < types.length; i++) if (types[i] != types[from]) return false;
        return true;
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return node.output(0).dtype().isFloating() ? f.partial(i, g[0], node.inputs(), node.output(0)) : null;
    }
}
