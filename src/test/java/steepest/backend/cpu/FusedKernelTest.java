package steepest.backend.cpu;

import static steepest.backend.cpu.Harness.floats;
import static steepest.backend.cpu.Harness.ints;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.fused.Conv2d;
import steepest.fused.Pool2d;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.Fused;
import steepest.op.Window;

/** The claimed ops against loops in double that say what they mean. */
@Tag("backend")
class FusedKernelTest {
    private static void check(Fused op, double[] expected, Shape shape, double tolerance, HostArray... in) {
        List<Spec> specs = List.of(in).stream().map(HostArray::spec).toList();
        List<Spec> out = List.of(new Spec(in[0].dtype(), shape));
        HostArray got = Harness.everywhere(Harness.kernel(op, specs, out), List.of(in), out)
                .get(0);
        Harness.close(got, expected, tolerance, op + " on " + specs);
    }

    @ParameterizedTest
    @CsvSource({
        // n, c, h, w, k, kh, kw, strideH, strideW, top, bottom, left, right, dilationH, dilationW, groups
        "2, 1, 28, 28, 6, 5, 5, 1, 1, 2, 2, 2, 2, 1, 1, 1",
        "9, 6, 14, 14, 16, 5, 5, 1, 1, 0, 0, 0, 0, 1, 1, 1",
        "1, 3, 7, 9, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1",
        "3, 4, 9, 8, 6, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 2",
        "2, 4, 11, 10, 4, 3, 2, 3, 2, 0, 2, 1, 0, 1, 1, 4",
        "2, 2, 12, 13, 3, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 1",
        "2, 2, 12, 13, 3, 2, 3, 2, 3, 1, 0, 2, 3, 3, 2, 1",
        "4, 8, 5, 5, 24, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1",
        "4, 8, 6, 5, 13, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1, 1",
        "2, 3, 5, 5, 2, 1, 1, 4, 3, 2, 2, 2, 2, 1, 1, 1",
        "1, 20, 8, 8, 70, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1",
        "1, 1, 3, 3, 1, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1, 1",
        "13, 2, 4, 60, 7, 2, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1",
    })
    void convolves(
            int n,
            int c,
            int h,
            int w,
            int k,
            int kh,
            int kw,
            int sh,
            int sw,
            int pt,
            int pb,
            int pl,
            int pr,
            int dh,
            int dw,
            int groups) {
        Conv2d.Geometry g = new Conv2d.Geometry(sh, sw, pt, pb, pl, pr, dh, dw, groups);
        Window window = g.window(kh, kw);
        int oh = window.outH(h + pt + pb);
        int ow = window.outW(w + pl + pr);
        int cg = c / groups;
        HostArray x = floats(1, n, c, h, w);
        HostArray weight = floats(2, k, cg, kh, kw);
        HostArray gradient = floats(3, n, k, oh, ow);
        double[] y = new double[n * k * oh * ow];
        double[] dx = new double[x.size()];
        double[] dw0 = new double[weight.size()];
        for (int i = 0; i < n; i++)
            for (int o = 0; o < k; o++)
                for (int p = 0; p < oh; p++)
                    for (int q = 0; q < ow; q++)
                        for (int j = 0; j < cg; j++)
                            for (int r = 0; r < kh; r++)
                                for (int s = 0; s < kw; s++) {
                                    int row = p * sh + r * dh - pt;
                                    int column = q * sw + s * dw - pl;
                                    if (row < 0 || row >= h || column < 0 || column >= w) continue;
                                    int channel = o / (k / groups) * cg + j;
                                    int xi = ((i * c + channel) * h + row) * w + column;
                                    int wi = ((o * cg + j) * kh + r) * kw + s;
                                    int yi = ((i * k + o) * oh + p) * ow + q;
                                    y[yi] += x.get(xi) * weight.get(wi);
                                    dx[xi] += gradient.get(yi) * weight.get(wi);
                                    dw0[wi] += gradient.get(yi) * x.get(xi);
                                }
        check(new Conv2d(g), y, Shape.of(n, k, oh, ow), 1e-4, x, weight);
        check(new Conv2d.InputGrad(g, h, w), dx, x.shape(), 1e-4, gradient, weight);
        check(new Conv2d.WeightGrad(g, kh, kw), dw0, weight.shape(), 1e-4, x, gradient);
    }

    @Test
    void convolvesEmptyBatches() {
        Conv2d.Geometry g = Conv2d.Geometry.of(1, 1, 1, 1);
        check(new Conv2d(g), new double[0], Shape.of(0, 4, 5, 5), 0, floats(1, 0, 2, 5, 5), floats(2, 4, 2, 3, 3));
        check(
                new Conv2d.WeightGrad(g, 3, 3),
                new double[4 * 2 * 9],
                Shape.of(4, 2, 3, 3),
                0,
                floats(1, 0, 2, 5, 5),
                floats(2, 0, 4, 5, 5));
    }

