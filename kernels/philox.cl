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

// The upper 24 bits of each word times 2⁻²⁴: floats in [0, 1), as bits.
static inline uint4 uniform_bits(uint4 word) { return as_uint4(convert_float4(word >> 8) * 0x1p-24f); }

// A block's words from y on, where there is room for so many.
static inline void store_block(uint4 word, global uint *y, uint room) {
  if (room >= 4) {
    vstore4(word, 0, y);
  } else {
    y[0] = word.x;
    if (room > 1) y[1] = word.y;
    if (room > 2) y[2] = word.z;
  }
}

// All 32 bits of each word.
//   n                elements
//   key_lo, key_hi   the seed
//   stream           which tensor of that seed
//   run              which run of the program
kernel void random_bits(global uint *y, const ulong y_offset, const uint n, const uint key_lo, const uint key_hi,
                        const uint stream, const uint run) {
  y += y_offset;
  FOR_EACH(block, n / 4 + (n % 4 != 0)) {
    const uint4 word = philox((uint4)(block, 0, run, stream), (uint2)(key_lo, key_hi));
    store_block(word, y + 4 * block, n - 4 * block);
  }
}

// Floats in [0, 1). Arguments as above.
kernel void random_uniform(global float *y, const ulong y_offset, const uint n, const uint key_lo, const uint key_hi,
                           const uint stream, const uint run) {
  y += y_offset;
  FOR_EACH(block, n / 4 + (n % 4 != 0)) {
    const uint4 word = philox((uint4)(block, 0, run, stream), (uint2)(key_lo, key_hi));
    store_block(uniform_bits(word), (global uint *)y + 4 * block, n - 4 * block);
  }
}

// Floats in [0, 1), each row by its own number.
//   row_number       [rows]
//   rows, width      of y
//   the others       as above
kernel void random_uniform_rows(global const int *row_number, const ulong row_number_offset, global float *y,
                                const ulong y_offset, const uint rows, const uint width, const uint key_lo,
                                const uint key_hi, const uint stream, const uint run) {
  row_number += row_number_offset;
  y += y_offset;
  const uint blocks = width / 4 + (width % 4 != 0);
  FOR_EACH(job, rows * blocks) {
    const uint row = job / blocks;
    const uint block = job - row * blocks;
    const uint4 word = philox((uint4)(block, (uint)row_number[row], run, stream), (uint2)(key_lo, key_hi));
    store_block(uniform_bits(word), (global uint *)y + row * width + 4 * block, width - 4 * block);
  }
}

// All 32 bits of each word, each row by its own number. Arguments as above.
kernel void random_bits_rows(global const int *row_number, const ulong row_number_offset, global uint *y,
                             const ulong y_offset, const uint rows, const uint width, const uint key_lo,
                             const uint key_hi, const uint stream, const uint run) {
  row_number += row_number_offset;
  y += y_offset;
  const uint blocks = width / 4 + (width % 4 != 0);
  FOR_EACH(job, rows * blocks) {
    const uint row = job / blocks;
    const uint block = job - row * blocks;
    const uint4 word = philox((uint4)(block, (uint)row_number[row], run, stream), (uint2)(key_lo, key_hi));
    store_block(word, y + row * width + 4 * block, width - 4 * block);
  }
}

kernel void iota(global int *y, const ulong y_offset, const uint n) {
  y += y_offset;
  FOR_EACH(i, n) y[i] = (int)i;
}
