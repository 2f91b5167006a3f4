// reduce.cl: sums, products, maxima and minima over any axes.
//
// The host merges neighbouring axes that are all kept or all reduced, so one of two cases is left:
//  - rows:    the last axis is reduced. The reduced elements of an output lie in runs of `width` neighbours.
//  - columns: the last axis is kept. `width` neighbours are outputs of their own, and the reduced places repeat them.
// Where outputs are few and elements many, the reduced range is cut into parts whose results, laid out
// [part, output], are reduced as columns by a second launch. Cuts and trees depend on the shape alone.
#include "common.cl"

#ifndef T
#define T float     // float or int
#define T16 float16 // sixteen of them
#define IDENTITY 0  // what combines without effect
#define COMBINE(a, b) ((a) + (b))
#endif
#ifndef GROUP
#define GROUP 256   // GPUs: the most work-items that share a row (a power of two, e.g. 64, 128, 256)
#endif
#ifndef COLUMNS
#define COLUMNS 64  // CPU devices: neighbouring outputs that a work-item keeps in registers (e.g. 32, 64)
#endif

// rows. Output o, part p: elements [p · part, (p + 1) · part) of the `size` elements of x that it reduces.
//   outputs, parts  how many of each; result (p, o) goes to y[p · outputs + o]
//   size, width     reduced elements of an output; of them, neighbours in memory
//   geometry        of the outputs, then of the runs within an output
kernel void reduce_rows(global const T *x, const ulong x_offset, global T *y, const ulong y_offset,
                        const uint outputs, const uint parts, const uint size, const uint width, const uint part,
                        global const long *geometry, const ulong geometry_offset) {
  global const long *kept = geometry + geometry_offset;
  global const long *runs = kept + geometry_length(kept);
  x += x_offset;
  y += y_offset;
#if CHUNKED
  FOR_EACH(job, outputs * parts) {
    const uint p = job / outputs;
    global const T *origin = x + strided(job - p * outputs, kept);
    const uint end = min(size, (p + 1) * part);
    T16 wide = (T16)(IDENTITY);
    T rest = IDENTITY;
    for (uint at = p * part; at < end;) {
      const uint run = at / width;
      const uint first = at - run * width;
      const uint count = min(width - first, end - at);
      global const T *s = origin + strided(run, runs) + first;
      uint j = 0;
      for (; j + 16 <= count; j += 16) {
        const T16 v = vload16(0, s + j);
        wide = COMBINE(wide, v);
      }
      for (; j < count; j++) rest = COMBINE(rest, s[j]);
      at += count;
    }
    T lane[16];
    vstore16(wide, 0, lane);
    for (int step = 8; step > 0; step /= 2)
      for (int l = 0; l < step; l++) lane[l] = COMBINE(lane[l], lane[l + step]);
    y[job] = COMBINE(lane[0], rest);
  }
#else
  // a work-group for each output and part; its items stride over the elements, then meet in a tree
  local T lane[GROUP];
  const uint l = get_local_id(0), lanes = get_local_size(0);
  const uint job = get_group_id(0);
  const uint p = job / outputs;
  global const T *origin = x + strided(job - p * outputs, kept);
  const uint end = min(size, (p + 1) * part);
  T sum = IDENTITY;
  for (uint at = p * part + l; at < end; at += lanes) {
    const uint run = width == size ? 0 : at / width;
    const T v = origin[(run == 0 ? 0 : strided(run, runs)) + (at - run * width)];
    sum = COMBINE(sum, v);
  }
  lane[l] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint step = lanes / 2; step > 0; step /= 2) {
    if (l < step) lane[l] = COMBINE(lane[l], lane[l + step]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (l == 0) y[job] = lane[0];
#endif
}

// columns. Output (o, j), j < width: element j of all places of x in part p, one after the other.
//   outers, width   outputs are outers · width
//   parts, part     as above, in places
//   places          how often the outputs repeat
//   geometry        of the outer outputs, then of the places
kernel void reduce_columns(global const T *x, const ulong x_offset, global T *y, const ulong y_offset,
                           const uint outers, const uint width, const uint parts, const uint places, const uint part,
                           global const long *geometry, const ulong geometry_offset) {
  global const long *kept = geometry + geometry_offset;
  global const long *place = kept + geometry_length(kept);
  x += x_offset;
  y += y_offset;
#if CHUNKED
  const uint blocks = PIECES(width, COLUMNS);
  FOR_EACH(job, parts * outers * blocks) {
    const uint row = job / blocks;  // (p, o)
    const uint first = (job - row * blocks) * COLUMNS;
    const uint count = min((uint)COLUMNS, width - first);
    const uint p = row / outers;
    global const T *origin = x + strided(row - p * outers, kept) + first;
    const uint end = min(places, (p + 1) * part);
    T sum[COLUMNS];
    for (uint j = 0; j < COLUMNS; j++) sum[j] = IDENTITY;
    if (count == COLUMNS) {
      for (uint at = p * part; at < end; at++) {
        global const T *s = origin + strided(at, place);
        for (uint j = 0; j < COLUMNS; j++) sum[j] = COMBINE(sum[j], s[j]);
      }
    } else {
      for (uint at = p * part; at < end; at++) {
        global const T *s = origin + strided(at, place);
        for (uint j = 0; j < count; j++) sum[j] = COMBINE(sum[j], s[j]);
      }
    }
    for (uint j = 0; j < count; j++) y[row * width + first + j] = sum[j];
  }
#else
  FOR_EACH(i, parts * outers * width) {
    const uint row = i / width;
    const uint p = row / outers;
    global const T *origin = x + strided(row - p * outers, kept) + (i - row * width);
    const uint end = min(places, (p + 1) * part);
    T sum = IDENTITY;
    for (uint at = p * part; at < end; at++) {
      const T v = origin[strided(at, place)];
      sum = COMBINE(sum, v);
    }
    y[i] = sum;
  }
#endif
}
