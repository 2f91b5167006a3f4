package steepest.plan;

import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import steepest.DType;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.OutOfDeviceMemory;

/**
 * A device's memory, counted in bytes. Freed buffers wait in a pool for the next request of their size; what becomes
 * unreachable is collected by a {@link Cleaner} and taken back at the next request. The queue of the device runs in order,
 * so memory can be given out again while kernels that used it are still to run.
 *
 * <p>The property {@code steepest.memoryLimit} (bytes, or a number with k, m or g) lets a device have no more than that,
 * to leave room for others or to see what happens when there is none.
 */
final class Memory {
    private static final Cleaner CLEANER = Cleaner.create();
    /** Pooled memory is kept up to this or to what is live, whichever is more. */
    private static final long MIN_POOL_BYTES = 64L << 20;

    private record Size(DType dtype, long length) {
        /** Rounded up, so that near sizes share a pool entry. */
        static Size of(DType dtype, long length) {
            return new Size(dtype, Math.max(64, (length + 63) / 64 * 64));
        }

        long bytes() {
            return length * dtype.bytes();
        }
    }

    /** A counted buffer and what it is for. */
    static final class Block {
        final Buffer buffer;
        final String purpose;
        private final Size size;
        private final boolean adopted;

        private Block(Buffer buffer, Size size, String purpose, boolean adopted) {
            this.buffer = buffer;
            this.size = size;
            this.purpose = purpose;
            this.adopted = adopted;
        }

        long bytes() {
            return size.bytes();
        }
    }

    private final BackendDevice device;
    private final long limit;
    private final Map<Size, Deque<Buffer>> pool = new HashMap<>();
    private final Set<Block> live = new HashSet<>();
    private final Queue<Block> unreachable = new ConcurrentLinkedQueue<>();
    private long pooledBytes;
    private long liveBytes;
    private long peakBytes;

    Memory(BackendDevice device) {
        this.device = device;
        this.limit = limit(System.getProperty("steepest.memoryLimit"));
    }

    private static long limit(String text) {
        if (text == null) return Long.MAX_VALUE;
        Matcher m = Pattern.compile("(\\d{1,12})([kmg]?)").matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!m.matches())
            throw SteepestException.of(
                    "steepest.memoryLimit: expected bytes, or a number with k, m or g such as 512m, got '%s'", text);
        return Long.parseLong(m.group(1))
                << 10 * ("kmg".indexOf(m.group(2)) + (m.group(2).isEmpty() ? 0 : 1));
    }

    /** What so many elements are counted as. */
    static long bytes(DType dtype, long length) {
        return Size.of(dtype, length).bytes();
    }

    /** @throws SteepestException if the memory is not to be had, saying who holds it */
    synchronized Block acquire(DType dtype, long length, String purpose) {
        drain();
        Size size = Size.of(dtype, length);
        Deque<Buffer> free = pool.get(size);
        Buffer b = free == null ? null : free.poll();
        if (b != null) pooledBytes -= size.bytes();
        else b = retry(mib(size.bytes()) + " for " + purpose, () -> allocate(size));
        Block block = new Block(b, size, purpose, false);
        live.add(block);
        liveBytes += block.bytes();
        peakBytes = Math.max(peakBytes, liveBytes);
        return block;
    }

    /** Counts memory that was not allocated here: a Java array used as it is. Others may hold it, so it is never pooled. */
    synchronized Block adopt(Buffer buffer, String purpose) {
        Size size = Size.of(buffer.dtype(), buffer.length());
        retry(mib(size.bytes()) + " for " + purpose, () -> {
            checkLimit(size);
            return buffer;
        });
        Block block = new Block(buffer, size, purpose, true);
        live.add(block);
        liveBytes += block.bytes();
        peakBytes = Math.max(peakBytes, liveBytes);
        return block;
    }

    private Buffer allocate(Size size) {
        checkLimit(size);
        return device.allocate(size.dtype(), size.length());
    }

    private void checkLimit(Size size) {
        if (size.bytes() > limit - liveBytes - pooledBytes)
            throw new OutOfDeviceMemory("steepest.memoryLimit allows " + mib(limit));
    }

    /**
     * Does what takes memory of the device. Where there is too little, what is pooled is given back, then what nobody can
     * reach any more; and it is tried again.
     *
     * @param what what is asked for
     * @throws SteepestException if there is still too little, saying who holds it
     */
    synchronized <T> T retry(String what, Supplier<T> attempt) {
        try {
            return attempt.get();
        } catch (OutOfDeviceMemory e) {
            trim();
        }
        try {
            return attempt.get();
        } catch (OutOfDeviceMemory e) {
            System.gc();
            waitForCleaner();
            trim();
        }
        try {
            return attempt.get();
        } catch (OutOfDeviceMemory e) {
            throw new SteepestException(exhausted(what, e), e);
        }
    }

    /** The cleaner runs on a thread of its own, shortly after the collection. */
    private void waitForCleaner() {
        for (int i = 0; i < 20; i++) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            drain();
        }
    }

    private String exhausted(String what, OutOfDeviceMemory e) {
        Map<String, Long> holders = new HashMap<>();
        for (Block b : live) holders.merge(b.purpose, b.bytes(), Long::sum);
        List<String> largest = holders.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(5)
                .map(h -> "%s %s".formatted(h.getKey(), mib(h.getValue())))
                .toList();
        return "device %s is out of memory: asked for %s, %s in use (%s); %s"
                .formatted(
                        device.info().id(),
                        what,
                        mib(liveBytes),
                        largest.isEmpty() ? "by nothing" : String.join(", ", largest),
                        e.getMessage());
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    /** Gives a block back to the pool. */
    synchronized void release(Block block) {
        if (!live.remove(block)) return;
        liveBytes -= block.bytes();
        if (block.adopted) return;
        if (block.buffer.length() == block.size.length()
                && pooledBytes + block.bytes() <= Math.max(MIN_POOL_BYTES, liveBytes)) {
            pool.computeIfAbsent(block.size, s -> new ArrayDeque<>()).push(block.buffer);
            pooledBytes += block.bytes();
        } else {
            block.buffer.free();
        }
    }

    /** Gives a block back when {@code holder} becomes unreachable. */
    void releaseWith(Object holder, Block block) {
        Queue<Block> queue = unreachable;
        CLEANER.register(holder, () -> queue.add(block));
    }

    private void drain() {
        for (Block b = unreachable.poll(); b != null; b = unreachable.poll()) release(b);
    }

    private void trim() {
        drain();
        for (Map.Entry<Size, Deque<Buffer>> e : pool.entrySet()) {
            while (!e.getValue().isEmpty()) {
                e.getValue().pop().free();
                pooledBytes -= e.getKey().bytes();
            }
        }
    }

    synchronized long liveBytes() {
        drain();
        return liveBytes;
    }

    synchronized long pooledBytes() {
        return pooledBytes;
    }

    synchronized long peakBytes() {
        return peakBytes;
    }

    /** Frees everything. */
    synchronized void close() {
        drain();
        trim();
        live.forEach(b -> b.buffer.free());
        live.clear();
        liveBytes = 0;
    }
}
