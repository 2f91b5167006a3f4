package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import steepest.backend.View;
import steepest.backend.cpu.ConvolutionLayout.Tap;
import steepest.backend.cpu.Lanes.Tile;
import steepest.fused.Conv2d;

/**
 * Convolution and its gradient by the input, as a matrix product whose right-hand matrix is never built: the register tile
 * finds its row for (channel, tap) by an offset into the image, laid out as {@link ConvolutionLayout} says. A task takes
 * an image (or a part of its output channels, where there are few images).
 */
final class Convolution implements Run.Prepared {
    private final View source;
    private final View weight;
    private final View out;
    private final Lanes lanes;
    private final Tile tile;
    private final ConvolutionLayout layout;
    private final List<Part> parts;
    private final int groups;
    /** Channels read and written, of one group. */
    private final int sourceChannels;

    private final int outChannels;
    private final int panels;

    /**
     * Outputs that share their taps: all of a forward convolution, or the rows ≡ a and columns ≡ b modulo the stride of an
     * input gradient.
     *
     * @param rows outputs in this part, and columns
     * @param at offsets by depth
     */
    private record Part(int a, int b, int rows, int columns, List<Tap> taps, int[] at) {}

    static Run.Prepared forward(Conv2d.Geometry g, View x, View w, View out, Lanes lanes) {
        List<Tap> taps =
                ConvolutionLayout.forwardTaps(g, w.shape().dim(2), w.shape().dim(3));
        int oh = out.shape().dim(2);
        int ow = out.shape().dim(3);
        ConvolutionLayout layout = ConvolutionLayout.of(g.strideH(), g.strideW(), taps, oh, ow);
        Part all = new Part(0, 0, oh, ow, taps, layout.offsets(w.shape().dim(1), taps));
        return new Convolution(x, w, out, false, g.groups(), 1, 1, layout, List.of(all), lanes);
    }

    static Run.Prepared inputGrad(Conv2d.Geometry g, View gradient, View w, View out, Lanes lanes) {
        int kh = w.shape().dim(2);
        int kw = w.shape().dim(3);
        int sh = g.strideH();
        int sw = g.strideW();
        int h = out.shape().dim(2);
        int width = out.shape().dim(3);
        List<Tap> all = new ArrayList<>();
        for (int a = 0; a < sh; a++)
            for (int b = 0; b < sw; b++) all.addAll(ConvolutionLayout.backwardTaps(g, kh, kw, a, b));
        ConvolutionLayout layout = ConvolutionLayout.of(1, 1, all, (h + sh - 1) / sh, (width + sw - 1) / sw);
        List<Part> parts = new ArrayList<>();
        int channels = w.shape().dim(0) / g.groups();
        for (int a = 0; a < Math.min(sh, h); a++)
            for (int b = 0; b < Math.min(sw, width); b++) {
                List<Tap> taps = ConvolutionLayout.backwardTaps(g, kh, kw, a, b);
                int rows = (h - a + sh - 1) / sh;
                int columns = (width - b + sw - 1) / sw;
                parts.add(new Part(a, b, rows, columns, taps, layout.offsets(channels, taps)));
            }
        return new Convolution(gradient, w, out, true, g.groups(), sh, sw, layout, parts, lanes);
    }

    private final boolean backward;
    private final int stepH;
    private final int stepW;

    private Convolution(
            View source,
            View weight,
            View out,
            boolean backward,
            int groups,
            int stepH,
            int stepW,
            ConvolutionLayout layout,
            List<Part> parts,
            Lanes lanes) {
        this.source = source;
        this.weight = weight;
        this.out = out;
        this.backward = backward;
        this.groups = groups;
        this.stepH = stepH;
        this.stepW = stepW;
        this.layout = layout;
        this.parts = parts;
        sourceChannels = source.shape().dim(1) / groups;
        outChannels = out.shape().dim(1) / groups;
        this.lanes = lanes;
        tile = outChannels == 1 ? lanes.flatTile() : lanes.tileFor(outChannels);
        panels = (outChannels + tile.rows() - 1) / tile.rows();
    }

