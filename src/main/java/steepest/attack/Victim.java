package steepest.attack;

import java.util.Arrays;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Model;

/**
 * A model as attacks see it: a function from inputs in a domain to logits, on a device. The model is only evaluated, never
 * trained. Close it to free its plans.
 */
public final class Victim implements AutoCloseable {
    private final Model model;
    private final Dataset.Domain domain;
    private final Device device;
    private final int batch;
    private final Program predictor;

    /**
     * @param model gives logits {@code [B, K]} for inputs {@code [B, …]}
     * @param domain where its inputs lie
     * @param batch how many samples are attacked side by side
     */
    public Victim(Model model, Dataset.Domain domain, Device device, int batch) {
        if (!(domain.low() < domain.high()))
            throw SteepestException.of("domain: expected low < high, got [%s, %s]", domain.low(), domain.high());
        if (batch < 1) throw SteepestException.of("batch: expected at least 1, got %d", batch);
        this.model = model;
        this.domain = domain;
        this.device = device;
        this.batch = batch;
        this.predictor = Program.of(x -> logits(x).argmax(1)).on(device);
    }

    /** Logits {@code [B, K]} as a graph. */
    public Tensor logits(Tensor x) {
        Tensor z = model.apply(x);
        if (z.shape().rank() != 2 || z.shape().dim(0) != x.shape().dim(0))
            throw SteepestException.of(
                    "attack: expected a model that gives logits [B,K] for %s, got %s", x.shape(), z.shape());
        return z;
    }

    public Dataset.Domain domain() {
        return domain;
    }

    public Device device() {
        return device;
    }

    public int batch() {
        return batch;
    }

    /** The number of classes for inputs of that shape. */
    public int classes(HostArray x) {
        Tensor one = Tensor.zeros(new Spec(x.dtype(), x.shape().with(0, 1)));
        return logits(one).shape().dim(1);
    }

    /** The predicted class of each sample, {@code [N, …]} F32; always in batches of one size, so that bits agree. */
    public int[] predict(HostArray x) {
        int n = x.shape().dim(0);
        int[] predicted = new int[n];
        for (int from = 0; from < n; from += batch) {
            int start = from;
            int[] places = new int[batch];
            Arrays.setAll(places, i -> Math.min(start + i, n - 1));
            int[] p = predictor.call(Tensor.of(Samples.rows(x, places))).toInts();
            System.arraycopy(p, 0, predicted, from, Math.min(batch, n - from));
        }
        return predicted;
    }

    /** An attack's examples within domain and budget: see {@link Guard#hold}. */
    HostArray hold(Attack attack, HostArray x, HostArray adversarial) {
        return Guard.hold(x, adversarial, attack.norm(), attack.epsilon(), domain, attack.isMinimumNorm());
    }

    @Override
    public void close() {
        predictor.close();
    }
}
