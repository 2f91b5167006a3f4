// kmeans.cl: the nearest centroid of each point, the assignment step of k-means.
//
// Points x [N, D], centroids c [K, D] and their squared norms [K] give, for each point, the centroid for which
// ‖c‖² − 2 x·c is least: the squared distance without ‖x‖², which is the same for all. All x·c are one matrix product
// [N, K], whose results are compared where they are computed and never stored. The first among equals wins, and a NaN
// before all.
//
// GPUs:         the tile of tile.cl; a work-group compares the centroids of its tile, a second kernel those of all
//               tiles.
// CPU devices:  centroids packed into panels; a work-item takes a block of points past all of them (panel.cl).
//
// In all kernels n_size, k_size and d_size are N, K and D; index and value, [N], are the nearest centroid and its
// value.
#include "common.cl"

// Whether a candidate goes before another: value a of centroid i, value b of centroid j.
static inline int before(float a, int i, float b, int j) {
  const int an = a != a, bn = b != b;
  if (an || bn) return an && (!bn || i < j);
  return a < b || (a == b && i < j);
}

#if CHUNKED
#include "panel.cl"
#ifndef ROW_PANELS
#define ROW_PANELS 8  // panels of points that a work-item multiplies with a panel of centroids while that is at hand
#endif
#define BLOCK (ROW_PANELS * PANEL_M)

// c [K, D] to panels [panel, D, PANEL_N], norms [K] to padded [panel, PANEL_N].
kernel void pack_centroids(global const float *c, const ulong c_offset, global const float *norms,
                           const ulong norms_offset, global float *panels, const ulong panels_offset,
                           global float *padded, const ulong padded_offset, const uint k_size, const uint d_size) {
  FOR_EACH(panel, PIECES(k_size, PANEL_N)) {
    global float *to = panels + panels_offset + (ulong)panel * d_size * PANEL_N;
    for (uint j = 0; j < PANEL_N; j++) {
      // columns beyond the last centroid repeat it: whatever its value, a NaN too, the last centroid goes before them
      const uint k = min(panel * PANEL_N + j, k_size - 1);
      global const float *from = c + c_offset + (ulong)k * d_size;
      for (uint d = 0; d < d_size; d++) to[d * PANEL_N + j] = from[d];
      padded[padded_offset + panel * PANEL_N + j] = norms[norms_offset + k];
    }
  }
}

// The nearest centroids of all points, and their values.
//   rows      room for a packed block of points for each work-item: [work-items, BLOCK, D]
kernel void nearest(global const float *x, const ulong x_offset, global const float *panels, const ulong panels_offset,
                    global const float *padded, const ulong padded_offset, global float *rows,
                    const ulong rows_offset, global int *index, const ulong index_offset, global float *value,
                    const ulong value_offset, const uint n_size, const uint k_size, const uint d_size) {
  rows += rows_offset + (ulong)get_global_id(0) * BLOCK * d_size;
  FOR_EACH(block, PIECES(n_size, BLOCK)) {
    for (uint i = 0; i < BLOCK; i++) {
      const uint n = block * BLOCK + i;
      global const float *from = x + x_offset + (ulong)n * d_size;
      global float *to = rows + (ulong)(i / PANEL_M) * d_size * PANEL_M + i % PANEL_M;
      for (uint d = 0; d < d_size; d++) to[d * PANEL_M] = n < n_size ? from[d] : 0.0f;
    }
    // each of 16 lanes keeps the least of its own columns, and in which vector of columns it was
    float16 least[BLOCK];
    int16 where[BLOCK];
    for (uint i = 0; i < BLOCK; i++) {
      least[i] = (float16)(INFINITY);
      where[i] = (int16)(0);
    }
    for (uint panel = 0; panel < PIECES(k_size, PANEL_N); panel++) {
      for (uint p = 0; p < ROW_PANELS; p++) {
        float16 sum[PANEL_M][VECTORS];
        multiply_panels(rows + (ulong)p * d_size * PANEL_M, panels + panels_offset + (ulong)panel * d_size * PANEL_N,
                        d_size, sum);
        for (int v = 0; v < VECTORS; v++) {
          const uint vector = panel * VECTORS + v;
          const float16 norm = vload16(vector, padded + padded_offset);
#pragma unroll
          for (int i = 0; i < PANEL_M; i++) {
            const float16 candidate = norm - 2.0f * sum[i][v], so_far = least[p * PANEL_M + i];
            const int16 better = (candidate < so_far) | ((candidate != candidate) & (so_far == so_far));
            least[p * PANEL_M + i] = select(so_far, candidate, better);
            where[p * PANEL_M + i] = select(where[p * PANEL_M + i], (int16)((int)vector), better);
          }
        }
      }
    }
    for (uint i = 0; i < min((uint)BLOCK, n_size - block * BLOCK); i++) {
      float values[16];
      int vectors[16];
      vstore16(least[i], 0, values);
      vstore16(where[i], 0, vectors);
      float best = values[0];
      int at = vectors[0] * 16;
      for (int lane = 1; lane < 16; lane++)
        if (before(values[lane], vectors[lane] * 16 + lane, best, at)) {
          best = values[lane];
          at = vectors[lane] * 16 + lane;
        }
      index[index_offset + block * BLOCK + i] = at;
      value[value_offset + block * BLOCK + i] = best;
    }
  }
}

