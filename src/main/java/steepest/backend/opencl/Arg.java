package steepest.backend.opencl;

import steepest.DType;

/** An argument of a kernel: fixed when the launch is made, or looked up at each run. */
sealed interface Arg {
    /** The memory of a slot. */
    record Slot(int slot) implements Arg {}

    /** The device's scratch memory. */
    record Scratch() implements Arg {}

    /** The executable's table of sizes and strides. */
    record Geometry() implements Arg {}

    /** A 32-bit number. */
    record Int(int value) implements Arg {}

    /** A 64-bit number: an offset or a stride. */
    record Long(long value) implements Arg {}

    /** A 32-bit floating-point number. */
    record Float(float value) implements Arg {}

    /** A number of each run, as F32 or I32. */
    record Scalar(int index, DType dtype) implements Arg {}

    /** A word of a random key. */
    record KeyWord(int key, Word word) implements Arg {}

    enum Word {
        SEED_LOW,
        SEED_HIGH,
        STREAM
    }

    /** The number of the run. */
    record Run() implements Arg {}
}
