// skinny.cl: products with few columns or rows, matrix × vector above all: X [L, K] · V [K, S] for S of 1 to a few
// (`MOST` of the tuning table), or the transposed of that. A number of X is used S times, so all that counts is to read
// X once, in order.
//
// GPUs:         LANES work-items share a row of X, and add up what each has found as a tree.
// CPU devices:  V is packed first; a work-item takes STRETCH rows of X.
//
// Batches, parts and epilogue are as in matmul.cl; l_size, s_size and k_size are L, S and K.
#include "common.cl"
#include "epilogue.cl"

#ifndef SHORT
#define SHORT 1       // no fewer than S (1, 2, MOST)
#define TURNED 0      // 0: results [L, S]; 1: [S, L]
#define X_ALONG_K 1   // 1: X's neighbours in memory are neighbours along K, else along L
#endif
#if TURNED
#define STORE_SKINNY(l, s, value) \
  EPILOGUE_ROW(result, s, s_size, l_size) \
  EPILOGUE(l, value)
#else
#define STORE_SKINNY(l, s, value) \
  EPILOGUE_ROW(result, l, l_size, s_size) \
  EPILOGUE(s, value)
#endif

#if CHUNKED
#define STRETCH 64  // of L that a work-item takes at a time

// v [batch, K, S] to packed [batch, S, K].
//   v_k, v_s   strides of v, in elements; batches: geometry of its batch axes
kernel void pack_short(global const float *v, const ulong v_offset, global float *packed, const ulong packed_offset,
                       const uint batch, const uint s_size, const uint k_size, const long v_k, const long v_s,
                       global const long *batches, const ulong batches_offset) {
  FOR_EACH(job, batch * s_size) {
    const uint n = job / s_size;
    global const float *from = v + v_offset + strided(n, batches + batches_offset) + (job - n * s_size) * v_s;
    global float *to = packed + packed_offset + (ulong)job * k_size;
    for (uint k = 0; k < k_size; k++) to[k] = from[k * v_k];
  }
}

// x as it lies, V packed.
//   v_batch               packed batches: 1 where all share one
//   parts, part           how many parts, and the depth of one; parts lie outside the batches
//   x_l, x_k              strides of x, one of them 1; batches: geometry of its batch axes
kernel void skinny(global const float *x, const ulong x_offset, global const float *packed, const ulong packed_offset,
                   const uint batch, const uint v_batch, const uint l_size, const uint s_size, const uint k_size,
                   const uint parts, const uint part, const long x_l, const long x_k, global const long *batches,
                   const ulong batches_offset, EPILOGUE_PARAMETERS) {
  const uint stretches = PIECES(l_size, STRETCH);
  FOR_EACH(job, parts * batch * stretches) {
    const uint result = job / stretches;
    const uint l0 = (job - result * stretches) * STRETCH;
    const uint n = result % batch;
    const uint width = min((uint)STRETCH, l_size - l0);
    const uint k_first = result / batch * part, k_end = min(k_size, k_first + part);
    global const float *from = x + x_offset + strided(n, batches + batches_offset) + l0 * x_l;
    global const float *v[SHORT];
    for (uint s = 0; s < SHORT; s++)
      v[s] = packed + packed_offset + ((ulong)(v_batch == 1 ? 0 : n) * s_size + min(s, s_size - 1)) * k_size;
    float sum[SHORT][STRETCH];
#if X_ALONG_K
    for (uint l = 0; l < width; l++) {
      global const float *row = from + l * x_l;
      float16 lanes[SHORT];
#pragma unroll
      for (int s = 0; s < SHORT; s++) lanes[s] = (float16)(0.0f);
      uint k = k_first;
#pragma unroll 1
      for (; k + 16 <= k_end; k += 16) {
        const float16 a = vload16(0, row + k);
#pragma unroll
        for (int s = 0; s < SHORT; s++) lanes[s] = fma(a, vload16(0, v[s] + k), lanes[s]);
      }
#pragma unroll
      for (int s = 0; s < SHORT; s++) {
        const float8 eight = lanes[s].lo + lanes[s].hi;
        const float4 four = eight.lo + eight.hi;
        const float2 two = four.lo + four.hi;
        sum[s][l] = two.x + two.y;
        for (uint rest = k; rest < k_end; rest++) sum[s][l] = fma(row[rest], v[s][rest], sum[s][l]);
      }
    }
#else
    if (width == STRETCH) {
      float16 lanes[SHORT][STRETCH / 16];
#pragma unroll
      for (int s = 0; s < SHORT; s++)
#pragma unroll
        for (int q = 0; q < STRETCH / 16; q++) lanes[s][q] = (float16)(0.0f);
#pragma unroll 1
      for (uint k = k_first; k < k_end; k++)
#pragma unroll
        for (int q = 0; q < STRETCH / 16; q++) {
          const float16 a = vload16(q, from + k * x_k);
#pragma unroll
          for (int s = 0; s < SHORT; s++) lanes[s][q] = fma(a, (float16)(v[s][k]), lanes[s][q]);
        }
#pragma unroll
      for (int s = 0; s < SHORT; s++)
#pragma unroll
        for (int q = 0; q < STRETCH / 16; q++) vstore16(lanes[s][q], q, sum[s]);
    } else {
      for (uint s = 0; s < SHORT; s++) {
        for (uint l = 0; l < width; l++) sum[s][l] = 0;
        for (uint k = k_first; k < k_end; k++)
          for (uint l = 0; l < width; l++) sum[s][l] = fma(from[k * x_k + l], v[s][k], sum[s][l]);
      }
    }
#endif
    for (uint s = 0; s < s_size; s++)
      for (uint l = 0; l < width; l++) {
        STORE_SKINNY(l0 + l, s, sum[s][l])
      }
  }
}