#else
#ifndef TILE_M
#define TILE_M 64  // a work-group's points (e.g. 32, 64, 128)
#define TILE_N 64  // and centroids
#define TILE_K 16  // coordinates in local memory at a time (e.g. 8, 16, 32)
#define REG_M 4    // a work-item's points (e.g. 4, 8)
#define REG_N 4    // and centroids
#endif
#ifndef LEFT_WIDE
#define LEFT_WIDE 0   // 1: points can be read as vectors of 4 coordinates
#define RIGHT_WIDE 0  // 1: centroids can
#endif
#define LEFT_ALONG_M 0  // neighbours in memory are coordinates
#define RIGHT_ALONG_N 0
#define ACROSS (TILE_N / REG_N)

// The least of each tile of centroids for each point; a work-group to a tile, those of the same points together.
//   value, index   [tiles of centroids, N]
kernel __attribute__((reqd_work_group_size(TILE_N / REG_N, TILE_M / REG_M, 1)))
void nearest_tiles(global const float *x, const ulong x_offset, global const float *c, const ulong c_offset,
                   global const float *norms, const ulong norms_offset, global int *index, const ulong index_offset,
                   global float *value, const ulong value_offset, const uint n_size, const uint k_size,
                   const uint d_size) {
  // a work-item's least for each of its points, at first as if its first centroid were infinitely far
  local float least[TILE_M * ACROSS];
  local int where[TILE_M * ACROSS];
  const uint lane = get_local_id(1) * ACROSS + get_local_id(0);
  const uint centroids = (uint)get_group_id(0) % PIECES(k_size, TILE_N);
  for (uint s = lane; s < TILE_M * ACROSS; s += ACROSS * (TILE_M / REG_M)) {
    least[s] = INFINITY;
    where[s] = centroids * TILE_N + s % ACROSS * 4;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  x += x_offset;
  c += c_offset;
  norms += norms_offset;
#define M n_size
#define N k_size
#define DEPTH_FROM 0
#define DEPTH_TO d_size
#define LEFT(m, k) x[(ulong)(m) * d_size + (k)]
#define RIGHT(k, n) c[(ulong)(n) * d_size + (k)]
#define STORE_COLUMN(n) const float norm = norms[n];
// columns come in rising order, so that only a smaller value or the first NaN goes before what there is
#define STORE(m, n, value)                                                                    \
  {                                                                                           \
    const uint s = ((m) - m0) * ACROSS + get_local_id(0);                                     \
    const float candidate = norm - 2.0f * (value), so_far = least[s];                         \
    if (!(candidate >= so_far) && so_far == so_far) least[s] = candidate, where[s] = (int)(n); \
  }
#include "tile.cl"
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = lane; i < TILE_M; i += ACROSS * (TILE_M / REG_M)) {
    const uint n = m0 + i;
    if (n >= n_size) break;
    uint best = i * ACROSS;
    for (uint s = best + 1; s < (i + 1) * ACROSS; s++)
      if (before(least[s], where[s], least[best], where[best])) best = s;
    const ulong to = (ulong)centroids * n_size + n;
    value[value_offset + to] = least[best];
    index[index_offset + to] = where[best];
  }
}

// The least of all tiles' for each point.
//   tile_value, tile_index   [tiles, N]
kernel void nearest_of_tiles(global const int *tile_index, const ulong tile_index_offset,
                             global const float *tile_value, const ulong tile_value_offset, global int *index,
                             const ulong index_offset, global float *value, const ulong value_offset,
                             const uint n_size, const uint tiles) {
  FOR_EACH(n, n_size) {
    float best = tile_value[tile_value_offset + n];
    int at = tile_index[tile_index_offset + n];
    for (uint t = 1; t < tiles; t++) {
      const float candidate = tile_value[tile_value_offset + (ulong)t * n_size + n];
      const int i = tile_index[tile_index_offset + (ulong)t * n_size + n];
      if (before(candidate, i, best, at)) {
        best = candidate;
        at = i;
      }
    }
    index[index_offset + n] = at;
    value[value_offset + n] = best;
  }
}
#endif
