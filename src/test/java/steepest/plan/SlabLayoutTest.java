package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import steepest.Philox;

class SlabLayoutTest {
    private static List<SlabLayout.Item> items(int seed, int n) {
        int[] w = new int[4];
        List<SlabLayout.Item> items = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Philox.block(i, 0, 0, 0, seed, 0, w, 0);
            SlabLayout.Item item = new SlabLayout.Item((w[0] >>> 1) % 5000, (w[1] >>> 1) % 40);
            item.last = item.first + (w[2] >>> 1) % 10;
            items.add(item);
        }
        return items;
    }

    @Test
    void whatIsAliveTogetherDoesNotOverlap() {
        for (int seed = 0; seed < 50; seed++) {
            List<SlabLayout.Item> items = items(seed, 60);
            List<Long> sizes = SlabLayout.place(items, seed % 2 == 0 ? Long.MAX_VALUE : 20_000);
            for (SlabLayout.Item a : items) {
                assertThat(a.offset % 256).isZero();
                assertThat(a.offset + a.bytes).isLessThanOrEqualTo(sizes.get(a.slab));
                for (SlabLayout.Item b : items) {
                    boolean together = a != b && a.slab == b.slab && a.first <= b.last && b.first <= a.last;
                    if (together)
                        assertThat(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
                                .isTrue();
                }
            }
        }
    }

    @Test
    void slabsStayBelowTheDevicesLimit() {
        List<Long> sizes = SlabLayout.place(items(7, 60), 20_000);
        assertThat(sizes).hasSizeGreaterThan(1).allMatch(s -> s <= 20_000);
    }

    @Test
    void memoryIsUsedAgain() {
        List<SlabLayout.Item> chain = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            SlabLayout.Item item = new SlabLayout.Item(1024, i);
            item.last = i + 1;
            chain.add(item);
        }
        assertThat(SlabLayout.place(chain, Long.MAX_VALUE)).containsExactly(2048L);
    }

    /** Three at a time at the second kernel: 256 + 512 + 1024. */
    @Test
    void theBusiestKernelBoundsEveryLayout() {
        SlabLayout.Item a = new SlabLayout.Item(200, 0);
        a.last = 1;
        SlabLayout.Item b = new SlabLayout.Item(512, 1);
        SlabLayout.Item c = new SlabLayout.Item(1000, 1);
        c.last = 3;
        SlabLayout.Item d = new SlabLayout.Item(256, 2);
        List<SlabLayout.Item> items = List.of(a, b, c, d);
        assertThat(SlabLayout.busiest(items)).isEqualTo(256 + 512 + 1024);
        assertThat(SlabLayout.place(items, Long.MAX_VALUE)).containsExactly(1792L);
        assertThat(SlabLayout.busiest(List.of())).isZero();
    }
}