#else
#ifndef LANES
#define LANES 32  // skinny: work-items that share a row's depth (a power of two; e.g. 32 along K, 4 along L)
#define ROWS 8    // rows of X that a work-group takes
#endif

// Few columns; a work-group to ROWS rows, those of a result together, batches within parts.
//   part                  depth of a part
//   x_l, x_k, v_k, v_s    strides of x and v; batches: geometry of the batch axes of x, then of v
kernel __attribute__((reqd_work_group_size(LANES * ROWS, 1, 1)))
void skinny(global const float *x, const ulong x_offset, global const float *v, const ulong v_offset,
            const uint batch, const uint l_size, const uint s_size, const uint k_size, const uint part,
            const long x_l, const long x_k, const long v_k, const long v_s, global const long *batches,
            const ulong batches_offset, EPILOGUE_PARAMETERS) {
  local float sums[SHORT][LANES * ROWS];
  batches += batches_offset;
  const uint group = get_group_id(0);
  const uint result = group / PIECES(l_size, ROWS);
  const uint n = result % batch;
  const uint item = get_local_id(0);
#if X_ALONG_K
  const uint lane = item % LANES, row = item / LANES;  // neighbouring items, neighbouring addresses
#else
  const uint lane = item / ROWS, row = item % ROWS;
#endif
  const uint l = group % PIECES(l_size, ROWS) * ROWS + row;
  const uint k_first = result / batch * part, k_end = min(k_size, k_first + part);
  x += x_offset + strided(n, batches) + min(l, l_size - 1) * x_l;
  v += v_offset + strided(n, batches + geometry_length(batches));
  float sum[SHORT];
  for (int s = 0; s < SHORT; s++) sum[s] = 0;
  for (uint k = k_first + lane; k < k_end; k += LANES) {
    const float a = x[k * x_k];
    for (uint s = 0; s < SHORT; s++) sum[s] = fma(a, v[k * v_k + min(s, s_size - 1) * v_s], sum[s]);
  }
  for (int s = 0; s < SHORT; s++) sums[s][lane * ROWS + row] = sum[s];
  for (uint half_way = LANES / 2; half_way > 0; half_way /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < half_way)
      for (int s = 0; s < SHORT; s++) sums[s][lane * ROWS + row] += sums[s][(lane + half_way) * ROWS + row];
  }
  if (lane == 0 && l < l_size)
    for (uint s = 0; s < s_size; s++) {
      STORE_SKINNY(l, s, sums[s][row])
    }
}
#endif
