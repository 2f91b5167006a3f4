// common.cl: what every family of kernels begins with.
//
// Conventions of all kernels here:
//  - a tensor comes as a pair (buffer, offset), the offset in elements: many tensors share one buffer; such pairs
//    stand first among a kernel's parameters, then sizes, then strides and tables, and what an epilogue needs at last;
//  - x is an operand, y a result, g the gradient that arrives; batch, lines, rows … are how many there are of what the
//    file's head describes. Where a text speaks of elements x, y and g, the tensors are xs, ys and gs;
//  - an index within a tensor is a uint, an address a long;
//  - results repeat bit for bit: no atomics on floats, every sum has a fixed order, a * b + c is never contracted
//    silently (an explicit fma is welcome);
//  - work-groups are numbered in one dimension, as in the others some GPUs take 65,535 at most;
//  - macros in capitals under #ifndef are tunables or the specialisation (type, expression); never a shape.
#ifndef COMMON_CL
#define COMMON_CL

#pragma OPENCL FP_CONTRACT OFF

#ifndef CHUNKED
#define CHUNKED 0  // 0: a work-item takes one element (GPUs); 1: a stretch of neighbours in a loop (CPU devices)
#endif

// FOR_EACH(i, n) runs the statement behind it for i = 0 … n − 1, the whole range spread over all work-items.
// On a CPU device a work-item is a loop of its own, without a guard inside, which the compiler turns into vectors.
#if CHUNKED
#define CHUNK_START(n) ((uint)((ulong)(n) * get_global_id(0) / get_global_size(0)))
#define CHUNK_END(n) ((uint)((ulong)(n) * (get_global_id(0) + 1) / get_global_size(0)))
#define FOR_EACH(i, n) for (uint i = CHUNK_START(n), i##_end = CHUNK_END(n); i < i##_end; i++)
// Promises that the iterations of the next loop do not touch each other's elements.
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define FOR_EACH(i, n) const uint i = (uint)get_global_id(0); if (i < (n))
#define INDEPENDENT
#endif

// How many pieces of a size cover n.
#define PIECES(n, size) (((n) + (size) - 1) / (size))

// Where element i (row-major) of a strided tensor lies. A geometry is: rank, sizes, strides.
static inline long strided(uint i, global const long *geometry) {
  const int rank = (int)geometry[0];
  long address = 0;
  for (int d = rank; d > 0; d--) {
    const uint size = (uint)geometry[d];
    const uint rest = i / size;
    address += (long)(i - rest * size) * geometry[rank + d];
    i = rest;
  }
  return address;
}

// The number of longs that a geometry takes.
static inline int geometry_length(global const long *geometry) { return 1 + 2 * (int)geometry[0]; }

// Float to int as Java does it: towards zero, saturating, NaN to 0.
static inline int to_int(float x) {
  return x != x ? 0 : x >= 2147483648.0f ? INT_MAX : x <= -2147483648.0f ? INT_MIN : (int)x;
}

// Integer division towards zero that traps on no input: x / 0 is 0, and what does not fit wraps.
static inline int divide_int(int a, int b) {
  return b == 0 ? 0 : b == -1 ? (int)(0u - (uint)a) : a / b;
}

// a to the power of b as Java has it: NaN where b is NaN, and where |a| is 1 and b infinite, of which C makes 1.
static inline float power(float a, float b) {
  return b != b || (fabs(a) == 1.0f && isinf(b)) ? NAN : pow(a, b);
}

#endif
