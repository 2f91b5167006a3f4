// tile.cl: the register-tiled body that the matrix product and the three convolutions share on GPUs; the text of a
// kernel's body, to be included in it.
//
// A work-group computes a tile of TILE_M × TILE_N results. It walks along the depth in steps of TILE_K, with a slab of
// the left and of the right operand in local memory (slab.cl):
//   1  every work-item asks global memory for its share of the next slabs;
//   2  while that comes, it multiplies its REG_M × REG_N results' worth out of the slabs at hand, in registers;
//   3  barrier: nobody reads those slabs any more; the shares go to local memory;
//   4  barrier: both new slabs are there; again from 1.
// There is nothing to multiply in the first step, and nothing to ask for in the last. So every number fetched from
// global memory is used TILE_M or TILE_N times.
//
//            TILE_N                     an item's results are REG_M / 4 × REG_N / 4 blocks of 4 × 4, the
//          +--------+                   blocks TILE_M · 4 / REG_M rows and TILE_N · 4 / REG_N columns apart:
//   TILE_K | right  |                   neighbouring items read neighbouring vectors of local memory. A row
//          +--------+                   there has one vector more than the tile, so that its columns lie in
//          +--------+                   different banks.
//   TILE_M | result |
//          +--------+
//
// Groups are numbered along N first, then along M, then by what the kernel has several results of: the group's is
// get_group_id(0) / (tiles of a result).
//
// REG_M, REG_N and TILE_K are multiples of 4; TILE_M, TILE_N and TILE_K divide the number of items of a group, or the
// items would leave gaps in a slab that they copy.
//
// The kernel defines before:   M, N                 the sizes of the result
//                              DEPTH_FROM, DEPTH_TO the part of the depth to add up
//                              LEFT(m, k)           an element of the left operand, asked for within bounds only
//                              RIGHT(k, n)          an element of the right operand
//                              STORE(m, n, value)   what becomes of a result
// as the case may be:          LEFT_ALONG_M, LEFT_WIDE, RIGHT_ALONG_N, RIGHT_WIDE   see slab.cl (ALONG, WIDE)
//                              RIGHT_COLUMN(n)      declares what RIGHT needs of column n, the only one that an item
//                                                   loads where RIGHT_ALONG_N and not RIGHT_WIDE
//                              AT_DEPTH(k)          declares what LEFT and RIGHT need of k, the only one that an item
//                                                   loads in a slab where neither lies along its edge
//                              RIGHT_AHEAD          0: RIGHT is not asked for ahead; not with RIGHT_WIDE or AT_DEPTH
//                              STORE_COLUMN(n)      declares what STORE needs of column n
#define ITEMS ((TILE_M / REG_M) * (TILE_N / REG_N))
#define SHARE(edge) (4 * PIECES(edge * TILE_K / 4, ITEMS))  // numbers of a slab that an item fetches, at most
#ifndef RIGHT_AHEAD
#define RIGHT_AHEAD 1
#endif
#if REG_M % 4 || REG_N % 4 || TILE_K % 4 || TILE_M % REG_M || TILE_N % REG_N
#error "REG_M, REG_N and TILE_K must be multiples of 4, and REG_M divide TILE_M, REG_N TILE_N"
#elif ITEMS % TILE_M || ITEMS % TILE_N || ITEMS % TILE_K
#error "TILE_M, TILE_N and TILE_K must divide the number of items of a group"
#endif
  local float4 left[TILE_K][TILE_M / 4 + 1];
  local float4 right[TILE_K][TILE_N / 4 + 1];
  const uint column = get_local_id(0), row = get_local_id(1);
  const uint item = row * (TILE_N / REG_N) + column;
  const uint tile = get_group_id(0);
  const uint n0 = tile % PIECES(N, TILE_N) * TILE_N, m0 = tile / PIECES(N, TILE_N) % PIECES(M, TILE_M) * TILE_M;
  float sum[REG_M][REG_N];
#pragma unroll
  for (int i = 0; i < REG_M; i++)
#pragma unroll
    for (int j = 0; j < REG_N; j++) sum[i][j] = 0;
#ifdef RIGHT_COLUMN
  RIGHT_COLUMN(n0 + item % TILE_N)
#endif

  float left_next[SHARE(TILE_M)], right_next[SHARE(TILE_N)];  // of the slabs to come
  for (uint k0 = DEPTH_FROM;; k0 += TILE_K) {
    if (k0 < DEPTH_TO) {
#ifdef AT_DEPTH
      AT_DEPTH(k0 + item % TILE_K)
#endif
#define FETCH 1
#define OF_LEFT 1
#include "slab.cl"
#define OF_LEFT 0
#include "slab.cl"
#undef FETCH
    }
    if (k0 > DEPTH_FROM) {
      for (uint deep = 0; deep < TILE_K; deep++) {
        float u[REG_M], v[REG_N];
#pragma unroll
        for (int i = 0; i < REG_M; i += 4) {
          const float4 four = left[deep][i / 4 * (TILE_M / REG_M) + row];
          u[i] = four.x, u[i + 1] = four.y, u[i + 2] = four.z, u[i + 3] = four.w;
        }
#pragma unroll
        for (int j = 0; j < REG_N; j += 4) {
          const float4 four = right[deep][j / 4 * (TILE_N / REG_N) + column];
          v[j] = four.x, v[j + 1] = four.y, v[j + 2] = four.z, v[j + 3] = four.w;
        }
#pragma unroll
        for (int i = 0; i < REG_M; i++)
#pragma unroll
          for (int j = 0; j < REG_N; j++) sum[i][j] = fma(u[i], v[j], sum[i][j]);
      }
    }
    if (k0 >= DEPTH_TO) break;
    barrier(CLK_LOCAL_MEM_FENCE);  // the slabs before are not needed any more
#define FETCH 0
#define OF_LEFT 1
#include "slab.cl"
#define OF_LEFT 0
#include "slab.cl"
#undef FETCH
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int j = 0; j < REG_N; j++) {
    const uint across = n0 + (j / 4 * (TILE_N / REG_N) + column) * 4 + j % 4;
    if (across < N) {
#ifdef STORE_COLUMN
      STORE_COLUMN(across)
#endif
#pragma unroll
      for (int i = 0; i < REG_M; i++) {
        const uint down = m0 + (i / 4 * (TILE_M / REG_M) + row) * 4 + i % 4;
        if (down < M) {
          STORE(down, across, sum[i][j])
        }
      }
    }
  }
