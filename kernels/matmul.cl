// matmul.cl: C = A · B for batches of matrices [M, K] · [K, N], the operands of any strides: a transposed or repeated
// operand is read where it lies.
//
// GPUs:         one kernel over the tile of tile.cl.
// CPU devices:  the operands are packed into panels first, then multiplied by the loop of panel.cl.
//
// Both take an epilogue (epilogue.cl). Where the results are few and the depth is long, the depth is cut into parts,
// each of which makes results of its own, as if it were a batch more; parts.cl adds them up. Products with few columns
// or rows are in skinny.cl.
//
// In all kernels `batch` is the number of matrices, and m_size, n_size and k_size are M, N and K.
#include "common.cl"
#include "epilogue.cl"

#if CHUNKED
#include "panel.cl"
#ifndef DEPTH_BLOCK
#define DEPTH_BLOCK 256  // how much of the depth is done at a time, so that a panel of B stays in the first cache
#endif
#ifndef ROW_PANELS
#define ROW_PANELS 8     // panels of A that a work-item multiplies with its panel of B
#endif

// A [batch, M, K] to panels [batch, panel, K, PANEL_M], rows beyond M zero.
//   stride_m, stride_k   of a, in elements
//   batches              geometry of a's batch axes
kernel void pack_left(global const float *a, const ulong a_offset, global float *packed, const ulong packed_offset,
                      const uint batch, const uint m_size, const uint k_size, const long stride_m,
                      const long stride_k, global const long *batches, const ulong batches_offset) {
  const uint panels = PIECES(m_size, PANEL_M);
  FOR_EACH(job, batch * panels) {
    const uint n = job / panels;
    const uint m0 = (job - n * panels) * PANEL_M;
    const uint rows = min((uint)PANEL_M, m_size - m0);
    global const float *from = a + a_offset + strided(n, batches + batches_offset) + m0 * stride_m;
    global float *to = packed + packed_offset + (ulong)job * k_size * PANEL_M;
    if (rows == PANEL_M) {
      if (stride_m == 1) {
        for (uint k = 0; k < k_size; k++)
          for (uint i = 0; i < PANEL_M; i++) to[k * PANEL_M + i] = from[k * stride_k + i];
      } else {
        for (uint k = 0; k < k_size; k++)
          for (uint i = 0; i < PANEL_M; i++) to[k * PANEL_M + i] = from[k * stride_k + i * stride_m];
      }
    } else {
      for (uint k = 0; k < k_size; k++)
        for (uint i = 0; i < PANEL_M; i++) to[k * PANEL_M + i] = i < rows ? from[k * stride_k + i * stride_m] : 0.0f;
    }
  }
}

// B [batch, K, N] to panels [batch, panel, K, PANEL_N], columns beyond N zero.
//   stride_k, stride_n   of b, in elements
//   batches              geometry of b's batch axes
kernel void pack_right(global const float *b, const ulong b_offset, global float *packed, const ulong packed_offset,
                       const uint batch, const uint n_size, const uint k_size, const long stride_k,
                       const long stride_n, global const long *batches, const ulong batches_offset) {
  const uint panels = PIECES(n_size, PANEL_N);
  FOR_EACH(job, batch * panels) {
    const uint n = job / panels;
    const uint n0 = (job - n * panels) * PANEL_N;
    const uint columns = min((uint)PANEL_N, n_size - n0);
    global const float *from = b + b_offset + strided(n, batches + batches_offset) + n0 * stride_n;
    global float *to = packed + packed_offset + (ulong)job * k_size * PANEL_N;
    if (columns == PANEL_N) {
      if (stride_n == 1) {
        for (uint k = 0; k < k_size; k++)
          for (int v = 0; v < VECTORS; v++) vstore16(vload16(v, from + k * stride_k), v, to + k * PANEL_N);
      } else {
        for (uint k = 0; k < k_size; k++)
          for (uint j = 0; j < PANEL_N; j++) to[k * PANEL_N + j] = from[k * stride_k + j * stride_n];
      }
    } else {
      for (uint k = 0; k < k_size; k++)
        for (uint j = 0; j < PANEL_N; j++)
          to[k * PANEL_N + j] = j < columns ? from[k * stride_k + j * stride_n] : 0.0f;
    }
  }
}

