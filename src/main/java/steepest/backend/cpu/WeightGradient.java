package steepest.backend.cpu;

import java.util.Arrays;
import java.util.List;
import steepest.backend.View;
import steepest.backend.cpu.ConvolutionLayout.Tap;
import steepest.fused.Conv2d;
import steepest.op.ScalarOp;

/**
 * The gradient of a convolution by its weight: for each weight a dot product of the output's gradient with the image under
 * the weight's tap, both laid out with one pitch ({@link ConvolutionLayout}), summed over the images. Weights are taken in
 * cells of 6 × 4 (output channels by taps, or the other way round). A task takes a group of images and a range of cells,
 * small enough that its partial sums stay in the cache; groups are added up in order at the end.
 */
final class WeightGradient implements Run.Prepared {
    private static final int CELL = 24 * Lanes.DOTS;
    /** Cells whose partial sums (1.5 KiB each) take half of a usual second cache. */
    private static final int RANGE = 192;
    /** Steps that a cell takes at a time, where images are small: more would not stay in the first cache. */
    private static final int STEPS = 48;

    private final View xView;
    private final View gView;
    private final View out;
    private final Lanes lanes;
    private final int groups;
    private final int images;
    /** Output channels and weights of each, in one group. */
    private final int channels;

    private final int depth;
    private final ConvolutionLayout layout;
    private final int[] at;
    /** Whether output channels are the six side. */
    private final boolean channelsBySix;

    private final int up;
    private final int across;
    private final int cells;
    private final int ranges;
    private final int imageGroups;
    /** Images laid out at a time, so that a cell's registers are not loaded and stored too often. */
    private final int together;
    /** Floats of an image's planes. */
    private final int planes;

    private final int[] imageSteps;
    private final int[] gradientSteps;
    /** Positions of one gradient plane, zeros beside the image included, whole vectors. */
    private final int positions;

    static Run.Prepared prepare(Conv2d.Geometry g, View x, View gradient, View out, Lanes lanes) {
        int n = out.shape().intSize();
        if (x.shape().size() == 0 || gradient.shape().size() == 0) {
            int o = (int) out.offset();
            return run -> Arrays.fill(run.floats(out), o, o + n, 0f);
        }
        return new WeightGradient(g, x, gradient, out, lanes);
    }

    private WeightGradient(Conv2d.Geometry g, View x, View gradient, View out, Lanes lanes) {
        xView = x;
        gView = gradient;
        this.out = out;
        this.lanes = lanes;
        groups = g.groups();
        images = x.shape().dim(0);
        channels = out.shape().dim(0) / groups;
        int inChannels = out.shape().dim(1);
        List<Tap> taps =
                ConvolutionLayout.forwardTaps(g, out.shape().dim(2), out.shape().dim(3));
        int oh = gradient.shape().dim(2);
        int ow = gradient.shape().dim(3);
        layout = ConvolutionLayout.of(g.strideH(), g.strideW(), taps, oh, ow);
        at = layout.offsets(inChannels, taps);
        depth = at.length;
        int sixFour = up(channels, 6) * up(depth, 4);
        int fourSix = up(channels, 4) * up(depth, 6);
        channelsBySix = sixFour <= fourSix;
        up = up(channels, channelsBySix ? 6 : 4);
        across = up(depth, channelsBySix ? 4 : 6);
        cells = up * across;
        ranges = groups * up(cells, RANGE);
        // about eight tasks in all, each of at least four images
        imageGroups = Math.max(1, Math.min(images / 4, 8 / ranges));
        positions = up(oh * layout.pitch(), Lanes.DOTS) * Lanes.DOTS;
        planes = inChannels * layout.channelSize();
        int each = positions / Lanes.DOTS;
        together = Math.max(1, Math.min(up(images, imageGroups), STEPS / each));
        imageSteps = new int[together * each];
        gradientSteps = new int[together * each];
        for (int i = 0; i < imageSteps.length; i++) {
            imageSteps[i] = i / each * planes + i % each * Lanes.DOTS;
            gradientSteps[i] = i / each * channels * positions + i % each * Lanes.DOTS;
        }
    }

    private static int up(int n, int by) {
        return (n + by - 1) / by;
    }

