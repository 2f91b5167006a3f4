package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PermutationTest {
    @Test
    void holdsEveryNumberOnce() {
        for (int n : new int[] {0, 1, 2, 3, 1000}) {
            int[] p = Permutation.of(n, 42, 3);
            Arrays.sort(p);
            assertThat(p).isEqualTo(IntStream.range(0, n).toArray());
        }
    }

    /** Saved runs name their seed: the orders that it stands for may never change. */
    @Test
    void isTheSameForEver() {
        assertThat(Permutation.of(10, 42, 0)).containsExactly(0, 6, 9, 4, 5, 7, 2, 3, 1, 8);
        assertThat(Permutation.of(10, 42, 1)).containsExactly(0, 9, 1, 2, 8, 3, 6, 7, 5, 4);
        assertThat(Permutation.of(10, 43, 0)).containsExactly(7, 0, 2, 4, 9, 6, 1, 3, 5, 8);
    }

    /** 24,000 draws of 24 orders: 1,000 each, and six standard deviations are 186. */
    @Test
    void everyOrderIsAsLikelyAsTheOthers() {
        Map<String, Integer> counts = new HashMap<>();
        for (int epoch = 0; epoch < 24_000; epoch++)
            counts.merge(Arrays.toString(Permutation.of(4, 7, epoch)), 1, Integer::sum);
        assertThat(counts).hasSize(24);
        assertThat(counts.values()).allMatch(c -> c > 814 && c < 1186);
    }
}
