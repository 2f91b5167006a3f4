package steepest.robust;

import java.util.function.Supplier;

/**
 * What a method spends beside the training steps: time, clustering with the features for it told apart from attacks, and
 * samples sent through the network, those with a gradient by the input told apart from those without.
 */
public final class Effort {
    private long clustering;
    private long attack;
    private long gradients;
    private long forwards;

    <T> T clustering(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        clustering += System.nanoTime() - start;
        return result;
    }

    <T> T attack(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        attack += System.nanoTime() - start;
        return result;
    }

    /** Counts {@code passes} of each of {@code samples}. */
    void gradients(long samples, int passes) {
        gradients += samples * passes;
    }

    /** Counts {@code samples}. */
    void forwards(long samples) {
        forwards += samples;
    }

    /** Seconds so far. */
    public double clustering() {
        return clustering * 1e-9;
    }

    /** Seconds so far. */
    public double attack() {
        return attack * 1e-9;
    }

    /** Gradients of the network by its input so far, of all samples together. */
    public long gradients() {
        return gradients;
    }

    /** Evaluations so far of which no gradient was taken, of all samples together. */
    public long forwards() {
        return forwards;
    }
}
