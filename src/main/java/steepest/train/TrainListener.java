package steepest.train;

import steepest.DeviceInfo;
import steepest.nn.Summary;

/** Hears how a training run goes, on the thread that trains. Progress bars and logs are made of it. */
public interface TrainListener {
    /** Hears nothing. */
    TrainListener NONE = new TrainListener() {};

    /**
     * The last few steps of a run.
     *
     * @param epoch the epoch they are in, from 1
     * @param epochs how many there will be
     * @param step steps made so far, over all epochs
     * @param steps how many there will be
     * @param samples training samples seen so far, over all epochs
     * @param loss the mean loss of those steps' samples
     * @param accuracy the fraction of them classified rightly, before each step
     * @param samplesPerSecond training samples a second since the start, evaluation not counted
     */
    record Progress(
            int epoch,
            int epochs,
            long step,
            long steps,
            long samples,
            double loss,
            double accuracy,
            double samplesPerSecond) {}

    /**
     * A whole epoch.
     *
     * @param epoch from 1
     * @param step steps made so far, over all epochs
     * @param trainLoss the mean over the epoch's samples, each taken before its step
     * @param trainAccuracy likewise, a fraction
     * @param test the model on the test samples at the end of the epoch
     * @param samplesPerSecond training samples a second since the start, evaluation not counted
     */
    record Epoch(
            int epoch, long step, double trainLoss, double trainAccuracy, Evaluation test, double samplesPerSecond) {}

    /** Everything was found in order; training begins. */
    default void started(Summary summary, DeviceInfo device, long steps) {}

    /** The first step is planned, its kernels are built, and it runs. */
    default void running() {}

    /** Some steps were made. */
    default void progress(Progress progress) {}

    /** All steps of an epoch were made; the test samples come next. */
    default void evaluating(int epoch) {}

    /** An epoch is over. */
    default void epoch(Epoch epoch) {}
}
