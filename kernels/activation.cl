// activation.cl: every pointwise computation, activations above all, as one template.
//
// The planner fuses a chain of scalar functions into one kernel and writes it into the macros below: a relu, say, or a
// whole optimizer step. By itself this file computes y = relu(x), as an example of what the macros hold.
//
//   STRIDED         0: all tensors contiguous; 1: any strides
//   PARAMETERS      (buffer, offset) pairs of all tensors, and the numbers that change from run to run
//   POINTERS        moves every buffer to its tensor's first element
//   ELEMENT(i)      loads the registers of element i, computes, stores; contiguous tensors
//   ELEMENTS(v)     the same for elements v · WIDTH …, loaded and stored as vectors; where WIDTH is not 1
//   ADVANCE(d, c)   moves the addresses by c places along axis d                      } strided tensors: the
//   ADDRESSES       declares and zeroes the addresses                                 } last axis is the inner
//   ROW_STRIDES     declares the strides along the last axis that are neither 0 nor 1 } loop, the others are
//   ROW_ELEMENT(j)  as ELEMENT, for place j of the row at the addresses               } walked by ADVANCE
#include "common.cl"

#ifndef STRIDED
#define PARAMETERS global const float *x0, const ulong x0_offset, global float *y0, const ulong y0_offset
#define POINTERS x0 += x0_offset; y0 += y0_offset;
#define STRIDED 1
#define ELEMENT(i) const float r0 = x0[i]; y0[i] = r0 < 0 ? 0 : r0;
#define ELEMENTS(v)
#define ADDRESSES long a0 = 0, b0 = 0;
#define ADVANCE(d, c) a0 += (c) * STRIDE(0, d); b0 += (c) * STRIDE(1, d);
#define ROW_STRIDES const long sa0 = STRIDE(0, rank - 1);
#define ROW_ELEMENT(j) const float r0 = x0[a0 + (j) * sa0]; y0[b0 + (j)] = r0 < 0 ? 0 : r0;
#endif

#ifndef WIDTH
#define WIDTH 1  // neighbours that a work-item of a GPU loads and stores at once, as a vector (1, 2, 4, 8)
#endif

#if !STRIDED
// All tensors contiguous: one index serves them all.
//   n         elements
kernel void pointwise(const uint n, PARAMETERS) {
  POINTERS
#if WIDTH == 1
  INDEPENDENT
  FOR_EACH(i, n) {
    ELEMENT(i)
  }
#else
  FOR_EACH(v, n / WIDTH + (n % WIDTH != 0)) {
    if (v < n / WIDTH) {
      ELEMENTS(v)
    } else {
      for (uint i = v * WIDTH; i < n; i++) { ELEMENT(i) }
    }
  }
#endif
}

#else
// Tensors of any strides over one index space.
//   n         elements
//   geometry  at its offset: the sizes of all axes, then for each tensor its strides
//   rank      axes, at least 1
#define STRIDE(tensor, d) geometry[((tensor) + 1) * rank + (d)]

kernel void pointwise_strided(const uint n, global const long *geometry, const ulong geometry_offset,
                              const int rank, PARAMETERS) {
  POINTERS
  geometry += geometry_offset;
  const uint width = (uint)geometry[rank - 1];
  ROW_STRIDES
#if CHUNKED
  // a work-item takes elements [at, end): the rest of a row, whole rows, the start of a row
  const uint end = CHUNK_END(n);
  for (uint at = CHUNK_START(n); at < end;) {
    uint row = at / width;
    const uint first = at - row * width;
    const uint last = min(width, first + (end - at));
    ADDRESSES
    for (int d = rank - 2; d >= 0; d--) {
      const uint size = (uint)geometry[d];
      const uint rest = row / size;
      const long c = row - rest * size;
      ADVANCE(d, c)
      row = rest;
    }
    INDEPENDENT
    for (uint j = first; j < last; j++) {
      ROW_ELEMENT(j)
    }
    at += last - first;
  }
#else
  FOR_EACH(i, n) {
    uint row = i / width;
    const uint j = i - row * width;
    ADDRESSES
    for (int d = rank - 2; d >= 0; d--) {
      const uint size = (uint)geometry[d];
      const uint rest = row / size;
      const long c = row - rest * size;
      ADVANCE(d, c)
      row = rest;
    }
    ROW_ELEMENT(j)
  }
#endif
}
#endif
