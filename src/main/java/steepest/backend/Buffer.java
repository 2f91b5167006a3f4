package steepest.backend;

import steepest.DType;

/** A stretch of device memory. */
public interface Buffer {
    DType dtype();

    /** In elements. */
    long length();

    /** Gives the memory back; the buffer cannot be used after. Work queued before still sees it. */
    void free();
}
