package steepest.backend.opencl;

import static steepest.backend.opencl.MatMulLowering.ceil;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import steepest.Shape;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;
import steepest.backend.opencl.MatMulLowering.Operand;
import steepest.fused.Conv2d.Geometry;

/** Convolution and its two gradients through {@code convolution.cl}. */
final class ConvolutionLowering {
    /** Results of a weight gradient are blocks of 4 × 4; as BLOCK in the kernel. */
    private static final int BLOCK = 4;

    /** Floats of patches that a weight gradient packs at a time: stays in a CPU's second cache. */
    private static final int CHUNK_FLOATS = 32768;

    /**
     * With so few output channels in a group, a weight gradient on GPUs makes no tiles. It is not {@code direct} of the
     * table, as the order of the sum depends on it: with tiles a work-item adds up a whole part.
     */
    private static final int DIRECT_ROWS = 2;

    /**
     * Work-items that share a result of it then. The order of its sum depends on it, so it does not follow
     * the limits that a device tells for a kernel, and is as small as the smallest seen (32, of llvmpipe).
     */
    private static final int DIRECT_GROUP = 32;

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

        /** Whether each pixel of the output sees one pixel of the input, and they are many enough for a matrix product. */
        boolean isMatrixProduct(Launches out) {
            Geometry g = geometry;
            boolean padded = g.padTop() + g.padBottom() + g.padLeft() + g.padRight() > 0;
            return taps() == 1
                    && groups == 1
                    && !padded
                    && g.strideH() * g.strideW() == 1
                    && h * w >= (out.tuning.chunked() ? 32 : 64);
        }
    }

    static void forward(Geometry g, View x, View weight, OpKernel k, Launches out) {
        Shape shape = k.outputs().get(0).shape();
        if (shape.size() == 0) return;
        Sizes s = Sizes.of(g, x.shape(), weight.shape(), shape);
        Epilogue y = Epilogue.of(k, 1, 2);
        if (s.isMatrixProduct(out)) {
            // y[b] = W · x[b]
            MatMulLowering.lower(
                    new Operand(repeated(weight, s.n), Shape.of(s.n), s.k, s.c, s.c, 1),
                    images(x, s.n, s.c, s.h * s.w),
                    y,
                    out);
            return;
        }
        if (!out.tuning.chunked()) {
            Windows all = Windows.of(s);
            int depth = s.c * s.taps();
            int[] results = {s.oh * s.ow, s.ow, 0, 0, 1, 1};
            convolve(s, x, weight, s.c, s.k, all, places(s, all), s.k * depth, depth, results, y, out);
            return;
        }
        // as far as the last window reaches
        int h = (s.oh - 1) * g.strideH() + (s.kh - 1) * g.dilationH() + 1;
        int w = (s.ow - 1) * g.strideW() + (s.kw - 1) * g.dilationW() + 1;
        long padded = pad(x, s.h, s.w, h, w, g.padTop(), g.padLeft(), 1, 1, out);
        int[] step = {g.strideH(), g.strideW(), g.dilationH(), g.dilationW()};
        convolve(
                s, padded, new Rows(weight, s.k, s.c, s.c * s.taps(), s.taps(), false), y, h, w, s.oh, s.ow, step, out);
    }

    static void inputGradient(Geometry g, View gradient, View weight, OpKernel k, Launches out) {
        Shape shape = k.outputs().get(0).shape();
        if (shape.size() == 0) return;
        Sizes s = Sizes.of(g, shape, weight.shape(), gradient.shape());
        Epilogue y = Epilogue.of(k, 1, 2);
        if (s.isMatrixProduct(out)) {
            MatMulLowering.lower(
                    new Operand(repeated(weight, s.n), Shape.of(s.n), s.c, s.k, 1, s.c),
                    images(gradient, s.n, s.k, s.h * s.w),
                    y,
                    out);
            return;
        }
        if (!out.tuning.chunked()) {
            for (int i = 0; i < Math.min(s.h, g.strideH()); i++)
                for (int j = 0; j < Math.min(s.w, g.strideW()); j++)
                    inputGradientClass(s, i, j, gradient, weight, y, out);
            return;
        }
        int h = s.h + (s.kh - 1) * g.dilationH();
        int w = s.w + (s.kw - 1) * g.dilationW();
        int top = (s.kh - 1) * g.dilationH() - g.padTop();
        int left = (s.kw - 1) * g.dilationW() - g.padLeft();
        long padded = pad(gradient, s.oh, s.ow, h, w, top, left, g.strideH(), g.strideW(), out);
        int[] step = {1, 1, g.dilationH(), g.dilationW()};
        convolve(s, padded, new Rows(weight, s.c, s.k, s.taps(), s.c * s.taps(), true), y, h, w, s.h, s.w, step, out);
    }

    static void weightGradient(Geometry g, View x, View gradient, OpKernel k, Launches out) {
        Shape shape = k.outputs().get(0).shape();
        if (shape.size() == 0) return;
        Sizes s = Sizes.of(g, x.shape(), shape, gradient.shape());
        Epilogue y = Epilogue.of(k, 0, 1);
        if (out.tuning.chunked()) dotProducts(s, x, gradient, y, shape.size(), out);
        else tiledWeightGradient(s, x, gradient, y, shape.size(), out);
    }

    // ---- 1 × 1: matrix products

    /** One matrix seen as many. */
    private static View repeated(View matrix, int n) {
        int[] dims = matrix.shape().dims();
        return new View(
                matrix.slot(), matrix.dtype(), Shape.of(n, dims[0], dims[1]), matrix.offset(), new long[] {0, dims[1], 1
                });
    }

    private static Operand images(View x, int n, int channels, int pixels) {
        return Operand.of(View.of(x.slot(), x.dtype(), Shape.of(n, channels, pixels), x.offset()));
    }

    // ---- GPUs: tiles over places of a window

    /** The windows of a convolution over images [h, w], see {@code GEOMETRY} in the kernel. */
    private record Windows(int h, int w, int rows, int width, int stepH, int stepW, int cornerH, int cornerW) {
        /** Those that slide over the input. */
        static Windows of(Sizes s) {
            Geometry g = s.geometry;
            return new Windows(s.h, s.w, s.oh, s.ow, g.strideH(), g.strideW(), -g.padTop(), -g.padLeft());
        }

        long count(int images) {
            return (long) images * rows * width;
        }
    }

    /** Place {@code at} of a window: a channel, a distance from the corner, and where its weight lies in a row of them. */
    private static void place(long[] places, int at, int channel, int down, int right, Windows windows, int weight) {
        int source = Math.toIntExact(((long) channel * windows.h + down) * windows.w + right);
        places[2 * at] = (long) source << 32 | weight;
        places[2 * at + 1] = (long) down << 32 | right & 0xffffffffL;
    }

    /** All places of a window over the input. */
    private static long[] places(Sizes s, Windows windows) {
        long[] places = new long[2 * s.c * s.taps()];
        int at = 0;
        for (int c = 0; c < s.c; c++)
            for (int r = 0; r < s.kh; r++)
                for (int q = 0; q < s.kw; q++, at++)
                    place(places, at, c, r * s.geometry.dilationH(), q * s.geometry.dilationW(), windows, at);
        return places;
    }

    /** The pixels (i + stride_h · …, j + stride_w · …) of an input gradient: a convolution of stride 1. */
    private static void inputGradientClass(
            Sizes s, int i, int j, View gradient, View weight, Epilogue y, Launches out) {
        Geometry g = s.geometry;
        int rows = (int) ceil(s.h - i, g.strideH());
        int width = (int) ceil(s.w - j, g.strideW());
        Windows all = new Windows(s.oh, s.ow, rows, width, 1, 1, 0, 0);
        long[] places = new long[2 * s.k * s.taps()];
        int at = 0;
        for (int k = 0; k < s.k; k++)
            for (int r = 0; r < s.kh; r++)
                for (int q = 0; q < s.kw; q++) {
                    int down = i + g.padTop() - r * g.dilationH();
                    int right = j + g.padLeft() - q * g.dilationW();
                    if (down % g.strideH() == 0 && right % g.strideW() == 0)
                        place(
                                places,
                                at++,
                                k,
                                down / g.strideH(),
                                right / g.strideW(),
                                all,
                                k * s.c * s.taps() + r * s.kw + q);
                }
        int[] results = {s.h * s.w, s.w, i, j, g.strideH(), g.strideW()};
        convolve(
                s,
                gradient,
                weight,
                s.k,
                s.c,
                all,
                Arrays.copyOf(places, 2 * at),
                s.k * s.c * s.taps(),
                s.taps(),
                results,
                y,
                out);
    }

    /**
     * @param channels of the source, {@code m} of the result, in a group
     * @param weightG stride of the groups of weights, {@code weightM} of their rows
     * @param results as {@code RESULTS} in the kernel has it
     */
    private static void convolve(
            Sizes s,
            View x,
            View weight,
            int channels,
            int m,
            Windows windows,
            long[] places,
            int weightG,
            int weightM,
            int[] results,
            Epilogue y,
            Launches out) {
        long n = windows.count(s.n);
        int depth = places.length / 2;
        Map<String, Integer> tile = out.tile(m, n, s.groups);
        boolean direct = m <= out.tuning.direct();
        Map<String, String> defines = direct ? new TreeMap<>() : Tuning.macros(tile);
        boolean wide = weightM % 4 == 0 && weightG % 4 == 0 && weight.offset() % 4 == 0;
        for (int at = 0; at < depth; at++) wide &= (int) places[2 * at] == at;
        if (!direct) defines.put("LEFT_WIDE", MatMulLowering.flag(wide));
        Launches.Builder launch = out.launch(Unit.of("convolution", y.with(defines)), direct ? "direct" : "convolve")
                .view(x)
                .view(weight);
        tell(launch, s, channels, m, windows, places, out);
        launch.ints(weightG, weightM).signed(results);
        y.tell(out, launch);
        if (direct) launch.jobs(n * s.groups * m, depth);
        else launch.tiles(s.groups * MatMulLowering.tiles(tile, m, n), MatMulLowering.local(tile));
    }

    private static void tell(
            Launches.Builder launch, Sizes s, int channels, int m, Windows v, long[] places, Launches out) {
        long source = (long) channels * v.h * v.w;
        launch.ints(s.n, s.groups, m, places.length / 2, s.groups * source, source)
                .signed(v.h, v.w)
                .ints(v.rows, v.width)
                .signed(v.stepH, v.stepW, v.cornerH, v.cornerW)
                .geometry(out.geometry(places));
        Launches.uint(v.count(s.n));
    }

    private static void tiledWeightGradient(Sizes s, View x, View gradient, Epilogue y, long outputs, Launches out) {
        Windows all = Windows.of(s);
        long[] places = places(s, all);
        int depth = places.length / 2;
        long n = all.count(s.n);
        long parts = out.parts(outputs, n);
        long part = Math.max(1, ceil(n, parts));
        long scratch = parts > 1 ? out.scratch(parts * outputs) : 0;
        Epilogue each = parts > 1 ? Epilogue.scratch(scratch) : y;
        boolean direct = s.k <= DIRECT_ROWS;
        Map<String, Integer> tile = out.tile(s.k, depth, parts * s.groups);
        Map<String, String> defines = direct ? Map.of("GROUP", Integer.toString(DIRECT_GROUP)) : Tuning.macros(tile);
        Launches.Builder launch = out.launch(
                        Unit.of("convolution", each.with(defines)),
                        direct ? "weight_gradient_direct" : "weight_gradient")
                .view(x)
                .view(gradient);
        tell(launch, s, s.c, s.k, all, places, out);
        each.tell(out, launch.ints(part));
        if (direct) launch.tiles(parts * outputs, new long[] {DIRECT_GROUP});
        else launch.tiles(parts * s.groups * MatMulLowering.tiles(tile, s.k, depth), MatMulLowering.local(tile));
        if (parts > 1) y.afterParts(out, scratch, parts, 1, (long) s.groups * s.k, depth);
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

    /** The weights as the left operand of a group: {@code m} rows, {@code d} depth channels, and the strides of both. */
    private record Rows(View weight, int m, int d, int strideM, int strideD, boolean turned) {}

    /** Weights as left panels in scratch memory; their offset. */
    private static long packWeights(Sizes s, Rows rows, Launches out) {
        int panelM = out.tuning.convolution().get("PANEL_M");
        long jobs = s.groups * ceil(rows.m, panelM) * rows.d * s.taps();
        long packed = out.scratch(jobs * panelM);
        out.launch(panels(out), "pack_weights")
                .view(rows.weight)
                .scratch(packed)
                .ints(s.groups, rows.m, rows.d, s.taps(), (long) s.k * s.c * s.taps(), rows.strideM, rows.strideD)
                .signed(rows.turned ? 1 : 0)
                .jobs(jobs, 2L * panelM);
        return packed;
    }

    /**
     * @param x padded images in scratch memory
     * @param step strides and dilations
     */
    private static void convolve(
            Sizes s, long x, Rows rows, Epilogue y, int h, int w, int oh, int ow, int[] step, Launches out) {
        Map<String, Integer> tunables = out.tuning.convolution();
        Unit unit = Unit.of("convolution", y.with(Tuning.macros(tunables)));
        int panelN = 16 * tunables.get("VECTORS");
        long depth = (long) rows.d * s.taps();
        boolean direct = rows.m <= out.tuning.direct();
        long weight = direct ? 0 : packWeights(s, rows, out);
        Launches.Builder launch =
                out.launch(unit, direct ? "direct" : "convolve_panels").scratch(x);
        int workers = 4 * out.units;
        if (direct) launch.view(rows.weight);
        else launch.scratch(weight).scratch(out.scratch(workers * (depth + 1) * panelN));
        launch.ints(s.n, s.groups, rows.m, rows.d, h, w, oh, ow, s.kh, s.kw).ints(step[0], step[1], step[2], step[3]);
        if (direct)
            launch.ints((long) s.k * s.c * s.taps(), rows.strideM, rows.strideD).signed(rows.turned ? 1 : 0);
        y.tell(out, launch);
        if (direct) launch.jobs((long) s.n * s.groups * rows.m * oh, depth * ow / 4);
        else launch.jobs(s.groups * ceil((long) s.n * oh * ow, panelN), depth * panelN, workers);
    }

    private static void dotProducts(Sizes s, View x, View gradient, Epilogue y, long outputs, Launches out) {
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
        y.afterParts(out, scratch, parts, 1, (long) s.groups * s.k, (long) s.c * s.taps());
    }
}
