package steepest.selftest;

import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.List;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.op.Fold;
import steepest.op.Pad;
import steepest.op.Unfold;
import steepest.op.Window;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Shape, order, selection, and the sources. */
final class MovementCases {
    private static final Domain ANY = range(-3, 3);

    private MovementCases() {}

    static List<OpCase> all() {
        Table t = new Table().within(Tolerance.EXACT);
        views(t);
        joins(t);
        selections(t);
        windows(t);
        far(t);
        types(t);
        sources(t);
        return t.cases();
    }

    private static void views(Table t) {
        view(t, "reshape", "[4,6] to [3,8]", x -> x.reshape(3, 8), 4, 6);
        view(t, "reshape", "[4,6] to [-1,2]", x -> x.reshape(-1, 2), 4, 6);
        view(t, "reshape", "transposed", x -> x.t().reshape(3, 8), 4, 6);
        view(t, "reshape", "[0,3] to [3,0]", x -> x.reshape(3, 0), 0, 3);
        view(t, "flatten", "[2,3,4] from 1", x -> x.flatten(1), 2, 3, 4);
        view(t, "permute", "[2,3,4,5] to 2,0,3,1", x -> x.permute(2, 0, 3, 1), 2, 3, 4, 5);
        view(t, "permute", "[1,3,1,5] to 3,1,0,2", x -> x.permute(3, 1, 0, 2), 1, 3, 1, 5);
        view(t, "transpose", "[3,4,5] 0,-1", x -> x.transpose(0, -1), 3, 4, 5);
        view(t, "t", "[65,33]", Tensor::t, 65, 33);
        view(t, "t", "[0,3]", Tensor::t, 0, 3);
        view(t, "unsqueeze", "[3,4] at 1", x -> x.unsqueeze(1), 3, 4);
        view(t, "unsqueeze", "[3,4] at -1", x -> x.unsqueeze(-1), 3, 4);
        view(t, "squeeze", "[3,1,4]", x -> x.squeeze(1), 3, 1, 4);
        view(t, "expand", "[3,1,4] to [3,5,4]", x -> x.expand(Shape.of(3, 5, 4)), 3, 1, 4);
        view(t, "broadcastTo", "[4] to [2,3,4]", x -> x.broadcastTo(Shape.of(2, 3, 4)), 4);
        view(t, "broadcastTo", "[] to [3,2]", x -> x.broadcastTo(Shape.of(3, 2)));
        view(t, "broadcastTo", "[1] to [0]", x -> x.broadcastTo(Shape.of(0)), 1);
        view(t, "slice", "[7] 2 to 5", x -> x.slice(0, 2, 5), 7);
        view(t, "slice", "[7,5] axis 1, -3 to -1", x -> x.slice(1, -3, -1), 7, 5);
        view(t, "slice", "[8,5] step 3", x -> x.slice(0, 1, 8, 3), 8, 5);
        view(t, "slice", "[8,5] none", x -> x.slice(0, 3, 3), 8, 5);
        view(t, "slice", "of a slice, transposed", x -> x.slice(0, 1, 7, 2).t().slice(0, 2, 5), 8, 5);
        view(t, "select", "[3,4,5] axis 1, -1", x -> x.select(1, -1), 3, 4, 5);
        view(t, "flip", "[3,4] axis 0", x -> x.flip(0), 3, 4);
        view(t, "flip", "[3,4,5] axes 0,2", x -> x.flip(0, 2), 3, 4, 5);
        view(t, "flip", "of a slice", x -> x.slice(1, 1, 4).flip(1), 3, 5);
        view(t, "alias", "[3,4]", Tensor::alias, 3, 4);
        t.smooth(false)
                .add("detach", "[3,4]", Tensor::detach, Input.of(ANY, 3, 4))
                .smooth(true);
        view(t, "pad", "[3,4]", x -> x.pad(new int[] {1, 0}, new int[] {2, 3}, 0), 3, 4);
        view(
                t,
                "pad",
                "[2,3,4,5] with 1.5",
                x -> x.pad(new int[] {0, 0, 1, 2}, new int[] {0, 0, 2, 0}, 1.5),
                2,
                3,
                4,
                5);
        view(t, "pad", "[0] to [3]", x -> x.pad(new int[] {1}, new int[] {2}, 7), 0);
        view(t, "pad", "transposed", x -> x.t().pad(new int[] {1, 1}, new int[] {1, 1}, -1), 3, 4);
        view(
                t,
                "pad",
                "between neighbours",
                x -> Tensor.apply(new Pad(List.of(1, 0), List.of(0, 2), List.of(2, 1), 0.5), x),
                3,
                4);
        t.smooth(false);
        for (DType type : List.of(DType.I32, DType.U8, DType.BOOL)) {
            Domain d = integers(0, type == DType.BOOL ? 1 : 200);
            t.add("permute", type.toString(), x -> x.permute(1, 2, 0), Input.of(type, d, 3, 4, 5));
            t.add("pad", type.toString(), x -> x.pad(new int[] {1, 2}, new int[] {2, 1}, 1), Input.of(type, d, 3, 4));
            t.add(
                    "concat",
                    type.toString(),
                    (x, y) -> Tensor.concat(1, x, y.t()),
                    Input.of(type, d, 3, 4),
                    Input.of(type, d, 2, 3));
        }
        t.smooth(true);
    }