    @Override
    public void run(Run run) {
        float[] x = run.floats(xView);
        float[] g = run.floats(gView);
        float[] w = run.floats(out);
        int rangesEach = ranges / groups;
        int perGroup = groups * cells * CELL;
        // with one group of images a task's sums are final, and need no place of their own
        boolean direct = imageGroups == 1;
        float[] shared = direct ? null : run.workers.own().floats(Scratch.SHARED, imageGroups * perGroup);
        run.workers.run(ranges * imageGroups, (task, scratch) -> {
            int part = task / ranges;
            int group = task % ranges / rangesEach;
            int range = task % ranges % rangesEach;
            int from = cells * range / rangesEach;
            int to = cells * (range + 1) / rangesEach;
            float[] sums = direct ? scratch.floats(Scratch.RESULT, (to - from) * CELL) : shared;
            int acc = direct ? -from * CELL : part * perGroup + group * cells * CELL;
            Arrays.fill(sums, acc + from * CELL, acc + to * CELL, 0f);
            int end = OpKernels.from(images, imageGroups, part + 1);
            for (int i = OpKernels.from(images, imageGroups, part); i < end; i += together)
                images(x, g, i, Math.min(together, end - i), group, from, to, sums, acc, scratch);
            if (direct) for (int c = from; c < to; c++) store(sums, acc + c * CELL, group, c, w);
        });
        if (direct) return;
        int all = groups * cells;
        int tasks = OpKernels.tasks(all, (long) CELL * (imageGroups + 1));
        run.workers.run(tasks, (task, scratch) -> {
            int end = OpKernels.from(all, tasks, task + 1);
            for (int c = OpKernels.from(all, tasks, task); c < end; c++) {
                int o = c * CELL;
                for (int i = 1; i < imageGroups; i++)
                    lanes.binary(ScalarOp.ADD, shared, o, shared, i * perGroup + o, shared, o, CELL);
                store(shared, o, c / cells, c % cells, w);
            }
        });
    }

    /** Adds a few images' products to the cells. */
    private void images(
            float[] x, float[] g, int i0, int count, int group, int from, int to, float[] sums, int acc, Scratch s) {
        int h = xView.shape().dim(2);
        int width = xView.shape().dim(3);
        int inChannels = out.shape().dim(1);
        int oh = gView.shape().dim(2);
        int ow = gView.shape().dim(3);
        int slack = layout.pitch() + Lanes.DOTS;
        int gradient = together * planes + slack;
        float[] scratch = s.floats(Scratch.PACKED, gradient + together * channels * positions);
        Arrays.fill(scratch, count * planes, count * planes + slack, 0f); // read beyond the last plane, times zero
        int[] six = s.six;
        int[] four = s.four;
        int[] byChannel = channelsBySix ? six : four;
        int[] byTap = channelsBySix ? four : six;
        int first = from / across * byChannel.length;
        int last = Math.min(channels, ((to - 1) / across + 1) * byChannel.length);
        for (int i = 0; i < count; i++) {
            int xo = (int) xView.offset() + ((i0 + i) * groups + group) * inChannels * h * width;
            layout.fill(x, xo, inChannels, h, width, scratch, i * planes, lanes);
            for (int k = first; k < last; k++) {
                int go = (int) gView.offset() + (((i0 + i) * groups + group) * channels + k) * oh * ow;
                spread(g, go, oh, ow, scratch, gradient + (i * channels + k) * positions);
            }
        }
        int[] sixAt = channelsBySix ? gradientSteps : imageSteps;
        int[] fourAt = channelsBySix ? imageSteps : gradientSteps;
        int steps = count * positions / Lanes.DOTS;
        for (int c = from; c < to; c++) {
            // past the edge the last one is computed once more, and not stored
            for (int j = 0; j < byChannel.length; j++) {
                int k = Math.min(c / across * byChannel.length + j, channels - 1);
                byChannel[j] = gradient + k * positions;
            }
            for (int j = 0; j < byTap.length; j++) byTap[j] = at[Math.min(c % across * byTap.length + j, depth - 1)];
            lanes.dots(scratch, six, sixAt, scratch, four, fourAt, steps, sums, acc + c * CELL);
        }
    }

    /** A gradient plane with the images' pitch: what is beside it, zero, drops out of the products. */
    private void spread(float[] g, int go, int oh, int ow, float[] y, int yo) {
        Arrays.fill(y, yo, yo + positions, 0f);
        lanes.copyRows(g, go, ow, y, yo, layout.pitch(), ow, oh);
    }

    private void store(float[] sums, int o, int group, int cell, float[] w) {
        int k0 = cell / across * (channelsBySix ? 6 : 4);
        int d0 = cell % across * (channelsBySix ? 4 : 6);
        for (int r = 0; r < 6; r++)
            for (int t = 0; t < 4; t++) {
                int k = k0 + (channelsBySix ? r : t);
                int d = d0 + (channelsBySix ? t : r);
                if (k >= channels || d >= depth) continue;
                w[(int) out.offset() + (group * channels + k) * depth + d] =
                        Lanes.fold16(sums, o + (r * 4 + t) * Lanes.DOTS);
            }
    }
}
