// optimizer.cl: one expression over many tensors in one launch.
//
// An optimizer does the same to every parameter, w ← w − α g, say, or Adam's update of w, m and v. Parameters have
// shapes of their own, and most are small: a launch for each would cost more than the work. Here all of them lie end to
// end, as segments of one long index space; a work-item looks up in which segment its elements lie, and there works as
// the plain loop of activation.cl would. So any neighbouring loops of one expression may be put together, if none needs
// another's results. By itself this file computes y = x − α g for two tensors, as an example of what the macros hold.
//
//   PARAMETERS      all buffers, and the numbers that change from run to run
//   TENSORS         of a segment: how many
//   POINTERS        declares a pointer for each of them
//   CASES           for a switch over the segments: which buffers hold a segment's tensors
//   ADVANCE(at)     moves the pointers to the tensors' first elements, by the offsets from at on
//   ELEMENT(i)      loads the registers of element i of a segment, computes, stores
#include "common.cl"

#ifndef TENSORS
#define PARAMETERS global const float *b0, global const float *b1, global float *b2, global float *b3, const float s0
#define TENSORS 3
#define POINTERS global const float *x1; global const float *x2; global float *y0;
#define CASES case 0: x1 = b0; x2 = b1; y0 = b2; break; default: x1 = b0; x2 = b1; y0 = b3; break;
#define ADVANCE(at) x1 += (at)[0]; x2 += (at)[1]; y0 += (at)[2];
#define ELEMENT(i) y0[i] = x1[i] - s0 * x2[i];
#endif

#ifndef MOST
#define MOST 64  // segments at most (a power of two)
#endif

//   n         elements of all segments together
//   segments  how many there are, at least 1
//   geometry  at its offset: where each segment begins among the n, and n; then of each the offsets of its tensors
kernel void pointwise_segments(const uint n, const uint segments, global const long *geometry,
                               const ulong geometry_offset, PARAMETERS) {
  global const long *start = geometry + geometry_offset;
  global const long *offsets = start + segments + 1;
#if CHUNKED
  uint at = CHUNK_START(n);
  const uint end = CHUNK_END(n);
#else
  uint at = (uint)get_global_id(0);
  const uint end = min(at + 1, n);
#endif
  uint segment = 0;  // the last that begins at or before the first element
  for (uint step = MOST / 2; step > 0; step /= 2)
    if (segment + step < segments && start[segment + step] <= (long)at) segment += step;
  for (; at < end; segment++) {
    POINTERS
    switch (segment) { CASES }
    ADVANCE(offsets + segment * TENSORS)
    const uint begin = (uint)start[segment];
    const uint last = min(end, (uint)start[segment + 1]) - begin;
    INDEPENDENT
    for (uint i = at - begin; i < last; i++) {
      ELEMENT(i)
    }
    at = begin + last;
  }
}
