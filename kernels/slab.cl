// slab.cl: brings one operand's part of a slab into local memory, in two steps; the text of a block in tile.cl, which
// includes it for each operand and step. Neighbouring items read neighbouring addresses, four at a time where those are
// aligned.
//
// tile.cl defines before:   FETCH     1: each item takes its share from global memory into registers; 0: it puts it
//                                     into local memory
//                           OF_LEFT   which operand: 1 the left, 0 the right
// and has:                  item      the work-item's number in its group, of ITEMS
//                           k0        where the slab begins in the depth, DEPTH_TO where the depth ends
//                           m0, n0    where the tile begins in the result, M × N its size
//                           SHARE     how many numbers of a slab an item takes at most
//                           left, right, left_next, right_next   the slabs, and an item's shares of the next ones
#if OF_LEFT
#define SLAB left                        // the local array [TILE_K][EDGE / 4 + 1] of float4
#define NEXT left_next                   // an item's share of it
#define EDGE TILE_M
#define FIRST m0                         // where the tile begins along this edge
#define LIMIT M                          // where the operand ends
#define ALONG LEFT_ALONG_M               // 1: the operand's neighbours in memory lie along the edge; 0: along the depth
#define WIDE LEFT_WIDE                   // 1: any four of them whose first index is a multiple of 4 lie aligned
#define ELEMENT(e, k) LEFT(e, k)         // asked for within bounds only
#define AHEAD 1                          // 0: both steps at once, as the share goes to local memory; not where WIDE
#else
#define SLAB right
#define NEXT right_next
#define EDGE TILE_N
#define FIRST n0
#define LIMIT N
#define ALONG RIGHT_ALONG_N
#define WIDE RIGHT_WIDE
#define ELEMENT(e, k) RIGHT(k, e)
#define AHEAD RIGHT_AHEAD
#endif
  {
#if WIDE && ALONG  // vectors of four along the edge, each put into local memory as it is
    const uint e = item % (EDGE / 4) * 4;
#pragma unroll
    for (int i = 0; i < SHARE(EDGE) / 4; i++) {
      const uint deep = item / (EDGE / 4) + i * (ITEMS / (EDGE / 4));
      if (deep >= TILE_K) break;
#if FETCH
      const uint k = k0 + deep;
      float4 v = (float4)(0.0f);
      if (k < DEPTH_TO) {
        if (FIRST + e + 4 <= LIMIT) {
          v = *(global const float4 *)&ELEMENT(FIRST + e, k);
        } else {
          if (FIRST + e < LIMIT) v.x = ELEMENT(FIRST + e, k);
          if (FIRST + e + 1 < LIMIT) v.y = ELEMENT(FIRST + e + 1, k);
          if (FIRST + e + 2 < LIMIT) v.z = ELEMENT(FIRST + e + 2, k);
        }
      }
      vstore4(v, i, NEXT);
#else
      SLAB[deep][e / 4] = vload4(i, NEXT);
#endif
    }
#elif WIDE  // vectors of four along the depth, turned: their numbers go to four rows of the slab
    const uint deep = item % (TILE_K / 4) * 4;
#pragma unroll
    for (int i = 0; i < SHARE(EDGE) / 4; i++) {
      const uint e = item / (TILE_K / 4) + i * (ITEMS / (TILE_K / 4));
      if (e >= EDGE) break;
#if FETCH
      const uint k = k0 + deep;
      float4 v = (float4)(0.0f);
      if (FIRST + e < LIMIT) {
        if (k + 4 <= DEPTH_TO) {
          v = *(global const float4 *)&ELEMENT(FIRST + e, k);
        } else {
          if (k < DEPTH_TO) v.x = ELEMENT(FIRST + e, k);
          if (k + 1 < DEPTH_TO) v.y = ELEMENT(FIRST + e, k + 1);
          if (k + 2 < DEPTH_TO) v.z = ELEMENT(FIRST + e, k + 2);
        }
      }
      vstore4(v, i, NEXT);
#else
#pragma unroll
      for (int j = 0; j < 4; j++) ((local float *)SLAB)[(deep + j) * (EDGE + 4) + e] = NEXT[4 * i + j];
#endif
    }
#else  // single numbers, neighbours along whichever axis the operand has them
#pragma unroll
    for (int i = 0; i < PIECES(EDGE * TILE_K, ITEMS); i++) {
#if ALONG
      const uint e = item % EDGE, deep = item / EDGE + i * (ITEMS / EDGE);
      if (deep >= TILE_K) break;
#else
      const uint deep = item % TILE_K, e = item / TILE_K + i * (ITEMS / TILE_K);
      if (e >= EDGE) break;
#endif
#define NUMBER (FIRST + e < LIMIT && k0 + deep < DEPTH_TO ? ELEMENT(FIRST + e, k0 + deep) : 0.0f)
#if FETCH && AHEAD
      NEXT[i] = NUMBER;
#elif AHEAD
      ((local float *)SLAB)[deep * (EDGE + 4) + e] = NEXT[i];
#elif !FETCH
      ((local float *)SLAB)[deep * (EDGE + 4) + e] = NUMBER;
#endif
#undef NUMBER
    }
#endif
  }
#undef OF_LEFT
#undef SLAB
#undef NEXT
#undef EDGE
#undef FIRST
#undef LIMIT
#undef ALONG
#undef WIDE
#undef ELEMENT
#undef AHEAD
