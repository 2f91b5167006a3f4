package steepest.selftest.fuzz;

import java.util.List;
import steepest.Philox;
import steepest.Rng;

/** Random choices that a seed repeats. */
final class Dice {
    private final Rng.Key key;
    private final int[] words = new int[4];
    private int drawn;

    Dice(long seed) {
        key = new Rng.Key(seed, 0);
    }

    private double uniform() {
        if (drawn % 4 == 0) Philox.bits(key, 0, drawn, drawn + 4, words, 0);
        return Philox.uniform(words[drawn++ % 4]);
    }

    /** From 0 to {@code n − 1}. */
    int below(int n) {
        return (int) (uniform() * n);
    }

    /** From {@code lo} to {@code hi}, both included. */
    int between(int lo, int hi) {
        return lo + below(hi - lo + 1);
    }

    boolean chance(double p) {
        return uniform() < p;
    }

    <T> T of(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    int of(int... choices) {
        return choices[below(choices.length)];
    }

    /** The numbers from 0 to {@code n − 1} in random order. */
    int[] order(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
