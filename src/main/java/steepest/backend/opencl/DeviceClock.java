package steepest.backend.opencl;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import steepest.backend.opencl.binding.Cl;

/**
 * A device's clock against {@link System#nanoTime}. Where the device can be asked for its time (OpenCL 2.1), it is asked
 * between two readings of the host's clock; elsewhere a copy of four bytes is timed by both. Of several tries the one
 * counts that took the host least, and the device's time is taken to be in its middle: the error is less than half of it.
 */
final class DeviceClock {
    private static final int TRIES = 8;

    private final Cl cl;
    private final Cl.Context context;
    private final Cl.DeviceId id;
    private final Cl.Queue queue;
    private long offset;
    private long error;

    DeviceClock(Cl cl, Cl.Context context, Cl.DeviceId id, Cl.Queue queue) {
        this.cl = cl;
        this.context = context;
        this.id = id;
        this.queue = queue;
    }

    /** Compares the clocks. To be called while the queue is idle: what is in it would be waited for. */
    void calibrate() {
        if (!byTimer()) byCopy();
    }

    boolean byTimer() {
        error = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long before = System.nanoTime();
            OptionalLong now = cl.clock(id);
            long after = System.nanoTime();
            if (now.isEmpty()) return false;
            compare(before, after, now.getAsLong());
        }
        return true;
    }

    void byCopy() {
        error = Long.MAX_VALUE;
        Cl.Mem mem = cl.createBuffer(context, Integer.BYTES);
        ByteBuffer bytes = ByteBuffer.allocateDirect(Integer.BYTES);
        for (int i = 0; i < TRIES; i++) {
            long before = System.nanoTime();
            Cl.Event event = cl.write(queue, mem, 0, bytes);
            cl.await(event);
            long after = System.nanoTime();
            compare(before, after, cl.time(event, Cl.EVENT_ENDED));
            cl.release(event);
        }
        cl.release(mem);
    }

    private void compare(long before, long after, long device) {
        long half = (after - before) / 2;
        if (half >= error) return;
        error = half;
        offset = before + half - device;
    }

    /** A time of the device on the host's clock. */
    long host(long device) {
        return device + offset;
    }

    /** How far off {@link #host} may be, in ns. */
    long error() {
        return error;
    }
}
