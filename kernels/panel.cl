// panel.cl: the inner loop that the matrix product and the convolutions share on CPU devices.
//
// Both operands lie packed: the left one in panels of PANEL_M rows, the right one in panels of 16 · VECTORS columns,
// each panel with the depth outermost. The loop then reads both from front to back, and PANEL_M × VECTORS vector
// registers hold the results. There are no barriers and no local memory: a work-group is one work-item.
#ifndef PANEL_M
#define PANEL_M 8      // rows of a result panel (e.g. 6, 8, 12); PANEL_M · VECTORS accumulators must fit the registers
#endif
#ifndef VECTORS
#define VECTORS 2      // vectors of 16 floats that make its columns (e.g. 1, 2)
#endif
#define PANEL_N (16 * VECTORS)

// sum[i][v] = Σ left[k][i] · right[k][v] over k < depth.
static inline void multiply_panels(global const float *left, global const float *right, uint depth,
                                   float16 sum[PANEL_M][VECTORS]) {
#pragma unroll
  for (int i = 0; i < PANEL_M; i++)
#pragma unroll
    for (int v = 0; v < VECTORS; v++) sum[i][v] = (float16)(0.0f);
#pragma unroll 1
  for (uint k = 0; k < depth; k++) {
    float16 b[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++) b[v] = vload16(v, right);
#pragma unroll
    for (int i = 0; i < PANEL_M; i++) {
      const float16 a = (float16)(left[i]);
#pragma unroll
      for (int v = 0; v < VECTORS; v++) sum[i][v] = fma(a, b[v], sum[i][v]);
    }
    left += PANEL_M;
    right += PANEL_N;
  }
}
