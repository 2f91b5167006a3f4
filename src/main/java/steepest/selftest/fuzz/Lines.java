package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.selftest.fuzz.Generator.DoesNotFit;

/** The kinds of lines that a program is drawn of: functions of elements, movement, sums and orders, gradients. */
final class Lines {
    private static final List<Map.Entry<String, UnaryOperator<Tensor>>> UNARY = List.of(
            Map.entry("neg()", Tensor::neg),
            Map.entry("abs()", Tensor::abs),
            Map.entry("sign()", Tensor::sign),
            Map.entry("floor()", Tensor::floor),
            Map.entry("ceil()", Tensor::ceil),
            Map.entry("round()", Tensor::round),
            Map.entry("clamp(-3, 3).square()", x -> x.clamp(-3, 3).square()),
            Map.entry("square().add(0.5).reciprocal()", x -> x.square().add(0.5).reciprocal()),
            Map.entry("abs().add(0.25).sqrt()", x -> x.abs().add(0.25).sqrt()),
            Map.entry("abs().add(0.25).rsqrt()", x -> x.abs().add(0.25).rsqrt()),
            Map.entry("clamp(-4, 4).exp()", x -> x.clamp(-4, 4).exp()),
            Map.entry("minimum(3).expm1()", x -> x.minimum(3).expm1()),
            Map.entry("abs().add(0.5).log()", x -> x.abs().add(0.5).log()),
            Map.entry("abs().log1p()", x -> x.abs().log1p()),
            Map.entry("clamp(-20, 20).sin()", x -> x.clamp(-20, 20).sin()),
            Map.entry("clamp(-20, 20).cos()", x -> x.clamp(-20, 20).cos()),
            Map.entry("tanh().tan()", x -> x.tanh().tan()),
            Map.entry("tanh().mul(0.75).asin()", x -> x.tanh().mul(0.75).asin()),
            Map.entry("tanh().mul(0.75).acos()", x -> x.tanh().mul(0.75).acos()),
            Map.entry("atan()", Tensor::atan),
            Map.entry("clamp(-3, 3).sinh()", x -> x.clamp(-3, 3).sinh()),
            Map.entry("clamp(-3, 3).cosh()", x -> x.clamp(-3, 3).cosh()),
            Map.entry("tanh()", Tensor::tanh),
            Map.entry("sigmoid()", Tensor::sigmoid),
            Map.entry("erf()", Tensor::erf),
            Map.entry("softplus()", Tensor::softplus),
            Map.entry("relu()", Tensor::relu),
            Map.entry("leakyRelu(0.125)", x -> x.leakyRelu(0.125)),
            Map.entry("elu(0.5)", x -> x.elu(0.5)),
            Map.entry("gelu()", Tensor::gelu),
            Map.entry("silu()", Tensor::silu),
            Map.entry("mish()", Tensor::mish),
            Map.entry("hardlim()", Tensor::hardlim),
            Map.entry("satlins()", Tensor::satlins),
            Map.entry("detach()", Tensor::detach));

    private static final List<Map.Entry<String, BinaryOperator<Tensor>>> BINARY = List.of(
            Map.entry("%s.add(%s)", Tensor::add),
            Map.entry("%s.sub(%s)", Tensor::sub),
            Map.entry("%s.mul(%s)", Tensor::mul),
            Map.entry("%s.minimum(%s)", Tensor::minimum),
            Map.entry("%s.maximum(%s)", Tensor::maximum),
            Map.entry("%s.div(%s.abs().add(0.5))", (x, y) -> x.div(y.abs().add(0.5))),
            Map.entry("%s.atan2(%s.abs().add(0.5))", (x, y) -> x.atan2(y.abs().add(0.5))),
            Map.entry(
                    "%s.tanh().exp().pow(%s.clamp(-2, 2))",
                    (x, y) -> x.tanh().exp().pow(y.clamp(-2, 2))),
            Map.entry("%s.clamp(%s, Tensor.scalar(2))", (x, y) -> x.clamp(y.minimum(2), Tensor.scalar(2))));

    private static final List<Map.Entry<String, BinaryOperator<Tensor>>> COMPARISONS = List.of(
            Map.entry("eq", Tensor::eq),
            Map.entry("ne", Tensor::ne),
            Map.entry("lt", Tensor::lt),
            Map.entry("le", Tensor::le),
            Map.entry("gt", Tensor::gt),
            Map.entry("ge", Tensor::ge));

    private static final List<Map.Entry<String, BinaryOperator<Tensor>>> LOGIC =
            List.of(Map.entry("and", Tensor::and), Map.entry("or", Tensor::or), Map.entry("xor", Tensor::xor));

