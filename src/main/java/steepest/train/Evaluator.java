package steepest.train;

import java.util.List;
import steepest.Device;
import steepest.Program;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Model;

/**
 * Evaluates one model on one device, as often as wanted: it is planned once. A model is judged in batches of a fixed size,
 * so that the same weights give the same figures wherever they are evaluated from.
 */
public final class Evaluator implements AutoCloseable {
    private static final int BATCH = 256;

    private final Program program;

    public Evaluator(Model model, Device device) {
        this.program = Program.of((x, y) -> {
                    Tensor logits = model.apply(x);
                    return Step.of(Losses.crossEntropyEach(logits, y), logits.argmax(1));
                })
                .on(device);
    }

    /**
     * Classifies every sample.
     *
     * @throws SteepestException if the samples do not fit the model, or it names a class that the dataset does not have
     */
    public Evaluation evaluate(Dataset data) {
        long start = System.nanoTime();
        long[][] confusion = new long[data.classCount()][data.classCount()];
        double loss = 0;
        long right = 0;
        for (Dataset.Batch b : data.batches(BATCH)) {
            List<Tensor> results = program.run(b.x(), b.y());
            float[] each = results.get(0).toFloats();
            int[] predicted = results.get(1).toInts();
            int[] truth = b.labels();
            for (int i = 0; i < truth.length; i++) {
                if (predicted[i] >= confusion.length)
                    throw SteepestException.of(
                            "the model predicts class %d; dataset %s has classes 0 to %d",
                            predicted[i], data.name(), confusion.length - 1);
                loss += each[i];
                confusion[truth[i]][predicted[i]]++;
                if (truth[i] == predicted[i]) right++;
            }
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        return new Evaluation((double) right / data.size(), loss / data.size(), confusion, data.size(), seconds);
    }

    @Override
    public void close() {
        program.close();
    }
}
