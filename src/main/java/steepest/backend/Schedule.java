package steepest.backend;

import java.util.List;
import steepest.DType;

/**
 * Kernels in the order they run.
 *
 * @param slots the types of the memory slots that the views name: slabs, variables, inputs, constants, results
 */
public record Schedule(List<Kernel> kernels, List<DType> slots) {}
