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
        assertThat(Permutation.of(10, 42, 0)).containsExactly(5, 7, 8, 2, 3, 0, 6, 4, 1, 9);
        assertThat(Permutation.of(10, 42, 1)).containsExactly(2, 4, 7, 8, 6, 0, 1, 9, 5, 3);
        assertThat(Permutation.of(10, 43, 0)).containsExactly(6, 3, 0, 5, 2, 7, 1, 9, 4, 8);
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
