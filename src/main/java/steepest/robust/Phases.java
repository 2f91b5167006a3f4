package steepest.robust;

import java.util.function.Supplier;

/** How long what a method does beside the training steps took: clustering with the features for it, and attacks. */
public final class Phases {
    private long clustering;
    private long attack;

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

    /** Seconds so far. */
    public double clustering() {
        return clustering * 1e-9;
    }

    /** Seconds so far. */
    public double attack() {
        return attack * 1e-9;
    }
}
