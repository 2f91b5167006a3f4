// philox.cl: random tensors, and the integers 0 … n − 1.
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a counter of four words
// and a key of two into four words of random bits, by ten rounds of multiplications and exclusive ors. There is no
// state: every element has its bits by itself, the same on every device. Element i of a tensor is word i mod 4 of the
// block with counter (i / 4, 0, run, stream). Where the tensor's rows are numbered, element i of row number r is word
// i mod 4 of the block with counter (i / 4, r, run, stream), wherever in the tensor that row lies.
#include "common.cl"

static inline uint4 philox(uint4 counter, uint2 key) {
  for (int round = 0; round < 10; round++) {
    const uint h0 = mul_hi(0xD2511F53u, counter.x), l0 = 0xD2511F53u * counter.x;
    const uint h1 = mul_hi(0xCD9E8D57u, counter.z), l1 = 0xCD9E8D57u * counter.z;
    counter = (uint4)(h1 ^ counter.y ^ key.x, l1, h0 ^ counter.w ^ key.y, l0);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

#ifndef UNIFORM
#define UNIFORM 1  // 1: the upper 24 bits of each word times 2⁻²⁴, floats in [0, 1); 0: all 32 bits of each word
#endif
#if UNIFORM
#define ELEMENTS(word) as_uint4(convert_float4((word) >> 8) * 0x1p-24f)
#else
#define ELEMENTS(word) (word)
#endif

// Block number `block` of a row of `width` elements, which begins at y and has a number of its own.
static inline void random_block(global uint *y, uint block, uint width, uint number, uint2 key, uint stream, uint run) {
  const uint4 four = ELEMENTS(philox((uint4)(block, number, run, stream), key));
  y += 4 * block;
  if (width - 4 * block >= 4) {
    vstore4(four, 0, y);
  } else {
    y[0] = four.x;
    if (width - 4 * block > 1) y[1] = four.y;
    if (width - 4 * block > 2) y[2] = four.z;
  }
}

#define BLOCKS(width) ((width) / 4 + ((width) % 4 != 0))

// A tensor y of n elements: one row, whose number is 0.
//   key_lo, key_hi   the seed
//   stream           which tensor of that seed
//   run              which run of the program
kernel void random_tensor(global uint *y, const ulong y_offset, const uint n, const uint key_lo, const uint key_hi,
                          const uint stream, const uint run) {
  FOR_EACH(block, BLOCKS(n)) random_block(y + y_offset, block, n, 0, (uint2)(key_lo, key_hi), stream, run);
}

// The same for y [rows, width], each row by its own number.
//   number           [rows]
kernel void random_rows(global const int *number, const ulong number_offset, global uint *y, const ulong y_offset,
                        const uint rows, const uint width, const uint key_lo, const uint key_hi, const uint stream,
                        const uint run) {
  FOR_EACH(job, rows * BLOCKS(width)) {
    const uint row = job / BLOCKS(width);
    random_block(y + y_offset + row * width, job - row * BLOCKS(width), width, (uint)number[number_offset + row],
                 (uint2)(key_lo, key_hi), stream, run);
  }
}

// y[i] = i for i < n.
kernel void iota(global int *y, const ulong y_offset, const uint n) {
  y += y_offset;
  FOR_EACH(i, n) y[i] = (int)i;
}
