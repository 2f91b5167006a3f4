// tile.cl: the register-tiled body that the matrix product and the three convolutions share on GPUs; the text of a
// kernel's body, to be included in it.
//
// A work-group computes a tile of TILE_M × TILE_N results. It walks along the depth in steps of TILE_K: the group copies
// a slab of the left and of the right operand into local memory, waits, and every work-item multiplies its REG_M × REG_N
// results' worth out of it, in registers. So every number fetched from global memory is used TILE_M or TILE_N times.
//
//            TILE_N                     an item's results lie TILE_M / REG_M rows and
//          +--------+                   TILE_N / REG_N columns apart, so neighbouring items
//   TILE_K | right  |                   read neighbouring places of local memory and write
//          +--------+                   neighbouring results
//          +--------+
//   TILE_M | result |
//          +--------+
//
// The kernel defines before:   M, N, DEPTH          the sizes of the product
//                              LEFT(m, k)           an element of the left operand, asked for within bounds only
//                              RIGHT(k, n)          an element of the right operand
//                              STORE(m, n, value)   what becomes of a result
//                              DEPTH_FROM, DEPTH_TO the part of the depth to add up
  local float left[TILE_K][TILE_M + 1];
  local float right[TILE_K][TILE_N + 1];
  const uint column = get_local_id(0), row = get_local_id(1);
  const uint item = row * (TILE_N / REG_N) + column;
  const uint items = (TILE_M / REG_M) * (TILE_N / REG_N);
  const uint m0 = get_group_id(1) * TILE_M, n0 = get_group_id(0) * TILE_N;
  float sum[REG_M][REG_N];
  for (uint i = 0; i < REG_M; i++)
    for (uint j = 0; j < REG_N; j++) sum[i][j] = 0;

  for (uint k0 = DEPTH_FROM; k0 < DEPTH_TO; k0 += TILE_K) {
    for (uint e = item; e < TILE_M * TILE_K; e += items) {
#if LEFT_ALONG_M
      const uint down = e % TILE_M, deep = e / TILE_M;  // neighbouring items, neighbouring addresses
#else
      const uint deep = e % TILE_K, down = e / TILE_K;
#endif
      left[deep][down] = m0 + down < M && k0 + deep < DEPTH_TO ? LEFT(m0 + down, k0 + deep) : 0.0f;
    }
    for (uint e = item; e < TILE_N * TILE_K; e += items) {
#if RIGHT_ALONG_N
      const uint across = e % TILE_N, deep = e / TILE_N;
#else
      const uint deep = e % TILE_K, across = e / TILE_K;
#endif
      right[deep][across] = n0 + across < N && k0 + deep < DEPTH_TO ? RIGHT(k0 + deep, n0 + across) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint deep = 0; deep < TILE_K; deep++) {
      float u[REG_M], v[REG_N];
      for (uint i = 0; i < REG_M; i++) u[i] = left[deep][row + i * (TILE_M / REG_M)];
      for (uint j = 0; j < REG_N; j++) v[j] = right[deep][column + j * (TILE_N / REG_N)];
      for (uint i = 0; i < REG_M; i++)
        for (uint j = 0; j < REG_N; j++) sum[i][j] = fma(u[i], v[j], sum[i][j]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  for (uint i = 0; i < REG_M; i++) {
    const uint down = m0 + row + i * (TILE_M / REG_M);
    for (uint j = 0; j < REG_N; j++) {
      const uint across = n0 + column + j * (TILE_N / REG_N);
      if (down < M && across < N) { STORE(down, across, sum[i][j]) }
    }
  }
