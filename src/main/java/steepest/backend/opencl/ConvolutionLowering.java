package steepest.backend.opencl;

import static steepest.backend.opencl.MatMulLowering.ceil;

import java.util.Map;
import steepest.Shape;
import steepest.backend.View;
import steepest.fused.Conv2d.Geometry;

/** Convolution and its two gradients through {@code convolution.cl}. */
final class ConvolutionLowering {
    /** Results of a weight gradient are blocks of 4 × 4; as BLOCK in the kernel. */
    private static final int BLOCK = 4;

    /** Floats of patches that a weight gradient packs at a time: stays in a CPU's second cache. */
    private static final int CHUNK_FLOATS = 32768;

    private ConvolutionLowering() {}

    /** All sizes: {@code c} and {@code k} count the channels of one group. */
    private record Sizes(
            Geometry geometry, int n, int groups, int k, int c, int h, int w, int oh, int ow, int kh, int kw) {
        static Sizes of(Geometry geometry, Shape x, Shape weight, Shape y) {
            int g = geometry.groups();
            return new Sizes(
                    geometry,
                    x.dim(0),
                    g,
                    weight.dim(0) / g,
                    weight.dim(1),
                    x.dim(2),
                    x.dim(3),
                    y.dim(2),
                    y.dim(3),
                    weight.dim(2),
                    weight.dim(3));
        }

        int taps() {
            return kh * kw;
        }

        /** The arguments that the kernels over tiles share. */
        void tell(Launches.Builder launch) {
            launch.ints(n, groups, k, c).signed(h, w, oh, ow, kh, kw);
            launch.signed(geometry.strideH(), geometry.strideW(), geometry.dilationH(), geometry.dilationW());
            launch.signed(geometry.padTop(), geometry.padLeft());
        }
    }

    static void forward(Geometry g, View x, View weight, View y, Launches out) {
        if (y.shape().size() == 0) return;
        Sizes s = Sizes.of(g, x.shape(), weight.shape(), y.shape());
        if (!out.tuning.chunked()) {
            tiles("convolution", s, x, weight, y, s.k, (long) s.n * s.oh * s.ow, out);
            return;
        }
        // as far as the last window reaches
        int h = (s.oh - 1) * g.strideH() + (s.kh - 1) * g.dilationH() + 1;
        int w = (s.ow - 1) * g.strideW() + (s.kw - 1) * g.dilationW() + 1;
        long padded = pad(x, s.h, s.w, h, w, g.padTop(), g.padLeft(), 1, 1, out);
        long packed = packWeights(s, weight, s.k, s.c, s.c * s.taps(), s.taps(), false, out);
        int[] step = {g.strideH(), g.strideW(), g.dilationH(), g.dilationW()};
        convolve(s, padded, packed, y, s.k, s.c, h, w, s.oh, s.ow, step, out);
    }

    static void inputGradient(Geometry g, View gradient, View weight, View y, Launches out) {
        if (y.shape().size() == 0) return;
        Sizes s = Sizes.of(g, y.shape(), weight.shape(), gradient.shape());
        if (!out.tuning.chunked()) {
            tiles("input_gradient", s, gradient, weight, y, s.c, (long) s.n * s.h * s.w, out);
            return;
        }
        int h = s.h + (s.kh - 1) * g.dilationH();
        int w = s.w + (s.kw - 1) * g.dilationW();
        int top = (s.kh - 1) * g.dilationH() - g.padTop();
        int left = (s.kw - 1) * g.dilationW() - g.padLeft();
        long padded = pad(gradient, s.oh, s.ow, h, w, top, left, g.strideH(), g.strideW(), out);
        long packed = packWeights(s, weight, s.c, s.k, s.taps(), s.c * s.taps(), true, out);
        int[] step = {1, 1, g.dilationH(), g.dilationW()};
        convolve(s, padded, packed, y, s.c, s.k, h, w, s.h, s.w, step, out);
    }

    static void weightGradient(Geometry g, View x, View gradient, View y, Launches out) {
        if (y.shape().size() == 0) return;
        Sizes s = Sizes.of(g, x.shape(), y.shape(), gradient.shape());
        long outputs = y.shape().size();
        if (out.tuning.chunked()) dotProducts(s, x, gradient, y, outputs, out);
        else tiledWeightGradient(s, x, gradient, y, outputs, out);
    }

    // ---- GPUs: tiles

    private static void tiles(String kernel, Sizes s, View x, View weight, View y, long m, long n, Launches out) {
        Map<String, Integer> tile = out.tile(m, n);
        Launches.Builder launch = out.launch(Unit.of("convolution", Tuning.macros(tile)), kernel)
                .view(x)
                .view(weight)
                .view(y);
        s.tell(launch);
        Launches.uint(n);
        launch.tiles(
                new long[] {ceil(n, tile.get("TILE_N")), ceil(m, tile.get("TILE_M")), s.groups},
                MatMulLowering.local(tile));
    }

