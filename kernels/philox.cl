// philox.cl: random tensors, and the integers 0 … n − 1.
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a counter of four words
// and a key of two into four words of random bits, by ten rounds of multiplications and exclusive ors. There is no
// state: every element has its bits by itself, the same on every device. Element i of a tensor is word i mod 4 of the
// block with counter (lo(i / 4), hi(i / 4), run, stream).
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
    const uint i = 4 * block;
    if (n - i >= 4) {
      vstore4(word, 0, y + i);
    } else {
      y[i] = word.x;
      if (n - i > 1) y[i + 1] = word.y;
      if (n - i > 2) y[i + 2] = word.z;
    }
  }
}

// Floats in [0, 1): the upper 24 bits of each word times 2⁻²⁴. Arguments as above.
kernel void random_uniform(global float *y, const ulong y_offset, const uint n, const uint key_lo, const uint key_hi,
                           const uint stream, const uint run) {
  y += y_offset;
  FOR_EACH(block, n / 4 + (n % 4 != 0)) {
    const uint4 word = philox((uint4)(block, 0, run, stream), (uint2)(key_lo, key_hi));
    const float4 value = convert_float4(word >> 8) * 0x1p-24f;
    const uint i = 4 * block;
    if (n - i >= 4) {
      vstore4(value, 0, y + i);
    } else {
      y[i] = value.x;
      if (n - i > 1) y[i + 1] = value.y;
      if (n - i > 2) y[i + 2] = value.z;
    }
  }
}

kernel void iota(global int *y, const ulong y_offset, const uint n) {
  y += y_offset;
  FOR_EACH(i, n) y[i] = (int)i;
}
