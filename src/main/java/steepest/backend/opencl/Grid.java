package steepest.backend.opencl;

/** How many work-items a launch has, and in which groups. */
sealed interface Grid {
    /**
     * {@code n} jobs spread over work-items as the device class has it, see FOR_EACH in {@code common.cl}.
     *
     * @param work about how many elements' worth of work a job is
     * @param most at most so many work-items on devices whose work-items are loops
     */
    record Jobs(long n, long work, long most) implements Grid {}

    /** Work-groups of a power of two of work-items, as many as kernel and tuning allow. */
    record Groups(long n) implements Grid {}

    /** Work-groups, in one dimension, of work-items in as many as {@code local} has: a size written into the kernel. */
    record Tiles(long n, long[] local) implements Grid {}
}
