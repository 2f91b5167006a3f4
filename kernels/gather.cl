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
// y[o, index[o, j, i], i] += x[o, j, i] into zeros, for an index of any kind. A work-item owns the line (o, ·, i), so
// what falls on one place is added in the order of j.
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

// The same for an index that picks whole rows: [outer, picks], every row `inner` long. The picks of each o are sorted
// by place (scan_sort.cl, stable), so that those of one place lie side by side in their order; the work is that of the
// picks and of the places, not of their product.

// The index without the axes along which it is repeated.
//   n         outer · picks
//   geometry  of the index up to the axis
kernel void row_index(global const int *index, const ulong index_offset, global int *rows, const ulong rows_offset,
                      const uint n, global const long *geometry, const ulong geometry_offset) {
  FOR_EACH(i, n) { rows[rows_offset + i] = index[index_offset + strided(i, geometry + geometry_offset)]; }
}

// Where each place begins among the sorted picks; the last one is where the places end.
//   sorted    [outer, picks]
//   starts    [outer, size + 1]
kernel void row_starts(global const int *sorted, const ulong sorted_offset, global int *starts,
                       const ulong starts_offset, const uint outer, const uint picks, const uint size) {
  FOR_EACH(i, outer * (size + 1)) {
    const uint o = i / (size + 1);
    const int place = (int)(i - o * (size + 1));
    global const int *s = sorted + sorted_offset + (ulong)o * picks;
    uint lo = 0, hi = picks;
    while (lo < hi) {
      const uint mid = (lo + hi) / 2;
      if (s[mid] < place) lo = mid + 1;
      else hi = mid;
    }
    starts[starts_offset + i] = (int)lo;
  }
}

// The sums of each place's rows, in order; a work-item takes an element, on CPU devices a row.
//   places    of the sorted picks before they were sorted, [outer, picks]
//   starts    as above
kernel void row_sums(global const T *x, const ulong x_offset, global const int *places, const ulong places_offset,
                     global const int *starts, const ulong starts_offset, global T *y, const ulong y_offset,
                     const uint outer, const uint picks, const uint size, const uint inner) {
  places += places_offset;
  starts += starts_offset;
#if CHUNKED
  FOR_EACH(row, outer * size) {
    const uint o = row / size;
    global T *to = y + y_offset + (ulong)row * inner;
    for (uint i = 0; i < inner; i++) to[i] = 0;
    for (int j = starts[row + o]; j < starts[row + o + 1]; j++) {
      global const T *from = x + x_offset + ((ulong)o * picks + places[(ulong)o * picks + j]) * inner;
      INDEPENDENT
      for (uint i = 0; i < inner; i++) to[i] += from[i];
    }
  }
#else
  FOR_EACH(e, outer * size * inner) {
    const uint row = e / inner;
    const uint o = row / size;
    global const T *from = x + x_offset + (ulong)o * picks * inner + (e - row * inner);
    T sum = 0;
    for (int j = starts[row + o]; j < starts[row + o + 1]; j++)
      sum += from[(ulong)places[(ulong)o * picks + j] * inner];
    y[y_offset + e] = sum;
  }
#endif
}
#endif
