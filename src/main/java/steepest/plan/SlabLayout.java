package steepest.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Lays intermediate results into slabs so that those alive at the same time do not overlap: the largest first, each into
 * the tightest gap that its neighbours in time leave (best fit), 256-byte alignment. A new slab is begun where one would
 * outgrow what the device allocates at once.
 */
final class SlabLayout {
    private static final int ALIGNMENT = 256;

    /** A result that needs memory from kernel {@code first} to kernel {@code last}, both included. */
    static final class Item {
        final long bytes;
        int first;
        int last;
        int slab;
        long offset;

        Item(long bytes, int first) {
            this.bytes = Math.max(1, (bytes + ALIGNMENT - 1) / ALIGNMENT) * ALIGNMENT;
            this.first = first;
            this.last = first;
        }

        /** Lives as long as another one, too. */
        void cover(Item o) {
            first = Math.min(first, o.first);
            last = Math.max(last, o.last);
        }

        private boolean meets(Item o) {
            return first <= o.last && o.first <= last;
        }
    }

    private SlabLayout() {}

    /** Sets slab and offset (in bytes) of all items. Returns the slabs' sizes in bytes. */
    static List<Long> place(List<Item> items, long maxSlabBytes) {
        List<Item> bySize = new ArrayList<>(items);
        bySize.sort(Comparator.comparingLong((Item i) -> -i.bytes).thenComparingInt(i -> i.first));
        List<List<Item>> slabs = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        for (Item item : bySize) {
            int s = 0;
            while (true) {
                if (s == slabs.size()) {
                    slabs.add(new ArrayList<>());
                    sizes.add(0L);
                }
                long at = gap(item, slabs.get(s));
                // an item larger than the limit gets a slab of its own; the device will say that it is too large
                if (at + item.bytes <= maxSlabBytes || slabs.get(s).isEmpty()) {
                    item.slab = s;
                    item.offset = at;
                    insert(slabs.get(s), item);
                    sizes.set(s, Math.max(sizes.get(s), at + item.bytes));
                    break;
                }
                s++;
            }
        }
        return sizes;
    }

    /** The most bytes that are needed at the same time: of all layouts none takes less. */
    static long busiest(Collection<Item> items) {
        NavigableMap<Integer, Long> change = new TreeMap<>();
        for (Item i : items) {
            change.merge(i.first, i.bytes, Long::sum);
            change.merge(i.last + 1, -i.bytes, Long::sum);
        }
        long now = 0;
        long most = 0;
        for (long c : change.values()) {
            now += c;
            most = Math.max(most, now);
        }
        return most;
    }

    /** Where an item fits best among those placed in a slab, which are sorted by offset. */
    private static long gap(Item item, List<Item> placed) {
        long end = 0;
        long best = -1;
        long bestSize = Long.MAX_VALUE;
        for (Item o : placed) {
            if (!o.meets(item)) continue;
            long size = o.offset - end;
            if (size >= item.bytes && size < bestSize) {
                best = end;
                bestSize = size;
            }
            end = Math.max(end, o.offset + o.bytes);
        }
        return best >= 0 ? best : end;
    }

    private static void insert(List<Item> placed, Item item) {
        int i = placed.size();
        while (i > 0 && placed.get(i - 1).offset > item.offset) i--;
        placed.add(i, item);
    }
}
