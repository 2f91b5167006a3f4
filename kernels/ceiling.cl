// ceiling.cl: what a device can do at best, to compare all other kernels with (the roofline model): multiply-adds that
// need no memory, and a copy that needs nothing else.
#include "common.cl"

#if CHUNKED
#define VECTOR float16  // a CPU's lanes are written out
#define WIDTH 16
#define LOAD vload16
#define STORE_VECTOR vstore16
#else
#define VECTOR float    // a GPU's lanes are its work-items
#define WIDTH 4         // but a copy is quickest by 16 bytes an item
#define LOAD vload4
#define STORE_VECTOR vstore4
#endif
#ifndef CHAINS
#define CHAINS 10  // chains that do not wait for each other; must hide an fma's latency and fit the registers
#endif

// v = v · a + b, CHAINS · rounds times for each element of VECTOR and each of n work-items: 2 operations each.
//   y        [n], so that the result is used
//   rounds   multiply-adds of a chain
//   a, b     arguments, so that no compiler knows the fixed point
kernel void multiply_adds(global float *y, const ulong y_offset, const uint n, const int rounds, const float a,
                          const float b) {
  FOR_EACH(i, n) {
    VECTOR v[CHAINS];
#pragma unroll
    for (int c = 0; c < CHAINS; c++) v[c] = (VECTOR)((float)c);
#if CHUNKED
#pragma unroll 1   // a CPU counts rounds beside its multiply-adds
#else
#pragma unroll 16  // a GPU's lanes take turns: counting would take its share
#endif
    for (int r = 0; r < rounds; r++)
#pragma unroll
      for (int c = 0; c < CHAINS; c++) v[c] = fma(v[c], (VECTOR)(a), (VECTOR)(b));
    VECTOR sum = v[0];
#pragma unroll
    for (int c = 1; c < CHAINS; c++) sum += v[c];
#if CHUNKED
    y[y_offset + i] = sum.s0;
#else
    y[y_offset + i] = sum;
#endif
  }
}

// y = x for n vectors of WIDTH floats.
kernel void copy(global const float *x, const ulong x_offset, global float *y, const ulong y_offset, const uint n) {
  FOR_EACH(i, n) STORE_VECTOR(LOAD(i, x + x_offset), i, y + y_offset);
}
