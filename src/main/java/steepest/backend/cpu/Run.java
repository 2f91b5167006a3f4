package steepest.backend.cpu;

import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.Executable.Arguments;
import steepest.backend.View;

/** What a prepared kernel sees at a run: memory, arguments, threads. */
final class Run {
    final Workers workers;
    final Arguments arguments;
    private final Buffer[] slots;

    Run(Workers workers, Buffer[] slots, Arguments arguments) {
        this.workers = workers;
        this.slots = slots;
        this.arguments = arguments;
    }

    /** The array under a view. */
    Object array(View view) {
        if (!(slots[view.slot()] instanceof CpuBuffer b))
            throw SteepestException.of("cpu: slot %d holds no buffer of this device", view.slot());
        if (b.array() == null) throw SteepestException.of("cpu: the buffer in slot %d has been freed", view.slot());
        return b.array();
    }

    float[] floats(View view) {
        return (float[]) array(view);
    }

    int[] ints(View view) {
        return (int[]) array(view);
    }

    /** A kernel made ready for its shapes: all that does not depend on memory is worked out before. */
    @FunctionalInterface
    interface Prepared {
        void run(Run run);
    }
}