// Results [batch, M, N] from the panels of both. A work-item takes one panel of B and ROW_PANELS of A.
//   left, right               the panels, as above
//   left_batch, right_batch   packed matrices: 1 where all batches share one
//   parts, part               of the depth: how many, and how deep
//   sums                      room for [part, batch, M, N], used where a part is deeper than DEPTH_BLOCK
kernel void multiply(global const float *left, const ulong left_offset, global const float *right,
                     const ulong right_offset, global float *sums, const ulong sums_offset, const uint batch,
                     const uint left_batch, const uint right_batch, const uint m_size, const uint n_size,
                     const uint k_size, const uint parts, const uint part, EPILOGUE_PARAMETERS) {
  const uint left_panels = PIECES(m_size, PANEL_M);
  const uint right_panels = PIECES(n_size, PANEL_N);
  const uint blocks = PIECES(left_panels, ROW_PANELS);
  FOR_EACH(job, parts * batch * right_panels * blocks) {
    const uint result = job / (right_panels * blocks);
    const uint rest = job - result * right_panels * blocks;
    const uint block = rest / right_panels, n0 = rest % right_panels * PANEL_N;
    const uint n = result % batch;
    const uint columns = min((uint)PANEL_N, n_size - n0);
    global const float *a = left + left_offset + (ulong)(left_batch == 1 ? 0 : n) * left_panels * PANEL_M * k_size;
    global const float *b =
        right + right_offset + ((ulong)(right_batch == 1 ? 0 : n) * right_panels * PANEL_N + n0) * k_size;
    const uint k_first = result / batch * part, k_end = min(k_size, k_first + part);
    uint k0 = k_first;
    do {  // once also where the depth is 0
      const uint depth = min((uint)DEPTH_BLOCK, k_end - k0);
      const bool first = k0 == k_first, last = k0 + depth == k_end;
      for (uint p = block * ROW_PANELS; p < min((block + 1) * ROW_PANELS, left_panels); p++) {
        float16 sum[PANEL_M][VECTORS];
        multiply_panels(a + ((ulong)p * k_size + k0) * PANEL_M, b + (ulong)k0 * PANEL_N, depth, sum);
        float value[PANEL_M][PANEL_N];
#pragma unroll
        for (int i = 0; i < PANEL_M; i++)
#pragma unroll
          for (int v = 0; v < VECTORS; v++) vstore16(sum[i][v], v, value[i]);
        for (uint i = 0; i < min((uint)PANEL_M, m_size - p * PANEL_M); i++) {
          const uint m = p * PANEL_M + i;
          global float *so_far = sums + sums_offset + ((ulong)result * m_size + m) * n_size + n0;
          if (!first)
            for (uint j = 0; j < columns; j++) value[i][j] += so_far[j];
          if (!last) {
            for (uint j = 0; j < columns; j++) so_far[j] = value[i][j];
            continue;
          }
          EPILOGUE_ROW(result, m, m_size, n_size)
          INDEPENDENT
          for (uint j = 0; j < columns; j++) {
            EPILOGUE(n0 + j, value[i][j])
          }
        }
      }
      k0 += depth;
    } while (k0 < k_end);
  }
}

#else
#ifndef TILE_M
#define TILE_M 64  // results of a work-group: rows (e.g. 32, 64, 128)
#define TILE_N 64  // and columns
#define TILE_K 16  // of the depth in local memory at a time (e.g. 8, 16, 32)
#define REG_M 4    // results of a work-item: rows (4 or 8)
#define REG_N 4    // and columns
#endif
#ifndef LEFT_ALONG_M
#define LEFT_ALONG_M 0   // 1: A's neighbours in memory are neighbours along M (a transposed A), else along K
#define LEFT_WIDE 0      // 1: they can be read as vectors of 4
#define RIGHT_ALONG_N 1  // 1: B's neighbours in memory are neighbours along N, else along K (a transposed B)
#define RIGHT_WIDE 0
#endif

// Results [batch, M, N]; a work-group to a tile, those of a result together, batches within parts.
//   part                  depth of a part
//   a_m, a_k, b_k, b_n    strides of a and b, in elements: to the next row of A is a_m
//   batches               geometry of a's batch axes, then of b's
kernel __attribute__((reqd_work_group_size(TILE_N / REG_N, TILE_M / REG_M, 1)))
void matmul(global const float *a, const ulong a_offset, global const float *b, const ulong b_offset,
            const uint batch, const uint m_size, const uint n_size, const uint k_size, const uint part,
            const long a_m, const long a_k, const long b_k, const long b_n, global const long *batches,
            const ulong batches_offset, EPILOGUE_PARAMETERS) {
  batches += batches_offset;
  const uint result = (uint)get_group_id(0) / (PIECES(m_size, TILE_M) * PIECES(n_size, TILE_N));
  const uint n_batch = result % batch;
  a += a_offset + strided(n_batch, batches);
  b += b_offset + strided(n_batch, batches + geometry_length(batches));
  const uint k_first = result / batch * part;
  const uint k_end = min(k_size, k_first + part);
#define M m_size
#define N n_size
#define DEPTH_FROM k_first
#define DEPTH_TO k_end
#define LEFT(m, k) a[(m) * a_m + (k) * a_k]
#define RIGHT(k, n) b[(k) * b_k + (n) * b_n]
#define STORE(m, n, value) \
  EPILOGUE_ROW(result, m, m_size, n_size) \
  EPILOGUE(n, value)
#include "tile.cl"
}
#endif