    @ParameterizedTest
    @CsvSource({
        // kh, kw, strideH, strideW, dilationH, dilationW, padH, padW, h, w
        "2, 2, 2, 2, 1, 1, 0, 0, 8, 6",
        "2, 2, 2, 2, 1, 1, 0, 0, 7, 9",
        "2, 2, 2, 2, 1, 1, 0, 0, 14, 14",
        "2, 2, 2, 2, 1, 1, 0, 0, 11, 15",
        "2, 2, 2, 2, 1, 1, 0, 0, 4, 26",
        "3, 3, 2, 2, 1, 1, 1, 1, 9, 8",
        "3, 2, 1, 1, 1, 1, 1, 0, 5, 6",
        "2, 2, 1, 2, 2, 1, 1, 1, 6, 5",
        "5, 5, 5, 5, 1, 1, 0, 0, 5, 5",
    })
    void pools(int kh, int kw, int sh, int sw, int dh, int dw, int padH, int padW, int h, int w) {
        int planes = 6;
        HostArray x = ints(4, -3, 2, 3, h, w); // small integers, so that there are ties
        float[] v = new float[x.size()];
        for (int i = 0; i < v.length; i++) v[i] = (float) x.get(i);
        v[3] = Float.NaN;
        v[8] = Float.NEGATIVE_INFINITY;
        HostArray in = HostArray.of(v, x.shape());
        HostArray finite = floats(8, 2, 3, h, w);
        Window window = new Window(kh, kw, sh, sw, dh, dw);
        int oh = window.outH(h + 2 * padH);
        int ow = window.outW(w + 2 * padW);
        HostArray gradient = floats(5, 2, 3, oh, ow);
        double[] top = new double[planes * oh * ow];
        double[] mean = new double[planes * oh * ow];
        double[] topGrad = new double[v.length];
        double[] meanGrad = new double[v.length];
        for (int c = 0; c < planes; c++)
            for (int p = 0; p < oh; p++)
                for (int q = 0; q < ow; q++) {
                    int o = (c * oh + p) * ow + q;
                    int best = -1;
                    double max = Double.NaN;
                    for (int r = 0; r < kh; r++)
                        for (int s = 0; s < kw; s++) {
                            int i = p * sh + r * dh - padH;
                            int j = q * sw + s * dw - padW;
                            boolean inside = i >= 0 && i < h && j >= 0 && j < w;
                            int at = (c * h + i) * w + j;
                            double u = inside ? v[at] : Double.NEGATIVE_INFINITY;
                            boolean first = r == 0 && s == 0;
                            if (first || u > max || Double.isNaN(u) && !Double.isNaN(max)) {
                                max = u;
                                best = inside ? at : -1;
                            }
                            if (!inside) continue;
                            mean[o] += finite.get(at) / (kh * kw);
                            meanGrad[at] += gradient.get(o) / (kh * kw);
                        }
                    top[o] = max;
                    if (best >= 0) topGrad[best] += gradient.get(o);
                }
        Pool2d.Max max = new Pool2d.Max(window, padH, padW);
        Pool2d.Average average = new Pool2d.Average(window, padH, padW);
        check(max, top, gradient.shape(), 0, in);
        check(new Pool2d.MaxGrad(max), topGrad, in.shape(), 1e-6, in, gradient);
        check(average, mean, gradient.shape(), 1e-6, finite);
        check(new Pool2d.AverageGrad(average, h, w), meanGrad, in.shape(), 1e-6, gradient);
    }

    @Test
    void crossEntropyOfSoftmax() {
        for (int[] s : new int[][] {{1, 1}, {5, 10}, {64, 10}, {3, 1001}, {0, 4}}) {
            int rows = s[0];
            int n = s[1];
            HostArray z = floats(1, rows, n);
            for (int i = 0; i < z.size(); i += 3) z.set(i, z.get(i) * 60);
            HostArray label = ints(2, n, rows);
            if (rows > 2) label.set(1, -4); // no class: not a number, and no place in the gradient
            HostArray g = floats(3, rows);
            double[] value = new double[rows];
            double[] gradient = new double[rows * n];
            for (int r = 0; r < rows; r++) {
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < n; j++) max = Math.max(max, z.get(r * n + j));
                double sum = 0;
                for (int j = 0; j < n; j++) sum += Math.exp(z.get(r * n + j) - max);
                int l = (int) label.get(r);
                value[r] = l < 0 ? Double.NaN : Math.log(sum) + max - z.get(r * n + l);
                for (int j = 0; j < n; j++)
                    gradient[r * n + j] = (Math.exp(z.get(r * n + j) - max) / sum - (j == l ? 1 : 0)) * g.get(r);
            }
            check(new SoftmaxCrossEntropy(), value, Shape.of(rows), 1e-5, z, label);
            check(new SoftmaxCrossEntropy.Grad(), gradient, Shape.of(rows, n), 1e-6, z, label, g);
        }
    }

    @Test
    void crossEntropyOfInfiniteLogits() {
        double inf = Double.POSITIVE_INFINITY;
        HostArray z = HostArray.of(
                new float[] {0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, Float.NaN, 1}, Shape.of(3, 2));
        HostArray label = HostArray.of(new int[] {0, 0, 1}, Shape.of(3));
        check(new SoftmaxCrossEntropy(), new double[] {inf, inf, Double.NaN}, Shape.of(3), 0, z, label);
    }
}
