package steepest.backend.opencl;

import java.util.List;
import java.util.Map;
import steepest.Shape;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;
import steepest.fused.BatchNorm;
import steepest.fused.GroupNorm;
import steepest.fused.RmsNorm;

/** Normalisations and their gradients through {@code norm.cl}. */
final class NormLowering {
    private NormLowering() {}

    /**
     * What {@code norm.cl} calls the channels of x: {@code [outer, a, lines, b]}, and into how many parts each line is cut.
     *
     * @param part places of a part
     */
    private record Channels(long outer, long a, long lines, long b, long parts, long part) {
        static Channels of(long outer, long a, long lines, long b, Tuning t) {
            long places = a * b;
            boolean columns = b == 1;
            long wanted = outer * lines < (columns ? t.splitColumnsBelow() : t.splitBelow())
                    ? ReduceLowering.parts(places, columns ? t.partColumns() : t.part())
                    : 1;
            long part = Math.max(1, (places + wanted - 1) / wanted);
            return new Channels(outer, a, lines, b, Math.max(1, (places + part - 1) / part), part);
        }

        static Channels of(Shape x, Tuning t) {
            return of(1, x.dim(0), x.dim(1), x.dim(2), t);
        }

        long count() {
            return outer * lines;
        }

        /** Launches a kernel over lines and parts, whose last parameter is the team. */
        void launch(Launches.Builder launch, Tuning t) {
            long team = b == 1 ? 1 : Lines.team(b, t);
            launch.ints(team);
            if (!t.chunked()) launch.jobs(count() * parts * team, 1);
            else if (b == 1 && lines > 1) launch.jobs(outer * ((lines + 15) / 16) * parts, 4 * part);
            else launch.jobs(count() * parts, part / 2);
        }
    }

    private static Unit norm(boolean centred, Tuning t) {
        return Unit.of("norm", Map.of("CENTRED", centred ? "1" : "0", "GROUP", Integer.toString(t.group())));
    }

    /** Launches a kernel over so many lines of n elements, whose last parameter is the team. */
    private static void lines(Launches.Builder launch, long lines, long n, Tuning t) {
        long team = Lines.team(n, t);
        launch.ints(team);
        if (t.chunked()) launch.jobs(lines, n);
        else launch.jobs(lines * team, 1);
    }

    static void batchNorm(BatchNorm op, List<View> in, View y, OpKernel k, Launches out) {
        Shape s = y.shape();
        Unit unit = norm(true, out.tuning);
        View mean = k.outputs().get(1);
        View variance = k.outputs().get(2);
        moments(Channels.of(s, out.tuning), in.get(0), mean, variance, out);
        if (s.size() == 0) return;
        Launches.Builder launch = out.launch(unit, "batch_norm")
                .views(in)
                .view(y)
                .view(mean)
                .view(variance)
                .ints(s.dim(0), s.dim(1), s.dim(2))
                .number(op.epsilon());
        overBatch(launch, s, out.tuning);
    }

    static void variance(View x, View y, Launches out) {
        Shape s = x.shape();
        moments(Channels.of(s.dim(0), s.dim(1), s.dim(2), s.dim(3), out.tuning), x, null, y, out);
    }

    /** Mean and variance of lines; the mean is null where nobody asks for it. */
    private static void moments(Channels c, View x, View mean, View variance, Launches out) {
        Unit unit = norm(true, out.tuning);
        Launches.Builder parts = out.launch(unit, "channel_moments").view(x);
        long spare = mean == null ? out.scratch(c.count()) : 0;
        long means = out.scratch(c.parts * c.count());
        long variances = out.scratch(c.parts * c.count());
        if (c.parts == 1) results(parts, mean, spare, variance);
        else parts.scratch(means).scratch(variances);
        c.launch(parts.ints(c.outer, c.a, c.lines, c.b, c.parts, c.part), out.tuning);
        if (c.parts == 1) return;
        results(out.launch(unit, "combine_moments").scratch(means).scratch(variances), mean, spare, variance)
                .ints(c.count(), c.parts, c.part, c.a * c.b)
                .jobs(c.count(), 4 * c.parts);
    }

    private static Launches.Builder results(Launches.Builder launch, View mean, long spare, View variance) {
        return (mean == null ? launch.scratch(spare) : launch.view(mean)).view(variance);
    }