    /** All kinds, the frequent ones more than once. */
    static final List<Consumer<Generator>> KINDS = kinds();

    private Lines() {}

    private static List<Consumer<Generator>> kinds() {
        Map<Consumer<Generator>, Integer> often = new java.util.LinkedHashMap<>();
        often.put(Lines::unary, 6);
        often.put(Lines::number, 2);
        often.put(Lines::binary, 6);
        often.put(Lines::comparison, 2);
        often.put(Lines::choice, 2);
        often.put(Lines::logic, 1);
        often.put(Lines::cast, 1);
        often.put(Lines::wholeNumbers, 1);
        often.put(Lines::random, 1);
        often.put(Lines::view, 7);
        often.put(Lines::repetition, 2);
        often.put(Lines::pad, 1);
        often.put(Lines::join, 2);
        often.put(Lines::selection, 3);
        often.put(Lines::reduction, 5);
        often.put(Lines::order, 2);
        often.put(Lines::gradient, 5);
        often.put(FusedLines::product, 4);
        often.put(FusedLines::convolution, 2);
        often.put(FusedLines::pool, 2);
        often.put(FusedLines::softmax, 2);
        often.put(FusedLines::norm, 2);
        often.put(FusedLines::loss, 1);
        often.put(FusedLines::cell, 1);
        List<Consumer<Generator>> kinds = new ArrayList<>();
        often.forEach((kind, n) -> {
            for (int i = 0; i < n; i++) kinds.add(kind);
        });
        return List.copyOf(kinds);
    }

    private static void unary(Generator g) {
        var f = g.dice.of(UNARY);
        g.line("%s." + f.getKey(), in -> f.getValue().apply(in.get(0)), g.floats());
    }

    private static void number(Generator g) {
        var f = g.dice.of(BINARY.subList(0, 5));
        double c = g.number();
        String text = f.getKey().replace("(%s)", "(" + c + ")");
        g.line(text, in -> f.getValue().apply(in.get(0), Tensor.scalar(c)), g.floats());
    }

    private static void binary(Generator g) {
        var f = g.dice.of(BINARY);
        int x = g.floats();
        int y = g.partner(x);
        g.line(f.getKey(), in -> f.getValue().apply(in.get(0), in.get(1)), x, y);
    }

    // ---- truth, types, randomness ----

    private static void comparison(Generator g) {
        var f = g.dice.of(COMPARISONS);
        int x = g.floats();
        int y = g.partner(x);
        g.line("%s." + f.getKey() + "(%s)", in -> f.getValue().apply(in.get(0), in.get(1)), x, y);
    }

    private static void choice(Generator g) {
        int c = g.entry(t -> t.dtype() == DType.BOOL);
        int x = g.partner(c);
        int y = g.partner(c);
        g.line("Tensor.where(%s, %s, %s)", in -> Tensor.where(in.get(0), in.get(1), in.get(2)), c, x, y);
    }

    private static void logic(Generator g) {
        int a = g.entry(t -> t.dtype() == DType.BOOL);
        if (g.dice.chance(0.3)) {
            g.line("%s.not()", in -> in.get(0).not(), a);
            return;
        }
        int b = g.dice.chance(0.5)
                ? g.integers(DType.BOOL, 0, 1, g.shape(a).dims())
                : g.entry(t -> t.dtype() == DType.BOOL && t.shape().equals(g.shape(a)));
        var f = g.dice.of(LOGIC);
        g.line("%s." + f.getKey() + "(%s)", in -> f.getValue().apply(in.get(0), in.get(1)), a, b);
    }

    private static void cast(Generator g) {
        if (g.dice.chance(0.5)) {
            int x = g.entry(t -> t.dtype() != DType.F32);
            g.line("%s.cast(F32)", in -> in.get(0).cast(DType.F32), x);
        } else if (g.dice.chance(0.5)) {
            DType to = g.dice.of(List.of(DType.I32, DType.U8, DType.BOOL));
            g.line("%s.cast(" + to.name() + ")", in -> in.get(0).cast(to), g.floats());
        } else {
            int[] dims = g.shape(g.floats()).dims();
            int u8 = g.integers(DType.U8, 0, 255, dims);
            g.line("%s.cast(F32).div(255)", in -> in.get(0).cast(DType.F32).div(255), u8);
        }
    }

