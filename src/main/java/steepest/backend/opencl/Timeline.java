package steepest.backend.opencl;

import java.util.ArrayDeque;
import java.util.Deque;
import steepest.Recorder;
import steepest.Recorder.Lane;
import steepest.Recorder.Times;
import steepest.Recorder.Work;
import steepest.backend.opencl.binding.Cl;

/** Commands whose times are still to be read: that can be done once they are complete, and should not be waited for. */
final class Timeline {
    /** So many commands wait at most; then the older half, done long since as a rule, is read. */
    private static final int MOST_PENDING = 4096;

    private static final long RECALIBRATE_NANOS = 1_000_000_000L;

    private record Pending(Cl.Event event, Lane lane, Work work, String name, boolean call) {}

    private final Cl cl;
    private final String device;
    private final Recorder recorder;
    private final DeviceClock clock;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private long calibrated;
    private long lastEnd = Long.MIN_VALUE;

    /** @param queue timed, and idle */
    Timeline(Cl cl, Cl.Context context, Cl.DeviceId id, Cl.Queue queue, String device, Recorder recorder) {
        this.cl = cl;
        this.device = device;
        this.recorder = recorder;
        clock = new DeviceClock(cl, context, id, queue);
        calibrate();
    }

    Recorder recorder() {
        return recorder;
    }

    private void calibrate() {
        clock.calibrate();
        calibrated = System.nanoTime();
    }

    void add(Cl.Event event, Lane lane, Work work, String name, boolean call) {
        pending.add(new Pending(event, lane, work, name, call));
        if (pending.size() >= MOST_PENDING) read(MOST_PENDING / 2);
    }

    /** Reads the times of all. To be called when the queue has nothing left to do: the clocks are compared then. */
    void settle() {
        read(pending.size());
        if (System.nanoTime() - calibrated > RECALIBRATE_NANOS) calibrate();
    }

    private void read(int count) {
        for (int i = 0; i < count; i++) {
            Pending p = pending.remove();
            cl.await(p.event);
            recorder.command(device, p.lane, p.work, p.name, p.call, times(p.event));
            cl.release(p.event);
        }
    }

    /** On the host's clock. Commands run one after the other, and stay so where the clocks are compared anew. */
    private Times times(Cl.Event event) {
        long started = Math.max(lastEnd, clock.host(cl.time(event, Cl.EVENT_STARTED)));
        lastEnd = Math.max(started, clock.host(cl.time(event, Cl.EVENT_ENDED)));
        long submitted = Math.min(started, clock.host(cl.time(event, Cl.EVENT_SUBMITTED)));
        long queued = Math.min(submitted, clock.host(cl.time(event, Cl.EVENT_QUEUED)));
        return new Times(queued, submitted, started, lastEnd);
    }
}
