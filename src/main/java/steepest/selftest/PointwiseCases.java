package steepest.selftest;

import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Tensor;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Functions of each element. Tolerances are those of OpenCL 1.2, section 7.4, composed where a function is composed. */
final class PointwiseCases {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;
    private static final Domain ANY = range(-3, 3);
    private static final Domain POSITIVE = range(0.1, 4);
    private static final Domain EXTREME =
            values(0, -0.0, 1, -1, 0.5, -0.5, INF, -INF, NAN, 100, -100, 1e-30, -1e-30, 1e30, -1e30);
    /** Large arguments left out: their reduction modulo π is another question. */
    private static final Domain EXTREME_ANGLES =
            values(0, -0.0, 1, -1, 0.5, -0.5, INF, -INF, NAN, 100, -100, 1e-30, -1e-30);

    private static final int MIN = Integer.MIN_VALUE;
    private static final int MAX = Integer.MAX_VALUE;
    private static final Domain EXTREME_INTS = values(0, 1, -1, 2, -2, 7, -7, MIN, MAX, MIN + 1, 46341, 65536, 12345);
    private static final Domain EXTREME_DIVISORS = values(3, 0, -1, -3, 1, MIN, MAX, -1, 2);

    private PointwiseCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        unary(t);
        binary(t);
        comparisons(t);
        choices(t);
        wholeNumbers(t);
        casts(t);
        layouts(t);
        chains(t);
        return t.cases();
    }

    private static void unary(Table t) {
        t.within(Tolerance.EXACT);
        unary(t, "neg", Tensor::neg, ANY, EXTREME);
        unary(t, "abs", Tensor::abs, ANY, EXTREME);
        unary(t, "sign", Tensor::sign, ANY, EXTREME);
        unary(t, "square", Tensor::square, ANY, values(0, -0.0, 1e30, -1e10, INF, -INF, NAN));
        unary(t, "floor", Tensor::floor, ANY, values(-1.5, -0.5, 0.5, 1.5, 2, -2, INF, -INF, NAN, 1e30, 8388607.5));
        unary(t, "ceil", Tensor::ceil, ANY, values(-1.5, -0.5, 0.5, 1.5, 2, -2, INF, -INF, NAN, 1e30, 8388607.5));
        unary(t, "round", Tensor::round, ANY, values(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, INF, -INF, NAN, 1e30));
        unary(t, "relu", Tensor::relu, ANY, EXTREME);
        unary(t, "poslin", Tensor::poslin, ANY, EXTREME);
        unary(t, "purelin", Tensor::purelin, ANY, EXTREME);
        unary(t, "hardlim", Tensor::hardlim, ANY, EXTREME);
        unary(t, "hardlims", Tensor::hardlims, ANY, EXTREME);
        unary(t, "satlin", Tensor::satlin, ANY, EXTREME);
        unary(t, "satlins", Tensor::satlins, ANY, EXTREME);
        unary(t, "leakyRelu", x -> x.leakyRelu(0.125), ANY, EXTREME);
        t.within(Tolerance.ulps(3));
        unary(t, "reciprocal", Tensor::reciprocal, range(0.3, 3), EXTREME);
        unary(t, "sqrt", Tensor::sqrt, POSITIVE, EXTREME);
        unary(t, "exp", Tensor::exp, ANY, EXTREME);
        unary(t, "expm1", Tensor::expm1, ANY, EXTREME);
        unary(t, "log", Tensor::log, POSITIVE, EXTREME);
        unary(t, "log1p", Tensor::log1p, range(-0.6, 3), EXTREME);
        t.within(Tolerance.ulps(5));
        unary(t, "rsqrt", Tensor::rsqrt, POSITIVE, EXTREME);
        unary(t, "sin", Tensor::sin, ANY, EXTREME_ANGLES);
        unary(t, "cos", Tensor::cos, ANY, EXTREME_ANGLES);
        unary(t, "tan", Tensor::tan, range(-1.2, 1.2), EXTREME_ANGLES);
        unary(t, "asin", Tensor::asin, range(-0.9, 0.9), EXTREME);
        unary(t, "acos", Tensor::acos, range(-0.9, 0.9), EXTREME);
        unary(t, "atan", Tensor::atan, ANY, EXTREME);
        unary(t, "sinh", Tensor::sinh, ANY, EXTREME);
        unary(t, "cosh", Tensor::cosh, ANY, EXTREME);
        unary(t, "tanh", Tensor::tanh, ANY, EXTREME);
        unary(t, "tansig", Tensor::tansig, ANY, EXTREME);
        t.within(Tolerance.ulps(8));
        unary(t, "sigmoid", Tensor::sigmoid, ANY, EXTREME);
        unary(t, "logsig", Tensor::logsig, ANY, EXTREME);
        unary(t, "softplus", Tensor::softplus, ANY, EXTREME);
        unary(t, "silu", Tensor::silu, ANY, EXTREME);
        unary(t, "elu", x -> x.elu(0.75), ANY, EXTREME);
        t.within(Tolerance.ulps(16));
        unary(t, "erf", Tensor::erf, ANY, EXTREME);
        unary(t, "mish", Tensor::mish, ANY, EXTREME);
        t.within(new Tolerance(2e-6, 5e-6)); // 1 + erf cancels on the left
        unary(t, "gelu", Tensor::gelu, ANY, values(0, -0.0, 1, -1, INF, NAN, 100, 1e-30, 1e30));
    }

    private static void unary(Table t, String name, UnaryOperator<Tensor> f, Domain domain, Domain extreme) {
        t.smooth(true).add(name, "[67]", f, Input.of(domain, 67));
        t.smooth(false).add(name, "[30] at extremes", f, Input.of(extreme, 30));
    }

    private static void binary(Table t) {
        Map<String, BinaryOperator<Tensor>> exact = Map.of("add", Tensor::add, "sub", Tensor::sub, "mul", Tensor::mul);
        t.within(Tolerance.EXACT);
        for (String op : List.of("add", "sub", "mul")) binary(t, op, exact.get(op), ANY, ANY);
        binary(t, "minimum", Tensor::minimum, ANY, ANY);
        binary(t, "maximum", Tensor::maximum, ANY, ANY);
        t.within(Tolerance.ulps(3));
        binary(t, "div", Tensor::div, ANY, range(0.3, 3));
        t.within(Tolerance.ulps(16));
        binary(t, "pow", Tensor::pow, POSITIVE, ANY);
        binary(t, "atan2", Tensor::atan2, ANY, range(0.5, 2));

        t.within(Tolerance.EXACT).smooth(true);
        t.add("add", "number", x -> x.add(0.375), Input.of(ANY, 67));
        t.add("sub", "number", x -> x.sub(0.375), Input.of(ANY, 67));
        t.add("mul", "number", x -> x.mul(0.375), Input.of(ANY, 67));
        t.add("minimum", "number", x -> x.minimum(0.375), Input.of(ANY, 67));
        t.add("maximum", "number", x -> x.maximum(0.375), Input.of(ANY, 67));
        t.within(Tolerance.ulps(4)).add("div", "number", x -> x.div(0.375), Input.of(ANY, 67));
        t.within(Tolerance.ulps(20)).add("pow", "number", x -> x.pow(1.5), Input.of(POSITIVE, 67));
        t.add("pow", "2 of negative numbers", x -> x.pow(2), Input.of(ANY, 67));

        t.smooth(false);
        Domain bases = values(0, -0.0, 1, -1, 2, -2, INF, -INF, NAN, 0.5);
        Domain exponents = values(0, 1, 2, -1, 0.5, INF, -INF, NAN, 3, -3, 2);
        t.add("pow", "[10,11] at extremes", Tensor::pow, Input.of(bases, 10, 1), Input.of(exponents, 1, 11));
        t.add("atan2", "[10,11] at extremes", Tensor::atan2, Input.of(bases, 10, 1), Input.of(exponents, 1, 11));
        t.within(Tolerance.EXACT);
        t.add("minimum", "[10,11] at extremes", Tensor::minimum, Input.of(bases, 10, 1), Input.of(exponents, 1, 11));
        t.add("maximum", "[10,11] at extremes", Tensor::maximum, Input.of(bases, 10, 1), Input.of(exponents, 1, 11));
        t.add("div", "[10,11] at extremes", Tensor::div, Input.of(bases, 10, 1), Input.of(values(0, -0.0, INF, 2), 4));
    }

    private static void binary(Table t, String op, BinaryOperator<Tensor> f, Domain a, Domain b) {
        t.smooth(true);
        t.add(op, "[5,7] [5,7]", f, Input.of(a, 5, 7), Input.of(b, 5, 7));
        t.add(op, "[5,1] [1,7]", f, Input.of(a, 5, 1), Input.of(b, 1, 7));
        t.add(op, "[2,3,5] [5]", f, Input.of(a, 2, 3, 5), Input.of(b, 5));
    }

    private static void comparisons(Table t) {
        t.within(Tolerance.EXACT).smooth(false);
        Domain ties = values(0, 1, 2, -0.0, NAN, INF, 1, -INF);
        Domain others = values(0, 2, 2, 0, NAN, INF, 0, -INF, 1);
        Domain whole = integers(-2, 2);
        comparison(t, "eq", Tensor::eq, x -> x.eq(1), ties, others, whole);
        comparison(t, "ne", Tensor::ne, x -> x.ne(1), ties, others, whole);
        comparison(t, "lt", Tensor::lt, x -> x.lt(1), ties, others, whole);
        comparison(t, "le", Tensor::le, x -> x.le(1), ties, others, whole);
        comparison(t, "gt", Tensor::gt, x -> x.gt(1), ties, others, whole);
        comparison(t, "ge", Tensor::ge, x -> x.ge(1), ties, others, whole);
        Domain truth = integers(0, 1);
        Input a = Input.of(DType.BOOL, truth, 41);
        Input b = Input.of(DType.BOOL, truth, 41);
        t.add("and", "[41]", Tensor::and, a, b);
        t.add("or", "[41]", Tensor::or, a, b);
        t.add("xor", "[41]", Tensor::xor, a, b);
        t.add("not", "[41]", Tensor::not, a);
        t.add("eq", "bool", Tensor::eq, a, b);
        t.add(
                "lt",
                "u8",
                Tensor::lt,
                Input.of(DType.U8, integers(0, 255), 41),
                Input.of(DType.U8, integers(0, 255), 41));
        t.add("and", "broadcast", Tensor::and, Input.of(DType.BOOL, truth, 5, 1), Input.of(DType.BOOL, truth, 7));
    }

    private static void comparison(
            Table t, String op, BinaryOperator<Tensor> f, UnaryOperator<Tensor> g, Domain a, Domain b, Domain whole) {
        t.add(op, "[8,9]", f, Input.of(a, 8, 1), Input.of(b, 1, 9));
        t.add(op, "number", g, Input.of(a, 16));
        t.add(op, "i32", f, Input.of(DType.I32, whole, 33), Input.of(DType.I32, whole, 33));
    }

    private static void choices(Table t) {
        t.within(Tolerance.EXACT).smooth(true);
        Input condition = Input.of(DType.BOOL, integers(0, 1), 5, 7);
        t.several("where", "[5,7]", PointwiseCases::where, condition, Input.of(ANY, 5, 7), Input.of(ANY, 5, 7));
        t.several(
                "where",
                "broadcast",
                PointwiseCases::where,
                Input.of(DType.BOOL, integers(0, 1), 5, 1),
                Input.of(ANY, 7),
                Input.of(ANY));
        t.add("clamp", "numbers", x -> x.clamp(-1, 1.5), Input.of(ANY, 67));
        t.smooth(false);
        t.several(
                "clamp",
                "tensors",
                in -> List.of(in.get(0).clamp(in.get(1), in.get(2))),
                Input.of(ANY, 5, 7),
                Input.of(range(-2, -1), 7),
                Input.of(range(1, 2), 5, 1));
        t.smooth(false);
        t.add("clamp", "at extremes", x -> x.clamp(-1, 1.5), Input.of(EXTREME, 30));
        t.several(
                "where",
                "i32",
                PointwiseCases::where,
                condition,
                ints(integers(-9, 9), 5, 7),
                ints(integers(-9, 9), 7));
        t.several(
                "where",
                "u8",
                PointwiseCases::where,
                condition,
                Input.of(DType.U8, integers(0, 255), 5, 7),
                Input.of(DType.U8, integers(0, 255), 7));
        t.several(
                "where",
                "NaN in the branch not taken",
                in -> List.of(Tensor.where(
                        in.get(0).ge(0), in.get(0).sqrt(), in.get(0).neg().mul(0))),
                Input.of(values(4, -4, 0, -1, 9, 16), 12));
    }

    private static List<Tensor> where(List<Tensor> in) {
        return List.of(Tensor.where(in.get(0), in.get(1), in.get(2)));
    }

    private static Input ints(Domain domain, int... dims) {
        return Input.of(DType.I32, domain, dims);
    }

    private static void wholeNumbers(Table t) {
        t.within(Tolerance.EXACT).smooth(false);
        Input a = ints(EXTREME_INTS, 13, 1);
        Input b = ints(EXTREME_INTS, 1, 13);
        t.add("add", "i32 wraps", Tensor::add, a, b);
        t.add("sub", "i32 wraps", Tensor::sub, a, b);
        t.add("mul", "i32 wraps", Tensor::mul, a, b);
        t.add("div", "i32, by zero too", Tensor::div, a, ints(EXTREME_DIVISORS, 9));
        t.add("minimum", "i32", Tensor::minimum, a, b);
        t.add("maximum", "i32", Tensor::maximum, a, b);
        t.add("add", "i32 number", x -> x.add(3), a);
        t.add("div", "i32 number", x -> x.div(3), a);
        t.add("neg", "i32", Tensor::neg, a);
        t.add("abs", "i32", Tensor::abs, a);
        t.add("sign", "i32", Tensor::sign, a);
        t.add("square", "i32", Tensor::square, a);
        t.add("relu", "i32", Tensor::relu, a);
        t.add("clamp", "i32", x -> x.clamp(-5, 5), a);
        // beyond 2^24 a float could not tell these apart
        t.add(
                "eq",
                "i32 beyond floats",
                Tensor::eq,
                ints(values(16777216, 16777217, MAX), 3),
                ints(values(16777217), 3));
        t.add(
                "lt",
                "i32 beyond floats",
                Tensor::lt,
                ints(values(16777216, 16777217, MAX - 1), 3),
                ints(values(MAX), 3));
    }

    private static void casts(Table t) {
        t.within(Tolerance.EXACT).smooth(false);
        Domain floats =
                values(0, -0.0, 0.4, -0.6, 1.9, -1.9, 255, 256.7, -1, 300, 1e10, -1e10, INF, -INF, NAN, 16777217);
        for (DType to : List.of(DType.I32, DType.U8, DType.BOOL))
            t.add("cast", "f32 to " + to, x -> x.cast(to), Input.of(floats, 32));
        for (DType to : List.of(DType.F32, DType.U8, DType.BOOL))
            t.add("cast", "i32 to " + to, x -> x.cast(to), ints(EXTREME_INTS, 13));
        for (DType to : List.of(DType.F32, DType.I32, DType.BOOL))
            t.add("cast", "u8 to " + to, x -> x.cast(to), Input.of(DType.U8, integers(0, 255), 33));
        for (DType to : List.of(DType.F32, DType.I32, DType.U8))
            t.add("cast", "bool to " + to, x -> x.cast(to), Input.of(DType.BOOL, integers(0, 1), 33));
        t.within(Tolerance.ulps(3));
        t.add(
                "cast",
                "u8 image to [0,1]",
                x -> x.cast(DType.F32).div(255),
                Input.of(DType.U8, integers(0, 255), 3, 5, 5));
    }

    private static void layouts(Table t) {
        t.within(Tolerance.EXACT).smooth(true);
        for (Layout a : Layout.values())
            for (Layout b : Layout.values())
                t.add("add", "[4,6] " + a + ", " + b, Tensor::add, a.of(ANY, 4, 6), b.of(ANY, 4, 6));
        for (Layout a : Layout.values()) {
            t.add("mul", "[3,1,5,2] " + a, Tensor::mul, a.of(ANY, 3, 1, 5, 2), Input.of(ANY, 4, 1, 2));
            t.add("relu", "[2,3,2,3,2] " + a, Tensor::relu, a.of(ANY, 2, 3, 2, 3, 2));
        }
        for (int[] dims :
                List.of(new int[] {}, new int[] {1}, new int[] {1, 1, 1}, new int[] {0}, new int[] {3, 0, 2})) {
            String shape = java.util.Arrays.toString(dims);
            t.add("neg", shape, Tensor::neg, Input.of(ANY, dims));
            t.add("mul", shape + " by itself", x -> x.mul(x), Input.of(ANY, dims));
        }
        t.add("add", "[3,0] [1]", Tensor::add, Input.of(ANY, 3, 0), Input.of(ANY, 1));
        t.add("add", "[4099] odd and long", Tensor::add, Input.of(ANY, 4099), Input.of(ANY, 4099));
        t.smooth(false).add("mul", "[300,301]", Tensor::mul, Input.of(ANY, 300, 301), Input.of(ANY, 301));
    }

    /** Expressions that a planner fuses. */
    private static void chains(Table t) {
        t.within(new Tolerance(2e-6, 1e-6)).smooth(true);
        t.several(
                "chain",
                "shared subexpressions, two results",
                in -> {
                    Tensor e = in.get(0).add(in.get(1)).exp();
                    return List.of(e.div(e.add(1)), e.mul(in.get(0)).tanh().sub(e.mul(in.get(0))));
                },
                Input.of(range(-1, 1), 5, 7),
                Input.of(range(-1, 1), 7));
        t.several(
                "chain",
                "thirty steps",
                in -> {
                    Tensor x = in.get(0);
                    for (int i = 0; i < 10; i++) x = x.mul(0.9).add(0.1 * i).sin();
                    return List.of(x);
                },
                Input.of(range(-1, 1), 67));
        t.several(
                "chain",
                "around a reduction",
                in -> {
                    Tensor x = in.get(0).square();
                    Tensor s = x.sumKeep(1).add(1).sqrt();
                    return List.of(x.div(s).exp(), s);
                },
                Layout.TRANSPOSED.of(ANY, 5, 7));
        t.several(
                "chain",
                "more results than a kernel writes",
                in -> java.util.stream.IntStream.range(0, 12)
                        .mapToObj(i -> in.get(0).mul(i + 0.5).add(in.get(1)))
                        .toList(),
                Input.of(ANY, 13),
                Input.of(ANY, 13));
        t.several(
                "chain",
                "more inputs than a kernel reads",
                in -> {
                    Tensor sum = in.get(0);
                    for (Tensor x : in.subList(1, in.size())) sum = sum.mul(0.5).add(x);
                    return List.of(sum);
                },
                java.util.stream.IntStream.range(0, 20)
                        .mapToObj(i -> Input.of(ANY, 13))
                        .toArray(Input[]::new));
    }
}
