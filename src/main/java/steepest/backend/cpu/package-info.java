/**
 * The CPU backend, in Java alone. {@code CpuDevice} makes each kernel ready once: {@code Pointwise}
 * interprets chains of scalar functions tile by tile, {@code MatrixProduct} and {@code Convolution} feed the register tiles,
 * {@code WeightGradient} the tiles of dot products, the rest are loops. All arithmetic that is worth vectors goes through
 * {@code Lanes}, which has two implementations with the same bits.
 *
 * <p>Results do not depend on the number of threads, on the compiler's state or on the vector length: work is cut by shape
 * alone, sums have fixed trees, and only exactly rounded vector operations are used.
 */
package steepest.backend.cpu;