    private static void view(Table t, String op, String detail, UnaryOperator<Tensor> f, int... dims) {
        t.add(op, detail, f, Input.of(ANY, dims));
    }

    private static void joins(Table t) {
        for (int axis = 0; axis < 3; axis++) {
            int a = axis;
            int[] second = {2, 3, 4};
            second[a] = 5;
            t.add(
                    "concat",
                    "axis " + a,
                    (x, y) -> Tensor.concat(a, x, y, x),
                    Input.of(ANY, 2, 3, 4),
                    Input.of(ANY, second));
        }
        for (Layout l : Layout.values())
            t.add("concat", l.toString(), (x, y) -> Tensor.concat(1, x, y), l.of(ANY, 3, 4), Input.of(ANY, 3, 2));
        t.add(
                "concat",
                "with an empty part",
                (x, y) -> Tensor.concat(0, x, y),
                Input.of(ANY, 0, 4),
                Input.of(ANY, 3, 4));
        t.add("stack", "axis 1", (x, y) -> Tensor.stack(1, List.of(x, y)), Input.of(ANY, 3, 4), Input.of(ANY, 3, 4));
        t.add("stack", "axis -1", (x, y) -> Tensor.stack(-1, List.of(x, y)), Input.of(ANY, 3), Input.of(ANY, 3));
    }

    private static Input index(Domain d, int... dims) {
        return Input.of(DType.I32, d, dims);
    }

    private static void scatterRows(Table t, String detail, int places, Domain index, int rows, int width) {
        t.smooth(places < 100);
        t.add(
                "scatterAdd",
                detail,
                (x, i) -> x.scatterAdd(0, i.unsqueeze(1).expand(x.shape()), places),
                Input.of(ANY, rows, width),
                index(index, rows));
        t.smooth(true);
    }

