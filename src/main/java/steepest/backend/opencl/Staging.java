package steepest.backend.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import steepest.HostArray;
import steepest.backend.opencl.binding.Cl;

/**
 * The way between Java arrays and a device: a ring of buffers in pinned memory, from and to which a GPU copies by itself
 * and at full speed. A write copies into the next one and goes on while the device fetches it, behind whatever it is
 * computing; only a buffer whose last copy is still under way is waited for.
 */
final class Staging {
    private static final int SLOTS = 8;
    private static final int SLOT_BYTES = 1 << 20;

    private final Cl cl;
    private final Cl.Context context;
    private final Commands commands;
    private final Slot[] slots = new Slot[SLOTS];
    private int next;

    /** Pinned memory, mapped for as long as the ring exists. */
    private static final class Slot {
        final Cl.Mem pinned;
        final ByteBuffer bytes;
        Cl.Event busy; // the copy that still reads it

        Slot(Cl.Mem pinned, ByteBuffer bytes) {
            this.pinned = pinned;
            this.bytes = bytes;
        }
    }

    Staging(Cl cl, Cl.Context context, Commands commands) {
        this.cl = cl;
        this.context = context;
        this.commands = commands;
    }

    /** Queues the copy of a whole array to the start of a buffer. The array may change after. */
    void write(HostArray from, Cl.Mem to) {
        int width = from.dtype().bytes();
        int step = SLOT_BYTES / width;
        for (int at = 0; at < from.size(); at += step) {
            int count = Math.min(step, from.size() - at);
            Slot slot = free();
            switch (from.dtype()) {
                case F32 -> slot.bytes.asFloatBuffer().put(from.floats(), at, count);
                case I32 -> slot.bytes.asIntBuffer().put(from.ints(), at, count);
                case U8, BOOL -> slot.bytes.put(from.bytes(), at, count);
                case F64 -> slot.bytes.asDoubleBuffer().put(from.doubles(), at, count);
            }
            slot.busy =
                    commands.write(to, (long) at * width, slot.bytes.position(0).limit(count * width));
        }
        commands.flush();
    }

    /** Fills a whole array from the start of a buffer. */
    void read(Cl.Mem from, HostArray to) {
        int width = to.dtype().bytes();
        int step = SLOT_BYTES / width;
        for (int at = 0; at < to.size(); at += step) {
            int count = Math.min(step, to.size() - at);
            ByteBuffer bytes = free().bytes.limit(count * width);
            commands.read(from, (long) at * width, bytes);
            bytes.position(0);
            switch (to.dtype()) {
                case F32 -> bytes.asFloatBuffer().get(to.floats(), at, count);
                case I32 -> bytes.asIntBuffer().get(to.ints(), at, count);
                case U8, BOOL -> bytes.get(to.bytes(), at, count);
                case F64 -> bytes.asDoubleBuffer().get(to.doubles(), at, count);
            }
        }
    }

    /** The next slot of the ring, when the device has done with it. */
    private Slot free() {
        if (slots[next] == null) {
            Cl.Mem pinned = cl.createHostBuffer(context, SLOT_BYTES);
            slots[next] = new Slot(pinned, commands.map(pinned, SLOT_BYTES).order(ByteOrder.nativeOrder()));
        }
        Slot slot = slots[next];
        next = (next + 1) % SLOTS;
        await(slot);
        slot.bytes.clear();
        return slot;
    }

    private void await(Slot slot) {
        if (slot.busy == null) return;
        commands.await(slot.busy);
        slot.busy = null;
    }

    void close() {
        for (Slot slot : slots) {
            if (slot == null) continue;
            await(slot);
            commands.unmap(slot.pinned, slot.bytes.clear());
            cl.release(slot.pinned);
        }
    }
}
