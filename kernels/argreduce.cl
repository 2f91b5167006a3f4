// argreduce.cl: where the largest or smallest element along an axis is; the first among equals, a NaN before all.
#include "common.cl"

#ifndef T
#define T float
#define BEATS(a, b) ((a) > (b))  // max; the other way round for min
#endif
#ifndef GROUP
#define GROUP 256  // GPUs: the most work-items that share a line (a power of two)
#endif

// Whether candidate (a, at i) goes before (b, at j).
static inline int before(T a, int i, T b, int j) {
  const int an = a != a, bn = b != b;
  if (an || bn) return an && (!bn || i < j);
  return BEATS(a, b) || (a == b && i < j);
}

// x [outer, n, inner] to y [outer, inner]: a work-item walks along a line.
kernel void argreduce_lines(global const T *x, const ulong x_offset, global int *y, const ulong y_offset,
                            const uint lines, const uint n, const uint inner) {
  x += x_offset;
  y += y_offset;
  FOR_EACH(line, lines) {
    const uint o = line / inner;
    global const T *s = x + (ulong)o * n * inner + (line - o * inner);
    T best = s[0];
    int where = 0;
    for (uint j = 1; j < n; j++) {
      const T v = s[(ulong)j * inner];
      if (BEATS(v, best) || (v != v && best == best)) {
        best = v;
        where = (int)j;
      }
    }
    y[line] = where;
  }
}

#if !CHUNKED
// The same for long lines: a work-group shares one.
kernel void argreduce_groups(global const T *x, const ulong x_offset, global int *y, const ulong y_offset,
                             const uint lines, const uint n, const uint inner) {
  local T value[GROUP];
  local int place[GROUP];
  const uint l = get_local_id(0), lanes = get_local_size(0), line = get_group_id(0);
  const uint o = line / inner;
  global const T *s = x + x_offset + (ulong)o * n * inner + (line - o * inner);
  T best = s[0];
  int where = 0;
  for (uint j = l; j < n; j += lanes) {
    const T v = s[(ulong)j * inner];
    if (before(v, (int)j, best, where)) {
      best = v;
      where = (int)j;
    }
  }
  value[l] = best;
  place[l] = where;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint step = lanes / 2; step > 0; step /= 2) {
    if (l < step && before(value[l + step], place[l + step], value[l], place[l])) {
      value[l] = value[l + step];
      place[l] = place[l + step];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (l == 0) y[y_offset + line] = place[0];
}
#endif