    private static void selections(Table t) {
        for (Layout l : Layout.values()) {
            t.add("gather", "axis 1 " + l, (x, i) -> x.gather(1, i), l.of(ANY, 4, 6), index(integers(0, 5), 4, 3));
            Input strided = l.of(DType.I32, integers(0, 3), 5, 6);
            t.add("gather", "axis 0, index " + l, (x, i) -> x.gather(0, i), Input.of(ANY, 4, 6), strided);
            t.within(Tolerance.ulps(4));
            t.add(
                    "scatterAdd",
                    "axis 1 " + l,
                    (x, i) -> x.scatterAdd(1, i, 5),
                    l.of(ANY, 4, 6),
                    index(integers(0, 4), 4, 6));
            t.add("scatterAdd", "axis 0, index " + l, (x, i) -> x.scatterAdd(0, i, 4), Input.of(ANY, 5, 6), strided);
            t.within(Tolerance.EXACT);
        }
        t.add(
                "gather",
                "[3,4,5] axis 2",
                (x, i) -> x.gather(2, i),
                Input.of(ANY, 3, 4, 5),
                index(integers(0, 4), 3, 4, 7));
        t.add(
                "gather",
                "[3,4,5] axis 0",
                (x, i) -> x.gather(0, i),
                Input.of(ANY, 3, 4, 5),
                index(integers(0, 2), 2, 4, 5));
        t.add(
                "gather",
                "out of range reads 0",
                (x, i) -> x.gather(0, i),
                Input.of(ANY, 4),
                index(values(-1, 0, 3, 4, 1 << 30, Integer.MIN_VALUE), 6));
        t.add(
                "gather",
                "from an empty axis",
                (x, i) -> x.gather(0, i),
                Input.of(ANY, 0, 3),
                index(integers(0, 1), 2, 3));
        t.add("gather", "no index", (x, i) -> x.gather(0, i), Input.of(ANY, 4), index(integers(0, 1), 0));
        t.add("take", "rows of [7,5]", (x, i) -> x.take(0, i), Input.of(ANY, 7, 5), index(integers(0, 6), 9));
        t.add("take", "axis 1 of [3,7,2]", (x, i) -> x.take(1, i), Input.of(ANY, 3, 7, 2), index(integers(0, 6), 4));
        t.within(new Tolerance(1e-6, 1e-6));
        t.add(
                "scatterAdd",
                "[3,4,5] axis 1",
                (x, i) -> x.scatterAdd(1, i, 6),
                Input.of(ANY, 3, 4, 5),
                index(integers(0, 5), 3, 4, 5));
        t.add(
                "scatterAdd",
                "all on one place",
                (x, i) -> x.scatterAdd(0, i, 3),
                Input.of(ANY, 100),
                index(values(1), 100));
        t.add(
                "scatterAdd",
                "out of range adds nothing",
                (x, i) -> x.scatterAdd(0, i, 3),
                Input.of(ANY, 6),
                index(values(-1, 0, 3, 2, 1 << 30), 6));
        scatterRows(t, "30 rows on 4 places", 4, integers(0, 3), 30, 5);
        scatterRows(t, "300 rows on 5000 places, some out of range", 5000, integers(-20, 5020), 300, 3);
        scatterRows(t, "all rows on one place", 3, values(2), 65, 17);
        scatterRows(t, "rows on no place", 3, values(-1, 3), 20, 4);
        t.add(
                "scatterAdd",
                "rows of [2,40,3] by axis 1",
                (x, i) -> x.scatterAdd(1, i.unsqueeze(2).expand(x.shape()), 7),
                Input.of(ANY, 2, 40, 3),
                index(integers(0, 6), 2, 40));
        t.add("scatterAdd", "nothing", (x, i) -> x.scatterAdd(0, i, 3), Input.of(ANY, 0), index(integers(0, 1), 0));
        t.within(Tolerance.EXACT).smooth(false);
        t.add("gather", "i32", (x, i) -> x.gather(0, i), index(integers(-9, 9), 6), index(integers(0, 5), 9));
        t.add(
                "gather",
                "u8",
                (x, i) -> x.gather(0, i),
                Input.of(DType.U8, integers(0, 255), 6),
                index(integers(0, 5), 9));
        t.add(
                "take",
                "u8 images",
                (x, i) -> x.take(0, i),
                Input.of(DType.U8, integers(0, 255), 6, 3, 3),
                index(integers(0, 5), 4));
        t.add(
                "scatterAdd",
                "i32",
                (x, i) -> x.scatterAdd(0, i, 4),
                index(integers(-9, 9), 20),
                index(integers(0, 3), 20));
        t.add("oneHot", "[9], two out of range", x -> x.oneHot(7), index(values(0, 6, 3, 7, -1, 2), 9));
        t.smooth(true);
    }

