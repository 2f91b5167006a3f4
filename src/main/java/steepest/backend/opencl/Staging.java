package steepest.backend.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import steepest.HostArray;
import steepest.backend.opencl.binding.Cl;

/**
 * The way between Java arrays and a device: a ring of direct buffers. A write copies into the next one and goes on
 * while the device fetches it; only a buffer whose last copy is still under way is waited for.
 */
final class Staging {
    private static final int SLOTS = 8;
    private static final int SLOT_BYTES = 1 << 20;

    private final Cl cl;
    private final Cl.Queue queue;
    private final ByteBuffer[] buffers = new ByteBuffer[SLOTS];
    private final Cl.Event[] busy = new Cl.Event[SLOTS];
    private int next;

    Staging(Cl cl, Cl.Queue queue) {
        this.cl = cl;
        this.queue = queue;
    }

    /** Queues the copy of a whole array to the start of a buffer. */
    void write(HostArray from, Cl.Mem to) {
        int step = SLOT_BYTES / from.dtype().bytes();
        for (int at = 0; at < from.size(); at += step) {
            int count = Math.min(step, from.size() - at);
            ByteBuffer slot = slot();
            switch (from.dtype()) {
                case F32 -> slot.asFloatBuffer().put(from.floats(), at, count);
                case I32 -> slot.asIntBuffer().put(from.ints(), at, count);
                case U8, BOOL -> slot.put(from.bytes(), at, count);
                case F64 -> slot.asDoubleBuffer().put(from.doubles(), at, count);
            }
            slot.position(0).limit(count * from.dtype().bytes());
            busy[next] = cl.write(queue, to, (long) at * from.dtype().bytes(), slot);
            next = (next + 1) % SLOTS;
        }
        cl.flush(queue);
    }

    /** Fills a whole array from the start of a buffer. */
    void read(Cl.Mem from, HostArray to) {
        int step = SLOT_BYTES / to.dtype().bytes();
        for (int at = 0; at < to.size(); at += step) {
            int count = Math.min(step, to.size() - at);
            ByteBuffer slot = slot();
            slot.limit(count * to.dtype().bytes());
            cl.read(queue, from, (long) at * to.dtype().bytes(), slot);
            slot.position(0);
            switch (to.dtype()) {
                case F32 -> slot.asFloatBuffer().get(to.floats(), at, count);
                case I32 -> slot.asIntBuffer().get(to.ints(), at, count);
                case U8, BOOL -> slot.get(to.bytes(), at, count);
                case F64 -> slot.asDoubleBuffer().get(to.doubles(), at, count);
            }
        }
    }

    private ByteBuffer slot() {
        if (buffers[next] == null)
            buffers[next] = ByteBuffer.allocateDirect(SLOT_BYTES).order(ByteOrder.nativeOrder());
        await(next);
        return buffers[next].clear();
    }

    private void await(int slot) {
        if (busy[slot] == null) return;
        cl.await(busy[slot]);
        cl.release(busy[slot]);
        busy[slot] = null;
    }

    void close() {
        for (int i = 0; i < SLOTS; i++) await(i);
    }
}
