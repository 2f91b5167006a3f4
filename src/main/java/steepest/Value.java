package steepest;

/** An evaluated tensor where it lies: in a device's memory. Freed when unreachable. */
public interface Value {
    Device device();

    Spec spec();

    /** A copy in the Java heap. */
    HostArray toHost();
}
