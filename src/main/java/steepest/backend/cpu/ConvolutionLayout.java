package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import steepest.fused.Conv2d;

/**
 * How images are laid out in scratch so that a convolution with any stride, padding and dilation reads them in whole
 * vectors, without a copy for each position of the kernel. A plane is split by its rows and columns modulo the stride;
 * within such a phase the next output is the next element, so that each tap of the kernel (row r, column s) is the same
 * stretch of memory under another offset. Rows keep one pitch throughout: outputs are computed along whole rows of that
 * pitch, and the few that fall beside the image are dropped.
 *
 * @param phasesH phases of rows (the stride) and of columns
 * @param rowMin the first row of a phase's plane, in rows of the phase; negative where there is padding
 * @param rows rows of a phase's plane, and its pitch
 */
record ConvolutionLayout(int phasesH, int phasesW, int rowMin, int columnMin, int rows, int pitch) {

    /** One position of the kernel: where the image lies under it, relative to the output. */
    record Tap(int r, int s, int phase, int row, int column) {}

    /** The taps of a forward convolution or a weight gradient. */
    static List<Tap> forwardTaps(Conv2d.Geometry g, int kh, int kw) {
        List<Tap> taps = new ArrayList<>();
        for (int r = 0; r < kh; r++)
            for (int s = 0; s < kw; s++) {
                int y = r * g.dilationH() - g.padTop();
                int x = s * g.dilationW() - g.padLeft();
                int phase = Math.floorMod(y, g.strideH()) * g.strideW() + Math.floorMod(x, g.strideW());
                taps.add(new Tap(r, s, phase, Math.floorDiv(y, g.strideH()), Math.floorDiv(x, g.strideW())));
            }
        return taps;
    }

    /** The taps of an input gradient that reach the rows ≡ a and columns ≡ b modulo the strides. */
    static List<Tap> backwardTaps(Conv2d.Geometry g, int kh, int kw, int a, int b) {
        List<Tap> taps = new ArrayList<>();
        for (int r = 0; r < kh; r++)
            for (int s = 0; s < kw; s++) {
                int y = a + g.padTop() - r * g.dilationH();
                int x = b + g.padLeft() - s * g.dilationW();
                if (y % g.strideH() == 0 && x % g.strideW() == 0)
                    taps.add(new Tap(r, s, 0, y / g.strideH(), x / g.strideW()));
            }
        return taps;
    }

    /** The layout in which all taps find what so many outputs need. */
    static ConvolutionLayout of(int phasesH, int phasesW, List<Tap> taps, int outRows, int outColumns) {
        int rowMin = taps.stream().mapToInt(Tap::row).min().orElse(0);
        int rowMax = taps.stream().mapToInt(Tap::row).max().orElse(0);
        int columnMin = taps.stream().mapToInt(Tap::column).min().orElse(0);
        int columnMax = taps.stream().mapToInt(Tap::column).max().orElse(0);
        return new ConvolutionLayout(
                phasesH, phasesW, rowMin, columnMin, outRows + rowMax - rowMin, outColumns + columnMax - columnMin);
    }

    int planeSize() {
        return rows * pitch;
    }

    /** Floats of one channel, all phases. */
    int channelSize() {
        return phasesH * phasesW * planeSize();
    }

    /** Where output 0 finds its element under a tap of a channel. */
    int at(int channel, Tap t) {
        return channel * channelSize() + t.phase() * planeSize() + (t.row() - rowMin) * pitch + t.column() - columnMin;
    }

    /** Offsets by depth: channels, and for each its taps. */
    int[] offsets(int channels, List<Tap> taps) {
        int[] at = new int[channels * taps.size()];
        int i = 0;
        for (int c = 0; c < channels; c++) for (Tap t : taps) at[i++] = at(c, t);
        return at;
    }

    /** Lays out {@code channels} planes of h × w, contiguous in x, zeros around. */
    void fill(float[] x, int xo, int channels, int h, int w, float[] y, int yo, Lanes lanes) {
        if (rowMin < 0 || columnMin < 0 || (rowMin + rows) * phasesH > h || (columnMin + pitch) * phasesW > w)
            Arrays.fill(y, yo, yo + channels * channelSize(), 0f);
        for (int c = 0; c < channels; c++)
            for (int a = 0; a < phasesH; a++)
                for (int b = 0; b < phasesW; b++) {
                    plane(x, xo + c * h * w, h, w, a, b, y, yo, lanes);
                    yo += planeSize();
                }
    }

    private void plane(float[] x, int xo, int h, int w, int a, int b, float[] y, int yo, Lanes lanes) {
        // rows and columns from first to last lie in the image
        int first = Math.max(0, -columnMin);
        int last = Math.min(pitch, Math.floorDiv(w - 1 - b, phasesW) - columnMin + 1);
        int top = Math.max(0, -rowMin);
        int bottom = Math.min(rows, Math.floorDiv(h - 1 - a, phasesH) - rowMin + 1);
        if (last <= first || bottom <= top) return;
        int from = xo + ((top + rowMin) * phasesH + a) * w + (first + columnMin) * phasesW + b;
        int to = yo + top * pitch + first;
        if (phasesW == 1) {
            lanes.copyRows(x, from, phasesH * w, y, to, pitch, last - first, bottom - top);
            return;
        }
        for (int i = top; i < bottom; i++, from += phasesH * w, to += pitch)
            for (int j = 0; j < last - first; j++) y[to + j] = x[from + j * phasesW];
    }
}
