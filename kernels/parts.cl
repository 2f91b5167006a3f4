// parts.cl: the end of a product whose depth was cut into parts: y[b, m, n] = Σ parts[p, b, m, n] over p in order, then
// the epilogue.
#include "common.cl"
#include "epilogue.cl"
#if CHUNKED
#define STRETCH 256  // results of a row that a work-item adds up at a time
#else
#define STRETCH 1
#endif
#ifndef GROUP
#define GROUP 256    // GPUs: the most work-items that share a result (a power of two)
#endif

//   batch, rows, columns   of the results; count: of the parts
kernel void add_parts(global const float *parts, const ulong parts_offset, const uint count, const uint batch,
                      const uint rows, const uint columns, EPILOGUE_PARAMETERS) {
  const uint stretches = PIECES(columns, STRETCH);
  const ulong size = (ulong)batch * rows * columns;
  FOR_EACH(job, batch * rows * stretches) {
    const uint line = job / stretches;
    const uint n0 = (job - line * stretches) * STRETCH;
    const uint width = min((uint)STRETCH, columns - n0);
    global const float *from = parts + parts_offset + (ulong)line * columns + n0;
    float sum[STRETCH];
    for (uint j = 0; j < width; j++) sum[j] = from[j];
    for (uint p = 1; p < count; p++)
      for (uint j = 0; j < width; j++) sum[j] += from[p * size + j];
    const uint b = line / rows, m = line - b * rows;
    EPILOGUE_ROW(b, m, rows, columns)
    INDEPENDENT
    for (uint j = 0; j < width; j++) {
      EPILOGUE(n0 + j, sum[j])
    }
  }
}

#if !CHUNKED
// The same for few results of many parts: a work-group for each, whose items add up some parts each and meet in a tree.
kernel void add_many_parts(global const float *parts, const ulong parts_offset, const uint count, const uint batch,
                           const uint rows, const uint columns, EPILOGUE_PARAMETERS) {
  local float lane[GROUP];
  const uint l = get_local_id(0), lanes = get_local_size(0), result = get_group_id(0);
  const ulong size = (ulong)batch * rows * columns;
  float sum = 0;
  for (uint p = l; p < count; p += lanes) sum += parts[parts_offset + p * size + result];
  lane[l] = sum;
  for (uint step = lanes / 2; step > 0; step /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (l < step) lane[l] += lane[l + step];
  }
  if (l == 0) {
    const uint line = result / columns, b = line / rows, m = line - b * rows;
    EPILOGUE_ROW(b, m, rows, columns)
    EPILOGUE(result - line * columns, lane[0])
  }
}
#endif