    private static void windows(Table t) {
        window(t, "2x3", new Window(2, 3, 1, 1, 1, 1), 2, 3, 5, 6);
        window(t, "3x3 stride 2", new Window(3, 3, 2, 2, 1, 1), 2, 1, 7, 7);
        window(t, "2x2 stride 3x2, gaps", new Window(2, 2, 3, 2, 1, 1), 3, 9, 8);
        window(t, "2x3 dilation 2x2", new Window(2, 3, 1, 2, 2, 2), 1, 2, 6, 9);
        window(t, "1x1", new Window(1, 1, 1, 1, 1, 1), 4, 5);
        window(t, "whole image", new Window(4, 5, 1, 1, 1, 1), 2, 4, 5);
        window(t, "no images", new Window(2, 2, 1, 1, 1, 1), 0, 4, 5);
    }

    private static void window(Table t, String detail, Window w, int... dims) {
        Shape image = Shape.of(dims);
        Shape patches = new Unfold(w)
                .outputs(List.of(new Spec(DType.F32, image)))
                .get(0)
                .shape();
        t.within(Tolerance.EXACT).add("unfold", detail, x -> Tensor.apply(new Unfold(w), x), Input.of(ANY, dims));
        t.within(new Tolerance(1e-6, 1e-6));
        t.add(
                "fold",
                detail,
                x -> Tensor.apply(new Fold(w, image.dim(-2), image.dim(-1)), x),
                Input.of(ANY, patches.dims()));
        t.within(Tolerance.EXACT);
    }

    /** What lies a megabyte from where its memory begins. */
    private static void far(Table t) {
        t.within(Tolerance.EXACT).smooth(false);
        int n = 300_007;
        Input x = Input.of(ANY, n);
        t.add("slice", "[300007] at the end, step 13", v -> v.slice(0, n - 1000, n, 13), x);
        t.add("flip", "[300007] at the end", v -> v.slice(0, n - 67, n).flip(0), x);
        t.add("gather", "[300007] at the end", (v, i) -> v.gather(0, i), x, index(integers(n - 1000, n - 1), 33));
        t.add("max", "[300,1000] the last rows", v -> v.slice(0, 289, 300).max(1), Input.of(ANY, 300, 1000));
        t.add(
                "permute",
                "[3,100,1000] the last columns",
                v -> v.permute(2, 0, 1).slice(0, 993, 1000).slice(2, 1, 100, 20),
                Input.of(ANY, 3, 100, 1000));
        t.within(new Tolerance(2e-6, 2e-5));
        t.add(
                "matmul",
                "[300,1000] the last rows, by themselves transposed",
                v -> v.slice(0, 293, 300)
                        .slice(1, 0, 11)
                        .matmul(v.slice(0, 289, 300).slice(1, 989, 1000).t()),
                Input.of(ANY, 300, 1000));
        t.within(Tolerance.EXACT).smooth(true);
    }

    /** Types other than floats through all that moves. */
    private static void types(Table t) {
        t.within(Tolerance.EXACT).smooth(false);
        for (DType type : List.of(DType.I32, DType.U8, DType.BOOL)) {
            Domain d = integers(0, type == DType.BOOL ? 1 : 200);
            for (Layout l : Layout.values())
                if (l != Layout.PLAIN) t.add("reshape", type + " " + l, x -> x.reshape(5, 9), l.of(type, d, 3, 15));
            t.add("take", type + " axis 1", (x, i) -> x.take(1, i), Input.of(type, d, 3, 5), index(integers(-1, 5), 8));
            t.add("broadcastTo", type + " [5,1]", x -> x.broadcastTo(Shape.of(2, 5, 3)), Input.of(type, d, 5, 1));
            t.add("slice", type + " none", x -> x.slice(0, 2, 2), Input.of(type, d, 5, 3));
        }
        t.smooth(true);
    }

