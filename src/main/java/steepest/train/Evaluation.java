package steepest.train;

/**
 * How good a model is on some samples.
 *
 * @param accuracy the fraction of samples classified rightly
 * @param loss the mean cross-entropy, in nats
 * @param confusion counts by true class (row) and predicted class (column)
 * @param samples how many there were
 * @param seconds how long it took
 */
public record Evaluation(double accuracy, double loss, long[][] confusion, int samples, double seconds) {
    public double samplesPerSecond() {
        return samples / seconds;
    }
}
