package steepest.certify;

import java.util.Arrays;
import java.util.List;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Sequential;

/** Certifies the samples of a dataset; planned once for all ε. */
public final class Certifier implements AutoCloseable {
    /** Added to the margin of a class over itself, which is none to be looked for. */
    private static final double FAR = 1e30;

    /** Hears how many samples of how many are done. */
    @FunctionalInterface
    public interface Listener {
        void certified(int done, int total);
    }

    private final Method method;
    private final Dataset.Domain domain;
    private final int batch;
    private final Program program;
    private Listener listener = (done, total) -> {};

    /** With as many samples side by side as suit the method. */
    public Certifier(Sequential model, Dataset.Domain domain, Device device, Method method) {
        this(model, domain, device, method, method.batch());
    }

    /**
     * @param model gives logits {@code [B, K]}
     * @param domain where inputs lie: balls are cut with it
     * @param batch samples side by side
     * @throws SteepestException naming the layer, if the model has one that cannot be bounded
     */
    public Certifier(Sequential model, Dataset.Domain domain, Device device, Method method, int batch) {
        if (batch < 1) throw SteepestException.of("batch: expected at least 1, got %d", batch);
        Bounds bounds = Bounds.sound(model, method);
        this.method = method;
        this.domain = domain;
        this.batch = batch;
        this.program = Program.of(3, (in, pass) -> {
                    Tensor x = in.get(0);
                    Tensor y = in.get(1);
                    Tensor logits = model.apply(x);
                    Tensor own = y.oneHot(logits.shape().dim(1)).cast(DType.F32);
                    Tensor margins = bounds.margins(x, y, in.get(2), domain);
                    return Step.of(logits.argmax(1), margins.add(own.mul(FAR)).min(1));
                })
                .on(device);
    }

    public Certifier listener(Listener listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Certifies all samples.
     *
     * @param epsilon the radius of the L∞ balls, in the units of the domain
     * @throws SteepestException if ε is negative or not finite, the samples do not fit the model or lie outside its domain
     */
    public Certificate certify(Dataset data, double epsilon) {
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("epsilon: expected a finite number of at least 0, got %s", epsilon);
        if (!data.domain().equals(domain))
            throw SteepestException.of(
                    "certify: expected samples in [%s, %s], got [%s, %s]",
                    domain.low(),
                    domain.high(),
                    data.domain().low(),
                    data.domain().high());
        long start = System.nanoTime();
        int n = data.size();
        int[] predicted = new int[n];
        int[] y = new int[n];
        int[] index = new int[n];
        float[] margin = new float[n];
        float radius = (float) epsilon;
        if (radius < epsilon) radius = Math.nextUp(radius);
        Tensor eps = Tensor.of(HostArray.of(new float[] {radius}, Shape.SCALAR));
        listener.certified(0, n);
        for (int from = 0; from < n; from += batch) {
            int first = from;
            int[] places = new int[Math.min(batch, n)];
            Arrays.setAll(places, i -> Math.min(first + i, n - 1)); // the last batch is filled up: one plan for all
            Dataset.Batch b = data.batch(places);
            List<Tensor> results = program.run(b.x(), b.y(), eps);
            int[] p = results.get(0).toInts();
            float[] m = results.get(1).toFloats();
            int more = Math.min(places.length, n - from);
            System.arraycopy(p, 0, predicted, from, more);
            System.arraycopy(m, 0, margin, from, more);
            System.arraycopy(b.labels(), 0, y, from, more);
            System.arraycopy(b.index(), 0, index, from, more);
            listener.certified(from + more, n);
        }
        return new Certificate(method, epsilon, y, predicted, margin, index, (System.nanoTime() - start) * 1e-9);
    }

    @Override
    public void close() {
        program.close();
    }
}
