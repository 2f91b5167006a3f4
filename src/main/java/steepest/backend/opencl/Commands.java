package steepest.backend.opencl;

import java.nio.ByteBuffer;
import steepest.Recorder;
import steepest.Recorder.Lane;
import steepest.Recorder.Work;
import steepest.backend.opencl.binding.Cl;

/**
 * The commands of a device, done in the order in which they are given. While there is a {@link Recorder} each leaves an
 * event, from which a {@link Timeline} reads its times; while there is none the queue takes no times at all.
 */
final class Commands {
    private final Cl cl;
    private final Cl.Context context;
    private final Cl.DeviceId id;
    private final String device;
    private Cl.Queue queue;
    private Timeline timeline; // null: nothing is recorded

    Commands(Cl cl, Cl.Context context, Cl.DeviceId id, String device) {
        this.cl = cl;
        this.context = context;
        this.id = id;
        this.device = device;
        queue = cl.createQueue(context, id, false);
    }

    /** Whether commands are recorded from here on: to be asked before a run, as a recording may have begun or ended. */
    boolean recorded() {
        Recorder now = Recorder.active();
        if (now != (timeline == null ? null : timeline.recorder())) follow(now);
        return timeline != null;
    }

    private void follow(Recorder now) {
        finish();
        cl.release(queue);
        queue = cl.createQueue(context, id, now != null);
        timeline = now == null ? null : new Timeline(cl, context, id, queue, device, now);
        if (now != null) now.source(this::settle);
    }

    /** Waits until all that was queued is done and recorded. */
    private void settle() {
        if (queue != null && timeline != null) finish();
    }

    void launch(Cl.ClKernel kernel, long[] global, long[] local) {
        cl.enqueue(queue, kernel, global, local);
    }

    /**
     * As above, recorded.
     *
     * @param name the kernel's own
     * @param call whether it is the first of those that do the work
     */
    void launch(Cl.ClKernel kernel, long[] global, long[] local, Work work, String name, boolean call) {
        timeline.add(cl.enqueueTimed(queue, kernel, global, local), Lane.KERNELS, work, name, call);
    }

    /** Queues a copy from the host; the bytes must not change before the event, which is the caller's, is complete. */
    Cl.Event write(Cl.Mem to, long offset, ByteBuffer from) {
        boolean recorded = recorded();
        long bytes = from.remaining();
        Cl.Event event = cl.write(queue, to, offset, from);
        if (recorded) {
            cl.retain(event);
            timeline.add(event, Lane.TRANSFERS, new Work("upload", 0, bytes), "upload", true);
        }
        return event;
    }

    /** Copies to the host, when all before is done. */
    void read(Cl.Mem from, long offset, ByteBuffer to) {
        if (!recorded()) {
            cl.read(queue, from, offset, to);
            return;
        }
        Work work = new Work("download", 0, to.remaining());
        timeline.add(cl.readTimed(queue, from, offset, to), Lane.TRANSFERS, work, "download", true);
        timeline.settle();
    }

    /** Waits for an event and gives it back. */
    void await(Cl.Event event) {
        cl.await(event);
        cl.release(event);
    }

    ByteBuffer map(Cl.Mem buffer, long bytes) {
        return cl.map(queue, buffer, bytes);
    }

    void unmap(Cl.Mem buffer, ByteBuffer mapped) {
        cl.unmap(queue, buffer, mapped);
    }

    void flush() {
        cl.flush(queue);
    }

    void finish() {
        cl.finish(queue);
        if (timeline != null) timeline.settle();
    }

    void close() {
        finish();
        cl.release(queue);
        queue = null;
    }
}
