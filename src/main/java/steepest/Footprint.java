package steepest;

/**
 * The memory that a plan takes on its device while it runs, in bytes as {@link Device#liveBytes} counts them: known before
 * it has run.
 *
 * @param inputs what is fed in at each run
 * @param variables what is read or updated; programs share them
 * @param constants arrays that the graph holds
 * @param slab scratch memory that all intermediate results share
 * @param slabNeeded what of it is in use at the busiest kernel: no layout could do with less
 * @param results what each run gives back, new each time
 */
public record Footprint(long inputs, long variables, long constants, long slab, long slabNeeded, long results) {
    /** All at once. Kernels' own scratch memory and tables, which the device shares among plans, come on top. */
    public long total() {
        return inputs + variables + constants + slab + results;
    }

    /** The share of the slab that lies idle even when it is fullest, in [0, 1]: gaps between results. */
    public double fragmentation() {
        return slab == 0 ? 0 : 1 - (double) slabNeeded / slab;
    }
}
