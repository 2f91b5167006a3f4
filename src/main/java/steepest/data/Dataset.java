package steepest.data;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.stream.IntStream;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Labelled images in memory, {@code [N, C, H, W]} with one class per sample. Immutable: {@link #limit} and
 * {@link #shuffled} are views of the same pixels in another order. Pixels lie in memory as they do on disk and are
 * scaled to the {@link #domain} as a batch is put together.
 */
public final class Dataset {
    /** The interval in which a model's inputs lie; attacks stay within it. */
    public record Domain(float low, float high) {
        public static final Domain UNIT = new Domain(0, 1);
    }

    /**
     * A few samples.
     *
     * @param x pixels in the dataset's domain, {@code f32[B, C, H, W]}
     * @param y classes, {@code i32[B]}
     * @param labels the classes in the Java heap
     * @param index where each sample lies in the dataset that was loaded, whatever views were taken since, {@code [B]}
     */
    public record Batch(Tensor x, Tensor y, int[] labels, int[] index) {
        public int size() {
            return index.length;
        }
    }

    private final String name;
    private final List<String> classNames;
    private final HostArray images;
    private final int[] labels;
    /** What a stored byte means; null where pixels are stored as floats. */
    private final float[] intensity;
    /** Sample i of this view is sample order[i] of what is stored. */
    private final int[] order;

    private Dataset(
            String name, List<String> classNames, HostArray images, int[] labels, float[] intensity, int[] order) {
        this.name = name;
        this.classNames = classNames;
        this.images = images;
        this.labels = labels;
        this.intensity = intensity;
        this.order = order;
    }

    /**
     * A dataset of byte pixels, where {@code white} stands for 1.
     *
     * @param images {@code u8[N, C, H, W]}, N ≥ 1; not copied
     * @param white the largest intensity, such as 255
     * @param labels the class of each sample, {@code [N]}; copied
     * @throws SteepestException if shapes and counts disagree, or a pixel or label is out of range
     */
    public static Dataset ofBytes(String name, HostArray images, int white, int[] labels, List<String> classNames) {
        check(name, images, DType.U8, labels, classNames);
        if (white < 1 || white > 255) throw SteepestException.of("%s: white must be in 1..255, got %d", name, white);
        byte[] pixels = images.bytes();
        for (int i = 0; i < pixels.length && white < 255; i++)
            if ((pixels[i] & 0xff) > white)
                throw SteepestException.of(
                        "%s: expected pixels of at most %d, found %d at element %d", name, white, pixels[i] & 0xff, i);
        float[] intensity = new float[256];
        for (int i = 0; i < 256; i++) intensity[i] = i / (float) white;
        return new Dataset(name, List.copyOf(classNames), images, labels.clone(), intensity, inOrder(labels.length));
    }

    /**
     * A dataset of float pixels that lie in [0, 1] already.
     *
     * @param images {@code f32[N, C, H, W]}, N ≥ 1; not copied
     * @param labels the class of each sample, {@code [N]}; copied
     * @throws SteepestException if shapes and counts disagree, or a pixel or label is out of range
     */
    public static Dataset ofFloats(String name, HostArray images, int[] labels, List<String> classNames) {
        check(name, images, DType.F32, labels, classNames);
        float[] pixels = images.floats();
        for (int i = 0; i < pixels.length; i++)
            if (!(pixels[i] >= 0 && pixels[i] <= 1))
                throw SteepestException.of("%s: expected pixels in [0, 1], found %s at element %d", name, pixels[i], i);
        return new Dataset(name, List.copyOf(classNames), images, labels.clone(), null, inOrder(labels.length));
    }

    private static void check(String name, HostArray images, DType dtype, int[] labels, List<String> classNames) {
        if (images.dtype() != dtype || images.shape().rank() != 4 || images.size() == 0)
            throw SteepestException.of(
                    "%s: expected images %s[N,C,H,W] with no empty axis, got %s", name, dtype, images.spec());
        if (labels.length != images.shape().dim(0))
            throw SteepestException.of(
                    "%s: expected a label for each of %d images, got %d",
                    name, images.shape().dim(0), labels.length);
        for (int i = 0; i < labels.length; i++)
            if (labels[i] < 0 || labels[i] >= classNames.size())
                throw SteepestException.of(
                        "%s: expected labels in 0..%d, found %d at sample %d",
                        name, classNames.size() - 1, labels[i], i);
    }

    private static int[] inOrder(int n) {
        return IntStream.range(0, n).toArray();
    }

    public String name() {
        return name;
    }

    /** The number of samples, N. */
    public int size() {
        return order.length;
    }

    /** The shape of one sample, {@code [C, H, W]}. */
    public Shape sampleShape() {
        return images.shape().slice(1, 4);
    }

    public int classCount() {
        return classNames.size();
    }

    public List<String> classNames() {
        return classNames;
    }

    public Domain domain() {
        return Domain.UNIT;
    }

    /** The class of sample {@code i}. */
    public int label(int i) {
        return labels[order[checked(i)]];
    }

    /** The pixels of sample {@code i}, {@code f32[C, H, W]}. */
    public HostArray image(int i) {
        return batch(i).x().toHost().reshape(sampleShape());
    }

    /**
     * The first {@code n} samples, or all where there are fewer.
     *
     * @throws SteepestException if {@code n} is below 1
     */
    public Dataset limit(int n) {
        if (n < 1) throw SteepestException.of("limit must be at least 1, got %d", n);
        return n >= size() ? this : view(Arrays.copyOf(order, n));
    }

    /** The same samples in an order that (seed, epoch) alone determine. */
    public Dataset shuffled(long seed, int epoch) {
        return select(Permutation.of(size(), seed, epoch));
    }

    /** The samples at {@code indices}, in that order. */
    public Dataset select(int... indices) {
        if (indices.length == 0) throw SteepestException.of("%s: a selection needs at least one sample", name);
        return view(IntStream.of(indices).map(i -> order[checked(i)]).toArray());
    }

    /**
     * These samples and, behind them, another's, which are copied.
     *
     * @throws SteepestException if the samples' shapes or the classes differ
     */
    public Dataset plus(Dataset other) {
        if (!sampleShape().equals(other.sampleShape()) || !classNames.equals(other.classNames))
            throw SteepestException.of(
                    "%s: expected more samples %s of its classes, got %s", name, sampleShape(), other);
        int length = (int) sampleShape().size();
        int n = Math.addExact(size(), other.size());
        float[] x = new float[Math.multiplyExact(n, length)];
        int[] y = new int[n];
        int at = 0;
        for (Dataset part : List.of(this, other))
            for (Batch b : part.batches(1024)) {
                System.arraycopy(b.x().toFloats(), 0, x, at * length, b.size() * length);
                System.arraycopy(b.labels(), 0, y, at, b.size());
                at += b.size();
            }
        return ofFloats(name, HostArray.of(x, images.shape().with(0, n)), y, classNames);
    }

    /** The samples at {@code indices}, in that order, as tensors. */
    public Batch batch(int... indices) {
        int sample = (int) sampleShape().size();
        int[] index = new int[indices.length];
        int[] y = new int[indices.length];
        float[] x = new float[Math.multiplyExact(indices.length, sample)];
        for (int b = 0; b < indices.length; b++) {
            int at = order[checked(indices[b])];
            index[b] = at;
            y[b] = labels[at];
            if (intensity == null) System.arraycopy(images.floats(), at * sample, x, b * sample, sample);
            else scale(images.bytes(), at * sample, x, b * sample, sample);
        }
        return new Batch(Tensor.of(HostArray.of(x, images.shape().with(0, indices.length))), Tensor.of(y), y, index);
    }

    private void scale(byte[] from, int at, float[] to, int start, int n) {
        float[] table = intensity;
        for (int i = 0; i < n; i++) to[start + i] = table[from[at + i] & 0xff];
    }

    /**
     * All samples in order, {@code batchSize} at a time; the last batch may be smaller. Each is put together when asked
     * for, and anew each time.
     *
     * @throws SteepestException if {@code batchSize} is below 1
     */
    public List<Batch> batches(int batchSize) {
        if (batchSize < 1) throw SteepestException.of("batch size must be at least 1, got %d", batchSize);
        return new Batches(batchSize);
    }

    private final class Batches extends AbstractList<Batch> implements RandomAccess {
        private final int batchSize;

        Batches(int batchSize) {
            this.batchSize = Math.min(batchSize, Dataset.this.size());
        }

        @Override
        public int size() {
            return (Dataset.this.size() - 1) / batchSize + 1;
        }

        @Override
        public Batch get(int i) {
            int from = Objects.checkIndex(i, size()) * batchSize;
            return batch(IntStream.range(from, from + Math.min(batchSize, Dataset.this.size() - from))
                    .toArray());
        }
    }

    private Dataset view(int[] order) {
        return new Dataset(name, classNames, images, labels, intensity, order);
    }

    private int checked(int i) {
        if (i < 0 || i >= size()) throw SteepestException.of("%s: sample %d of %d does not exist", name, i, size());
        return i;
    }

    /** {@code mnist: 60000 samples [1,28,28], 10 classes}. */
    @Override
    public String toString() {
        return "%s: %d samples %s, %d classes".formatted(name, size(), sampleShape(), classCount());
    }
}