    private static void tiledWeightGradient(Sizes s, View x, View gradient, View y, long outputs, Launches out) {
        long depth = (long) s.c * s.taps();
        long pixels = (long) s.n * s.oh * s.ow;
        Map<String, Integer> tile = out.tile(s.k, depth);
        // the depth is long and the results are few: parts of it make work for the whole device
        long parts = outputs < 256L * out.tuning.splitBelow()
                ? Math.max(1, Math.min(64, ceil(pixels, out.tuning.part() / 4)))
                : 1;
        long scratch = parts > 1 ? out.scratch(parts * outputs) : 0;
        Launches.Builder launch = out.launch(Unit.of("convolution", Tuning.macros(tile)), "weight_gradient")
                .view(x)
                .view(gradient);
        if (parts > 1) launch.scratch(scratch);
        else launch.view(y);
        s.tell(launch);
        launch.ints(Math.max(1, ceil(pixels, parts)))
                .tiles(
                        new long[] {ceil(depth, tile.get("TILE_N")), ceil(s.k, tile.get("TILE_M")), parts * s.groups},
                        MatMulLowering.local(tile));
        if (parts > 1) ReduceLowering.sumParts(out, scratch, y, outputs, parts);
    }

    // ---- CPU devices: padded images, packed panels

    private static Unit panels(Launches out) {
        return Unit.of("convolution", Tuning.macros(out.tuning.convolution()));
    }

    /** A padded copy of images [.., .., h, w] in scratch memory; its offset. */
    private static long pad(
            View x, int h, int w, int toH, int toW, int top, int left, int spreadH, int spreadW, Launches out) {
        long planes = (long) x.shape().dim(0) * x.shape().dim(1);
        long padded = out.scratch(planes * toH * toW + 16);
        Launches.uint(planes * toH * toW);
        out.launch(panels(out), "pad_image")
                .view(x)
                .scratch(padded)
                .ints(planes)
                .signed(h, w, toH, toW, top, left, spreadH, spreadW)
                .jobs(planes * toH, toW);
        return padded;
    }

    /** Weights as left panels in scratch memory, {@code m} rows and {@code d} depth channels; their offset. */
    private static long packWeights(
            Sizes s, View weight, int m, int d, int strideM, int strideD, boolean turned, Launches out) {
        int panelM = out.tuning.convolution().get("PANEL_M");
        long jobs = s.groups * ceil(m, panelM) * d * s.taps();
        long packed = out.scratch(jobs * panelM);
        out.launch(panels(out), "pack_weights")
                .view(weight)
                .scratch(packed)
                .ints(s.groups, m, d, s.taps(), (long) s.k * s.c * s.taps(), strideM, strideD)
                .signed(turned ? 1 : 0)
                .jobs(jobs, 2L * panelM);
        return packed;
    }

    /** @param step strides and dilations */
    private static void convolve(
            Sizes s,
            long x,
            long weight,
            View y,
            int m,
            int d,
            int h,
            int w,
            int oh,
            int ow,
            int[] step,
            Launches out) {
        Map<String, Integer> tunables = out.tuning.convolution();
        int panelN = 16 * tunables.get("VECTORS");
        long jobs = s.groups * ceil((long) s.n * oh * ow, panelN);
        long depth = (long) d * s.taps();
        int workers = 4 * out.units;
        long patches = out.scratch(workers * (depth + 1) * panelN);
        out.launch(panels(out), "convolve")
                .scratch(x)
                .scratch(weight)
                .view(y)
                .scratch(patches)
                .ints(s.n, s.groups, m, d, h, w, oh, ow, s.kh, s.kw)
                .ints(step[0], step[1], step[2], step[3])
                .jobs(jobs, depth * panelN, workers);
    }

    private static void dotProducts(Sizes s, View x, View gradient, View y, long outputs, Launches out) {
        Geometry g = s.geometry;
        int h = (s.oh - 1) * g.strideH() + (s.kh - 1) * g.dilationH() + 1;
        int w = (s.ow - 1) * g.strideW() + (s.kw - 1) * g.dilationW() + 1;
        long padded = pad(x, s.h, s.w, h, w, g.padTop(), g.padLeft(), 1, 1, out);
        long blocks = s.groups * ceil((long) s.c * s.taps(), BLOCK);
        // enough jobs to go round, cut by the shape alone
        long parts = Math.max(1, Math.min(s.n, ceil(32, blocks)));
        long part = Math.max(1, ceil(s.n, parts));
        long pixels = ceil((long) s.oh * s.ow, 16) * 16;
        long images = Math.max(1, Math.min(part, CHUNK_FLOATS / (BLOCK * pixels)));
        int workers = 4 * out.units;
        long patches = out.scratch(workers * images * BLOCK * pixels);
        long scratch = out.scratch(parts * outputs);
        Launches.Builder launch = out.launch(panels(out), "weight_gradient")
                .scratch(padded)
                .view(gradient)
                .scratch(scratch)
                .scratch(patches)
                .ints(s.n, s.groups, s.k, s.c, h, w, s.oh, s.ow, s.kh, s.kw)
                .ints(g.strideH(), g.strideW(), g.dilationH(), g.dilationW())
                .ints(parts, part, images);
        launch.jobs(parts * blocks, part * pixels * s.k, workers);
        ReduceLowering.sumParts(out, scratch, y, outputs, parts);
    }
}
