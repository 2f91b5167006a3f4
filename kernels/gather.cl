// gather.cl: picking along an axis, and its adjoint, adding back along an axis.
//
// x is [outer, size, inner]; the index, of any strides, has the shape [outer, picks, inner]. Indices out of range read
// 0 and add nothing.
#include "common.cl"

#ifndef T
#define T float  // any type
#endif

// y[o, j, i] = x[o, index[o, j, i], i].
//   n         elements of y
//   geometry  of the index
kernel void gather(global const T *x, const ulong x_offset, global const int *index, const ulong index_offset,
                   global T *y, const ulong y_offset, const uint n, const uint size, const uint picks,
                   const uint inner, global const long *geometry, const ulong geometry_offset) {
  x += x_offset;
  index += index_offset;
  y += y_offset;
  geometry += geometry_offset;
  FOR_EACH(e, n) {
    const uint row = e / inner;
    const uint o = row / picks;
    const int pick = index[strided(e, geometry)];
    T v = 0;
    if (pick >= 0 && (uint)pick < size) v = x[((ulong)o * size + (uint)pick) * inner + (e - row * inner)];
    y[e] = v;
  }
}

#ifndef COPY_ONLY
// y[o, index[o, j, i], i] += x[o, j, i] into zeros. A work-item owns the line (o, ·, i), so what falls on one place is
// added in the order of j.
//   lines     outer · inner
kernel void scatter_add(global const T *x, const ulong x_offset, global const int *index, const ulong index_offset,
                        global T *y, const ulong y_offset, const uint lines, const uint size, const uint picks,
                        const uint inner, global const long *geometry, const ulong geometry_offset) {
  x += x_offset;
  index += index_offset;
  y += y_offset;
  geometry += geometry_offset;
  FOR_EACH(line, lines) {
    const uint o = line / inner;
    const uint i = line - o * inner;
    global T *to = y + (ulong)o * size * inner + i;
    for (uint k = 0; k < size; k++) to[(ulong)k * inner] = 0;
    for (uint j = 0; j < picks; j++) {
      const uint e = (o * picks + j) * inner + i;
      const int pick = index[strided(e, geometry)];
      if (pick >= 0 && (uint)pick < size) to[(ulong)pick * inner] += x[e];
    }
  }
}
#endif
