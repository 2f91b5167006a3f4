package steepest.data;

/** Hears how far a long piece of work has come. Called often, from the thread that does the work. */
@FunctionalInterface
public interface Progress {
    /** Hears nothing. */
    Progress NONE = (what, done, total) -> {};

    /**
     * @param what what is being done, in a few words
     * @param done bytes done so far
     * @param total bytes in all, −1 if unknown
     */
    void update(String what, long done, long total);
}