    private static void wholeNumbers(Generator g) {
        int x = g.dice.chance(0.5)
                ? g.entry(t -> t.dtype() == DType.I32)
                : g.integers(DType.I32, -9, 9, g.shape(g.floats()).dims());
        int n = g.dice.between(2, 5);
        switch (g.dice.below(6)) {
            case 0 -> g.line("%s.mul(" + n + ")", in -> in.get(0).mul(n), x);
            case 1 -> g.line("%s.div(" + n + ")", in -> in.get(0).div(n), x);
            case 2 -> g.line("%s.add(%s)", in -> in.get(0).add(in.get(1)), x, x);
            case 3 -> g.line("%s.lt(" + n + ")", in -> in.get(0).lt(n), x);
            case 4 -> {
                int a = g.axis(x);
                g.line("%s.sum(" + a + ")", in -> in.get(0).sum(a), x);
            }
            default ->
                g.line("%s.abs().minimum(" + n + ")", in -> in.get(0).abs().minimum(n), x);
        }
    }

    private static void random(Generator g) {
        int x = g.floats();
        int seed = g.dice.between(1, 99);
        g.line(
                "%s.mul(Rng.seed(" + seed + ").bernoulli(shape, 0.75))",
                in -> in.get(0).mul(Rng.seed(seed).bernoulli(in.get(0).shape(), 0.75)),
                x);
    }

    // ---- movement ----

    private static void view(Generator g) {
        int x = g.entry(t -> t.shape().rank() > 0);
        Shape s = g.shape(x);
        int a = g.axis(x);
        int n = s.dim(a);
        switch (g.dice.below(8)) {
            case 0 -> {
                if (s.rank() < 2) throw new DoesNotFit();
                g.line("%s.t()", in -> in.get(0).t(), x);
            }
            case 1 -> {
                int[] order = g.dice.order(s.rank());
                g.line("%s.permute(" + join(order) + ")", in -> in.get(0).permute(order), x);
            }
            case 2, 3 -> {
                int from = g.dice.between(0, n);
                int to = g.dice.between(from, n);
                int step = g.dice.between(1, 3);
                if (from == to && g.dice.chance(0.9)) throw new DoesNotFit();
                g.line(
                        "%s.slice(" + join(a, from, to, step) + ")",
                        in -> in.get(0).slice(a, from, to, step),
                        x);
            }
            case 4 -> g.line("%s.flip(" + a + ")", in -> in.get(0).flip(a), x);
            case 5 -> {
                int[] dims = g.dice.chance(0.5) ? new int[] {-1} : new int[] {-1, Math.max(1, s.dim(g.axis(x)))};
                if (s.size() == 0) throw new DoesNotFit();
                g.line("%s.reshape(" + join(dims) + ")", in -> in.get(0).reshape(dims), x);
            }
            case 6 -> {
                int at = g.dice.between(0, s.rank());
                if (s.rank() > 4) throw new DoesNotFit();
                g.line("%s.unsqueeze(" + at + ")", in -> in.get(0).unsqueeze(at), x);
            }
            default -> {
                if (n == 0) throw new DoesNotFit();
                int at = g.dice.below(n);
                g.line("%s.select(" + join(a, at) + ")", in -> in.get(0).select(a, at), x);
            }
        }
    }

    private static void repetition(Generator g) {
        int x = g.entry(t -> t.shape().rank() < 4);
        Shape s = g.shape(x);
        int n = g.dice.between(2, 3);
        if (s.rank() == 0 || g.dice.chance(0.4)) {
            Shape wide = Shape.of(n).concat(s);
            g.line(
                    "%s.broadcastTo(Shape.of(" + join(wide.dims()) + "))",
                    in -> in.get(0).broadcastTo(wide),
                    x);
            return;
        }
        int a = g.axis(x);
        if (g.dice.chance(0.5)) {
            g.line("%s.repeat(" + join(a, n) + ")", in -> in.get(0).repeat(a, n), x);
        } else {
            int[] times = new int[s.rank()];
            Arrays.fill(times, 1);
            times[a] = n;
            g.line("%s.tile(" + join(times) + ")", in -> in.get(0).tile(times), x);
        }
    }

    private static void pad(Generator g) {
        int x = g.floats(1, 4);
        int[] before = new int[g.shape(x).rank()];
        int[] after = new int[before.length];
        int a = g.axis(x);
        before[a] = g.dice.between(0, 2);
        after[a] = g.dice.between(before[a] == 0 ? 1 : 0, 2);
        double value = g.dice.chance(0.5) ? 0 : g.number();
        g.line(
                "%s.pad({" + join(before) + "}, {" + join(after) + "}, " + value + ")",
                in -> in.get(0).pad(before, after, value),
                x);
    }

    private static void join(Generator g) {
        int x = g.floats(1, 4);
        int a = g.axis(x);
        int y = g.dice.chance(0.3)
                ? g.source(g.shape(x).with(a, g.dice.between(0, 4)).dims())
                : g.entry(t -> t.dtype() == DType.F32
                        && t.shape().rank() == g.shape(x).rank()
                        && t.shape().with(a, 1).equals(g.shape(x).with(a, 1)));
        g.line("Tensor.concat(" + a + ", %s, %s)", in -> Tensor.concat(a, in.get(0), in.get(1)), x, y);
    }

