package steepest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Records what happens when: on the host (planning, uploading, an epoch) and on devices (each kernel, each transfer), all
 * on the clock of {@link System#nanoTime}. There is at most one recorder in a process, {@link #active}; while there is
 * none, nothing is timed.
 *
 * <p>Kernels and transfers are also summed up, one {@link Row} for each kind, so that a profile is complete even where a
 * run has more spans than are kept.
 */
public final class Recorder implements AutoCloseable {
    /** Where on a device something happened. */
    public enum Lane {
        KERNELS,
        TRANSFERS
    }

    /**
     * What something computed and moved, counted from its shapes: the same on every device, however a kernel goes about it.
     *
     * @param name for instance {@code matMul [64,784] [784,128]}
     * @param flops floating-point operations
     * @param bytes bytes that must be read and written at the least, each once
     */
    public record Work(String name, long flops, long bytes) {}

    /** When a command of a device was queued, handed over, begun and done, in ns of {@link System#nanoTime}. */
    public record Times(long queued, long submitted, long started, long ended) {}

    /**
     * Something that took time.
     *
     * @param process {@link #HOST} or the device's id
     * @param lane the host's thread, or a {@link Lane} of the device
     * @param work null on the host
     */
    public record Span(String process, String lane, String name, Work work, Times times) {}

    /**
     * All calls of one kind.
     *
     * @param nanos time on the device, all calls together
     * @param flops floating-point operations of all calls
     * @param bytes of all calls
     */
    public record Row(String device, Lane lane, String name, long calls, long nanos, long flops, long bytes) {
        private Row plus(long calls, long nanos, long flops, long bytes) {
            return new Row(
                    device, lane, name, this.calls + calls, this.nanos + nanos, this.flops + flops, this.bytes + bytes);
        }
    }

    /** The process that the host's spans belong to. */
    public static final String HOST = "host";

    private static final int MOST_SPANS = 1_000_000;

    private static volatile Recorder active;

    private record Key(String device, Lane lane, String name) {}

    private final long start = System.nanoTime();
    private final int mostSpans;
    private final List<Span> spans = new ArrayList<>();
    private final Map<Key, Row> rows = new LinkedHashMap<>();
    private final Set<HostSpan> open = new LinkedHashSet<>();
    private final List<Runnable> sources = new ArrayList<>();
    private long dropped;

    private Recorder(int mostSpans) {
        this.mostSpans = mostSpans;
    }

    /**
     * Begins to record.
     *
     * @throws SteepestException if something is being recorded already
     */
    public static Recorder start() {
        return start(MOST_SPANS);
    }

    /** @param mostSpans how many spans are kept; later ones are only counted */
    public static synchronized Recorder start(int mostSpans) {
        if (active != null) throw SteepestException.of("recorder: something is being recorded already");
        active = new Recorder(mostSpans);
        return active;
    }

    /** The recorder that takes what happens now; null if nothing is recorded. */
    public static Recorder active() {
        return active;
    }

    /** Does something, as a span of this thread. */
    public static <T> T timed(String name, Supplier<T> body) {
        Recorder r = active;
        if (r == null) return body.get();
        HostSpan span = r.begin(name);
        try {
            return body.get();
        } finally {
            r.end(span);
        }
    }

    /** Does something, as a span of this thread. */
    public static void timed(String name, Runnable body) {
        timed(name, () -> {
            body.run();
            return null;
        });
    }

    private synchronized HostSpan begin(String name) {
        HostSpan span = new HostSpan(name, Thread.currentThread().getName(), System.nanoTime());
        open.add(span);
        return span;
    }

    private synchronized void end(HostSpan span) {
        open.remove(span);
        keep(span.until(System.nanoTime()));
    }

    /** A span that is not over. */
    private static final class HostSpan {
        private final String name;
        private final String thread;
        private final long began;

        HostSpan(String name, String thread, long began) {
            this.name = name;
            this.thread = thread;
            this.began = began;
        }

        Span until(long end) {
            return new Span(HOST, thread, name, null, new Times(began, began, began, end));
        }
    }

    /**
     * A command of a device that is done.
     *
     * @param name the command itself, for instance one of two kernels that make a sum
     * @param call whether the work is counted with it: once for all its commands
     */
    public synchronized void command(String device, Lane lane, Work work, String name, boolean call, Times times) {
        keep(new Span(device, lane.name().toLowerCase(Locale.ROOT), name, work, times));
        long nanos = times.ended() - times.started();
        rows.merge(
                new Key(device, lane, work.name()),
                new Row(
                        device,
                        lane,
                        work.name(),
                        call ? 1 : 0,
                        nanos,
                        call ? work.flops() : 0,
                        call ? work.bytes() : 0),
                (a, b) -> a.plus(b.calls, b.nanos, b.flops, b.bytes));
    }

    /** A kernel that ran in this process, between two readings of {@link System#nanoTime}. */
    public void kernel(String device, Work work, long started, long ended) {
        command(device, Lane.KERNELS, work, work.name(), true, new Times(started, started, started, ended));
    }

    private void keep(Span span) {
        if (spans.size() < mostSpans) spans.add(span);
        else dropped++;
    }

    /** Has {@code settle} called whenever all that has been queued is to be told: a device that reads its times late. */
    public synchronized void source(Runnable settle) {
        sources.add(settle);
    }

    /** Waits for the devices, until all they were asked to do is recorded. */
    public void settle() {
        List<Runnable> all;
        synchronized (this) {
            all = List.copyOf(sources);
        }
        all.forEach(Runnable::run);
    }

    /** What has been recorded, by its beginning; what is still open on the host ends now. */
    public synchronized List<Span> spans() {
        List<Span> all = new ArrayList<>(spans);
        long now = System.nanoTime();
        for (HostSpan h : open) all.add(h.until(now));
        all.sort(Comparator.comparingLong(s -> s.times().started()));
        return all;
    }

    /** How many spans were not kept. */
    public synchronized long dropped() {
        return dropped;
    }

    /** The sums, what took longest first. */
    public synchronized List<Row> rows() {
        Collection<Row> all = rows.values();
        return all.stream()
                .sorted(Comparator.comparingLong(Row::nanos).reversed())
                .toList();
    }

    /** When recording began, in ns of {@link System#nanoTime}. */
    public long began() {
        return start;
    }

    /** Ends the recording, after all that was queued. What was recorded stays. */
    @Override
    public void close() {
        settle();
        synchronized (Recorder.class) {
            if (active == this) active = null;
        }
    }
}
