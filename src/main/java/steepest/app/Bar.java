package steepest.app;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a long job is, on standard error, with the time it took and the time it will take. Nothing is shown of a job
 * that is done within two seconds. On a terminal one line is drawn over; elsewhere a plain line comes now and then.
 */
final class Bar implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(15);

    private final Line line;
    private final ProgressBar bar;
    private Timer timer; // null: whoever does the job says how far it is

    /**
     * @param total how many units there are to do, or -1 if that is not known
     * @param unit the name of a unit, such as {@code " samples"} or {@code "MiB"}
     * @param unitSize how many of the counted things (bytes, say) make a unit
     */
    Bar(PrintWriter err, String task, long total, String unit, long unitSize) {
        this(err, task, total, unit, unitSize, Streams.terminal(), Instant::now);
    }

    Bar(
            PrintWriter err,
            String task,
            long total,
            String unit,
            long unitSize,
            boolean terminal,
            Supplier<Instant> clock) {
        line = new Line(err, terminal, clock);
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(unit, unitSize)
                .setStyle(terminal ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(terminal ? 250 : 1000)
                .continuousUpdate()
                .setConsumer(line)
                .build();
    }

    /** A bar of so many seconds, which moves on as time passes, up to its end. */
    static Bar ofTime(PrintWriter err, String task, double seconds) {
        long total = (long) Math.ceil(seconds);
        var bar = new Bar(err, task, total, " s", 1);
        long begin = System.nanoTime();
        bar.timer = new Timer(task, true);
        bar.timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        bar.to(Math.min(total, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin)));
                    }
                },
                0,
                500);
        return bar;
    }

    void by(long amount) {
        bar.stepBy(amount);
    }

    void to(long amount) {
        bar.stepTo(amount);
    }

    /** What stands behind the bar, such as the loss. */
    void say(String message) {
        bar.setExtraMessage(" " + message);
    }

    /** Prints something else than the bar, where the bar would stand in the way. */
    void above(Runnable print) {
        line.above(print);
    }

    @Override
    public void close() {
        if (timer != null) timer.cancel();
        bar.close();
        line.end();
    }

    /** Where the bar's pictures go. */
    private static final class Line implements ProgressBarConsumer {
        private final PrintWriter err;
        private final boolean terminal;
        private final Supplier<Instant> clock;
        private Instant next;
        private boolean shown;
        private String latest = "";
        private String printed = "";

        Line(PrintWriter err, boolean terminal, Supplier<Instant> clock) {
            this.err = err;
            this.terminal = terminal;
            this.clock = clock;
            this.next = clock.get().plus(PATIENCE);
        }

        @Override
        public int getMaxRenderedLength() {
            return terminal ? Streams.columns() - 1 : 140;
        }

        @Override
        public synchronized void accept(String picture) {
            var now = clock.get();
            latest = picture.stripTrailing();
            if (now.isBefore(next)) return;
            if (terminal) err.printf(Locale.ROOT, "\r%s", picture);
            else {
                err.println(latest);
                printed = latest;
                next = now.plus(BETWEEN_LINES);
            }
            err.flush();
            shown = true;
        }

        /** Nothing: a bar that is closed before its first picture does not call this, so the end comes from outside. */
        @Override
        public void close() {}

        synchronized void above(Runnable print) {
            if (shown && terminal) {
                err.print("\r\033[K");
                err.flush();
            }
            print.run();
        }

        synchronized void end() {
            if (shown && terminal) err.println();
            // The last line tells how it ended.
            if (shown && !terminal && !latest.equals(printed)) err.println(latest);
            err.flush();
        }
    }
}