    @Override
    public void run(Run run) {
        float[] x = run.floats(source);
        float[] w = run.floats(weight);
        float[] y = run.floats(out);
        int[] at = new int[parts.size() + 1]; // where the packed weights of a part begin, per group
        for (int p = 0; p < parts.size(); p++) at[p + 1] = at[p] + panels * tile.rows() * parts.get(p).at.length;
        int each = at[parts.size()];
        float[] packed = run.workers.own().floats(Scratch.SHARED, groups * each);
        for (int g = 0; g < groups; g++)
            for (int p = 0; p < parts.size(); p++) pack(w, g, parts.get(p), packed, g * each + at[p]);
        int images = source.shape().dim(0) * groups;
        int split = Math.min(panels, images >= 8 ? 1 : 8 / Math.max(1, images));
        run.workers.run(images * split, (task, scratch) -> {
            int image = task / split;
            int share = task % split;
            int g = image % groups;
            int from = panels * share / split;
            int to = panels * (share + 1) / split;
            int slack = tile.columns() + layout.pitch();
            float[] planes = scratch.floats(Scratch.PACKED, sourceChannels * layout.channelSize() + slack);
            int h = source.shape().dim(2);
            int width = source.shape().dim(3);
            int plane = sourceChannels * h * width;
            layout.fill(x, (int) source.offset() + image * plane, sourceChannels, h, width, planes, 0, lanes);
            for (int p = 0; p < parts.size(); p++)
                part(parts.get(p), packed, g * each + at[p], planes, y, image, from, to, scratch);
        });
    }

    /** Weights as panels of the tile: for each depth the values of the tile's output channels. */
    private void pack(float[] w, int group, Part part, float[] packed, int to) {
        int kh = weight.shape().dim(2);
        int kw = weight.shape().dim(3);
        int area = kh * kw;
        int perOut = weight.shape().dim(1) * area; // from one of K to the next
        int base = (int) weight.offset() + group * (weight.shape().dim(0) / groups) * perOut;
        int outStep = backward ? area : perOut;
        int sourceStep = backward ? perOut : area;
        int rows = tile.rows();
        int depth = part.at.length;
        for (int panel = 0; panel < panels; panel++) {
            int o = to + panel * rows * depth;
            for (int c = 0; c < sourceChannels; c++)
                for (Tap t : part.taps) {
                    int from = base + c * sourceStep + t.r() * kw + t.s();
                    for (int i = 0; i < rows; i++) {
                        int k = panel * rows + i;
                        packed[o++] = k < outChannels ? w[from + k * outStep] : 0f;
                    }
                }
        }
    }

    private void part(
            Part part, float[] packed, int at, float[] planes, float[] y, int image, int from, int to, Scratch s) {
        int rows = tile.rows();
        int columns = tile.columns();
        int depth = part.at.length;
        int n = (part.rows - 1) * layout.pitch() + part.columns;
        int width = (n + columns - 1) / columns * columns;
        float[] result = s.floats(Scratch.RESULT, rows * width);
        int h = out.shape().dim(2);
        int w = out.shape().dim(3);
        for (int panel = from; panel < to; panel++) {
            int a = at + panel * rows * depth;
            for (int j = 0; j < n; j += columns)
                tile.run(depth, packed, a, planes, j, part.at, 0, result, j, width, false);
            for (int i = 0; i < rows && panel * rows + i < outChannels; i++) {
                int channel = image * outChannels + panel * rows + i;
                int o = (int) out.offset() + (channel * h + part.a) * w + part.b;
                int line = i * width;
                if (stepW == 1 && stepH == 1) {
                    lanes.copyRows(result, line, layout.pitch(), y, o, w, part.columns, part.rows);
                    continue;
                }
                for (int p = 0; p < part.rows; p++)
                    for (int c = 0; c < part.columns; c++)
                        y[o + p * stepH * w + c * stepW] = result[line + p * layout.pitch() + c];
            }
        }
    }
}