    private static void selection(Generator g) {
        int x = g.floats(1, 3);
        int a = g.axis(x);
        Shape s = g.shape(x);
        int n = s.dim(a);
        int m = g.dice.between(1, 6);
        switch (g.dice.below(4)) {
            case 0 -> {
                int index = g.integers(DType.I32, -1, n, s.with(a, m).dims());
                g.line("%s.gather(" + a + ", %s)", in -> in.get(0).gather(a, in.get(1)), x, index);
            }
            case 1 -> {
                int index = g.integers(DType.I32, -1, m, s.dims());
                g.line(
                        "%s.scatterAdd(" + a + ", %s, " + m + ")",
                        in -> in.get(0).scatterAdd(a, in.get(1), m),
                        x,
                        index);
            }
            case 2 -> {
                int index = g.integers(DType.I32, -1, n, m);
                g.line("%s.take(" + a + ", %s)", in -> in.get(0).take(a, in.get(1)), x, index);
            }
            default -> {
                int labels = g.entry(t -> t.dtype() == DType.I32 && t.shape().rank() < 4);
                g.line("%s.oneHot(" + m + ")", in -> in.get(0).oneHot(m), labels);
            }
        }
    }

    // ---- sums and orders ----

    private static void reduction(Generator g) {
        int x = g.floats(1, 5);
        int rank = g.shape(x).rank();
        int[] axes = Arrays.copyOf(g.dice.order(rank), g.dice.between(1, rank));
        Arrays.sort(axes);
        String list = "(" + join(axes) + ")";
        switch (g.dice.below(11)) {
            case 0, 1 -> g.line("%s.sum" + list, in -> in.get(0).sum(axes), x);
            case 2 -> g.line("%s.mean" + list, in -> in.get(0).mean(axes), x);
            case 3 -> g.line("%s.max" + list, in -> in.get(0).max(axes), x);
            case 4 -> g.line("%s.min" + list, in -> in.get(0).min(axes), x);
            case 5 -> g.line("%s.tanh().prod" + list, in -> in.get(0).tanh().prod(axes), x);
            case 6 -> g.line("%s.variance" + list, in -> in.get(0).variance(axes), x);
            case 7 -> g.line("%s.logSumExp" + list, in -> in.get(0).logSumExp(axes), x);
            case 8 -> g.line("%s.sumKeep" + list, in -> in.get(0).sumKeep(axes), x);
            case 9 -> g.line("%s.meanKeep" + list, in -> in.get(0).meanKeep(axes), x);
            default -> g.line("%s.norm()", in -> in.get(0).norm(), x);
        }
    }

    private static void order(Generator g) {
        int x = g.floats(1, 4);
        int a = g.axis(x);
        boolean down = g.dice.chance(0.5);
        switch (g.dice.below(6)) {
            case 0, 1 -> g.line("%s.cumsum(" + a + ")", in -> in.get(0).cumsum(a), x);
            case 2 ->
                g.line(
                        "%s.sort(" + a + ", " + down + ").values()",
                        in -> in.get(0).sort(a, down).values(),
                        x);
            case 3 ->
                g.line(
                        "%s.sort(" + a + ", " + down + ").indices()",
                        in -> in.get(0).sort(a, down).indices(),
                        x);
            case 4 -> g.line("%s.argmax(" + a + ")", in -> in.get(0).argmax(a), x);
            default -> g.line("%s.argmin(" + a + ")", in -> in.get(0).argmin(a), x);
        }
    }

    /** The gradient of a number made of one tensor by another, which may itself be differentiated again. */
    private static void gradient(Generator g) {
        int y = g.floats();
        int x = g.floats();
        if (x == y) throw new DoesNotFit();
        var losses = new TreeMap<String, UnaryOperator<Tensor>>();
        losses.put("sum()", Tensor::sum);
        losses.put("square().mean()", t -> t.square().mean());
        losses.put("clamp(-9, 9).sin().sum()", t -> t.clamp(-9, 9).sin().sum());
        var loss = g.dice.of(List.copyOf(losses.entrySet()));
        g.line(
                "%s." + loss.getKey() + ".grad(%s)",
                in -> loss.getValue().apply(in.get(0)).grad(in.get(1)),
                y,
                x);
    }

    static String join(int... numbers) {
        return String.join(
                ", ", Arrays.stream(numbers).mapToObj(Integer::toString).toList());
    }
}
