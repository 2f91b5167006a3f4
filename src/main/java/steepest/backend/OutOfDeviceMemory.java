package steepest.backend;

import steepest.SteepestException;

/** The device has not got the memory asked for. The engine frees what it can and tries once more before it gives up. */
public final class OutOfDeviceMemory extends SteepestException {
    public OutOfDeviceMemory(String message) {
        super(message);
    }
}
