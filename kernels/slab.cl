// slab.cl: copies one operand's part of a slab from global to local memory; the text of a block in tile.cl, which includes
// it once for each operand. Neighbouring items read neighbouring addresses, four at a time where those are aligned.
//
// tile.cl defines before:   SLAB            the local array [TILE_K][EDGE / 4 + 1] of float4
//                           EDGE            TILE_M or TILE_N
//                           FIRST, LIMIT    where the tile begins along this edge, and where the operand ends
//                           ELEMENT(e, k)   an element of the operand, asked for within bounds only
//                           ALONG           1: the operand's neighbours in memory lie along the edge; 0: along the depth
//                           WIDE            1: any four of them whose first index is a multiple of 4 lie aligned
  {
    local float *to = (local float *)SLAB;
#if WIDE && ALONG
    const uint e = item % (EDGE / 4) * 4;
    for (uint deep = item / (EDGE / 4); deep < TILE_K; deep += ITEMS / (EDGE / 4)) {
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
      SLAB[deep][e / 4] = v;
    }
#elif WIDE
    const uint deep = item % (TILE_K / 4) * 4;
    for (uint e = item / (TILE_K / 4); e < EDGE; e += ITEMS / (TILE_K / 4)) {
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
      to[deep * (EDGE + 4) + e] = v.x;
      to[(deep + 1) * (EDGE + 4) + e] = v.y;
      to[(deep + 2) * (EDGE + 4) + e] = v.z;
      to[(deep + 3) * (EDGE + 4) + e] = v.w;
    }
#elif ALONG
    const uint e = item % EDGE;
    for (uint deep = item / EDGE; deep < TILE_K; deep += ITEMS / EDGE)
      to[deep * (EDGE + 4) + e] =
          FIRST + e < LIMIT && k0 + deep < DEPTH_TO ? ELEMENT(FIRST + e, k0 + deep) : 0.0f;
#else
    const uint deep = item % TILE_K;
    for (uint e = item / TILE_K; e < EDGE; e += ITEMS / TILE_K)
      to[deep * (EDGE + 4) + e] =
          FIRST + e < LIMIT && k0 + deep < DEPTH_TO ? ELEMENT(FIRST + e, k0 + deep) : 0.0f;
#endif
  }