    private static void overBatch(Launches.Builder launch, Shape x, Tuning t) {
        boolean samples = x.dim(2) == 1;
        lines(launch, samples ? x.dim(0) : x.size() / x.dim(2), x.dim(samples ? 1 : 2), t);
    }

    static void batchNormGrad(BatchNorm.Grad op, List<View> in, View y, OpKernel k, Launches out) {
        Shape s = y.shape();
        View scale = k.outputs().get(1);
        View shift = k.outputs().get(2);
        List<View> sums = List.of(scale, shift);
        gradients(s, new Statistics(0, 1, op.epsilon(), true), in, sums, out);
        if (s.size() == 0) return;
        Launches.Builder launch = out.launch(norm(true, out.tuning), "batch_norm_grad")
                .views(in)
                .view(y)
                .views(sums)
                .ints(s.dim(0), s.dim(1), s.dim(2))
                .number(1.0 / ((double) s.dim(0) * s.dim(2)))
                .number(op.epsilon());
        overBatch(launch, s, out.tuning);
    }

    /**
     * How channels find their statistics: in number {@code outer · stride + channel / width}.
     *
     * @param centred whether there is a mean beside the variance
     */
    private record Statistics(long stride, long width, double epsilon, boolean centred) {}

    /**
     * The gradients by the numbers of each channel.
     *
     * @param in as for all gradients: x, scale, statistics, gradient by y
     * @param sums the gradients by scale and, where there is one, by shift
     */
    private static void gradients(Shape x, Statistics s, List<View> in, List<View> sums, Launches out) {
        Channels c = Channels.of(x, out.tuning);
        Launches.Builder launch =
                out.launch(norm(s.centred, out.tuning), "channel_gradients").view(in.get(0));
        launch.views(in.subList(2, in.size()));
        long[] scratch = new long[sums.size()];
        for (int i = 0; i < scratch.length; i++) {
            if (c.parts == 1) launch.view(sums.get(i));
            else launch.scratch(scratch[i] = out.scratch(c.parts * c.count()));
        }
        launch.ints(c.outer, c.a, c.lines, c.b, c.parts, c.part, s.stride, s.width)
                .number(s.epsilon);
        c.launch(launch, out.tuning);
        if (c.parts == 1) return;
        for (int i = 0; i < scratch.length; i++)
            ReduceLowering.sumParts(out, scratch[i], sums.get(i), c.count(), c.parts);
    }

    /** A kernel over rows: the neighbours of a sample's group of channels. */
    private static void rows(
            String kernel, boolean centred, List<View> views, Shape x, int groups, double epsilon, Launches out) {
        long channels = x.dim(1) / groups;
        long rows = (long) x.dim(0) * groups;
        Launches.Builder launch = out.launch(norm(centred, out.tuning), kernel)
                .views(views)
                .ints(rows, channels, x.dim(2), groups)
                .number(epsilon);
        lines(launch, rows, channels * x.dim(2), out.tuning);
    }

    static void groupNorm(GroupNorm op, List<View> in, View y, OpKernel k, Launches out) {
        rows("norm_rows", true, both(in, k.outputs()), y.shape(), op.groups(), op.epsilon(), out);
    }

    static void groupNormGrad(GroupNorm.Grad op, List<View> in, View y, OpKernel k, Launches out) {
        int groups = op.norm().groups();
        double epsilon = op.norm().epsilon();
        Shape s = y.shape();
        rows("norm_rows_grad", true, both(in, List.of(y)), s, groups, epsilon, out);
        Statistics statistics = new Statistics(groups, Math.max(1, s.dim(1) / groups), epsilon, true);
        gradients(s, statistics, in, k.outputs().subList(1, 3), out);
    }

    static void rmsNorm(RmsNorm op, List<View> in, View y, OpKernel k, Launches out) {
        rows("norm_rows", false, both(in, k.outputs()), y.shape().insert(2, 1), 1, op.epsilon(), out);
    }

    static void rmsNormGrad(RmsNorm.Grad op, List<View> in, View y, OpKernel k, Launches out) {
        Shape s = y.shape().insert(2, 1);
        rows("norm_rows_grad", false, both(in, List.of(y)), s, 1, op.epsilon(), out);
        gradients(
                s,
                new Statistics(1, Math.max(1, s.dim(1)), op.epsilon(), false),
                in,
                k.outputs().subList(1, 2),
                out);
    }

    private static List<View> both(List<View> a, List<View> b) {
        return java.util.stream.Stream.concat(a.stream(), b.stream()).toList();
    }
}