    private static void sources(Table t) {
        t.smooth(false);
        t.several("iota", "[37]", in -> List.of(Tensor.iota(37), Tensor.iota(0)));
        t.several(
                "zeros",
                "and ones",
                in -> List.of(Tensor.zeros(2, 3), Tensor.ones(3), Tensor.ones(Spec.of(DType.I32, 2))));
        t.several("full", "[2,3]", in -> List.of(Tensor.full(0.625, 2, 3), Tensor.scalar(3, DType.I32)));
        for (int n : new int[] {1, 2, 3, 4, 5, 67, 1030})
            t.several("uniform", "[" + n + "]", in -> List.of(Rng.seed(5).uniform(Shape.of(n))));
        t.several("uniform", "[0]", in -> List.of(Rng.seed(5).uniform(Shape.of(0))));
        t.several("bits", "[3,37]", in -> List.of(Rng.seed(-7).bits(Shape.of(3, 37))));
        t.several("bernoulli", "[5,41]", in -> List.of(Rng.seed(1L << 40).bernoulli(Shape.of(5, 41), 0.25)));
        t.several("permutation", "[67]", in -> List.of(Rng.seed(3).permutation(67)));
        t.several("uniform", "two draws differ", in -> {
            Rng rng = Rng.seed(11);
            return List.of(
                    rng.uniform(Shape.of(9)),
                    rng.uniform(Shape.of(9)),
                    rng.fork(1).uniform(Shape.of(9)));
        });
        // the same row twice, numbers in no order, the largest and a negative one
        Input rows = index(OpCase.Domain.values(7, 0, 7, Integer.MAX_VALUE, -1), 5);
        for (int width : new int[] {0, 1, 3, 4, 37, 1030}) {
            Shape shape = Shape.of(5, width);
            t.several(
                    "uniform",
                    shape + " by numbered rows",
                    in -> {
                        Rng rng = Rng.seed(-3);
                        return List.of(rng.uniform(shape, in.get(0)), rng.uniform(shape, in.get(0)));
                    },
                    rows);
        }
        t.several(
                "uniform",
                "[0,3] by numbered rows",
                in -> List.of(Rng.seed(5).uniform(Shape.of(0, 3), in.get(0))),
                index(OpCase.Domain.values(0), 0));
        t.several(
                "uniform",
                "[3] by numbered rows",
                in -> List.of(Rng.seed(5).uniform(Shape.of(3), in.get(0).slice(0, 1, 4))),
                rows);
        t.several(
                "uniform",
                "[5,3,7] by rows numbered from the last",
                in -> List.of(Rng.seed(5).uniform(Shape.of(5, 3, 7), in.get(0).flip(0))),
                rows);
        t.several(
                "bits",
                "[5,9] by numbered rows",
                in -> List.of(Rng.seed(1L << 40).bits(Shape.of(5, 9), in.get(0))),
                rows);
        t.within(Tolerance.ulps(2))
                .several(
                        "uniform",
                        "[67] from -2 to 6",
                        in -> List.of(Rng.seed(5).uniform(Shape.of(67), -2, 6)));
        // cos next to its zeros, where a float angle is only so near
        t.within(new Tolerance(1e-5, 5e-6))
                .several("normal", "[67]", in -> List.of(Rng.seed(5).normal(Shape.of(67))))
                .several(
                        "normal",
                        "[5,67] by numbered rows",
                        in -> List.of(Rng.seed(5).normal(Shape.of(5, 67), in.get(0))),
                        rows);
        t.within(Tolerance.EXACT).smooth(true);
    }
}
