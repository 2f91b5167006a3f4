// scan_sort.cl: cumulative sums and stable sorting along an axis of [outer, n, inner].
//
// A tensor is seen as outer · inner `lines` of n elements that lie `inner` apart. Sorting is a merge sort: blocks are
// sorted by insertion (sort_blocks), runs are merged to runs of twice the length until one is left (sort_merge), and
// the line is put where it belongs (sort_store). With the keys go their places before sorting: NaN and equal ones too
// have one order, that in which they came.
#include "common.cl"

#ifndef T
#define T float           // float or int
#define LESS(a, b) ((a) < (b))  // the order of numbers: < to sort upwards, > downwards
#define NAN_FIRST 0       // NaN counts as the largest: last upwards, first downwards
#endif
#ifndef BLOCK
#define BLOCK 16          // elements that one work-item sorts by insertion before the merging starts
#endif

// Where few long lines would leave a device idle, a line is cut into parts of `part` elements, the last of which may be
// shorter: the sum of each part (part_sums), the running sums of these by the same kernels, and from the sum of all
// parts before its own each part goes on (cumsum). `reverse` is 1 where lines are walked from their ends.
#define PART_OF_LINE                                                        \
  const uint parts = PIECES(n, part);                                         \
  const uint line = job / parts, o = line / inner;                          \
  const uint first = (job - line * parts) * part, end = min(n, first + part); \
  const ulong origin = (ulong)o * n * inner + (line - o * inner);
#define AT(j) (origin + (ulong)(reverse ? n - 1 - (j) : (j)) * inner)

// sums [lines, parts]
kernel void part_sums(global const T *x, const ulong x_offset, global T *sums, const ulong sums_offset,
                      const uint lines, const uint n, const uint inner, const uint part, const int reverse) {
  x += x_offset;
  FOR_EACH(job, lines * PIECES(n, part)) {
    PART_OF_LINE
    T sum = 0;
    for (uint j = first; j < end; j++) sum += x[AT(j)];
    sums[sums_offset + job] = sum;
  }
}

// y[j] = x[0] + … + x[j] along each line, or x[j] + … + x[n − 1] where it is walked from its end.
//   before   [lines, parts], the running sums of part_sums; not read where a line is one part
kernel void cumsum(global const T *x, const ulong x_offset, global const T *before, const ulong before_offset,
                   global T *y, const ulong y_offset, const uint lines, const uint n, const uint inner,
                   const uint part, const int reverse) {
  x += x_offset;
  y += y_offset;
  FOR_EACH(job, lines * PIECES(n, part)) {
    PART_OF_LINE
    T sum = first == 0 ? 0 : before[before_offset + job - 1];
    for (uint j = first; j < end; j++) {
      sum += x[AT(j)];
      y[AT(j)] = sum;
    }
  }
}

// Whether a must stand before b, whatever their places; equal elements must not.
static inline int before(T a, T b) {
  const int an = a != a, bn = b != b;
  if (an || bn) return NAN_FIRST ? an && !bn : bn && !an;
  return LESS(a, b);
}

// Sorts blocks of BLOCK elements of each line into (keys, places), both [lines, n]: the start of a merge sort.
kernel void sort_blocks(global const T *x, const ulong x_offset, global T *keys, const ulong keys_offset,
                        global int *places, const ulong places_offset, const uint lines, const uint n,
                        const uint inner) {
  x += x_offset;
  const uint blocks = PIECES(n, BLOCK);
  FOR_EACH(job, lines * blocks) {
    const uint line = job / blocks;
    const uint first = (job - line * blocks) * BLOCK;
    const uint count = min((uint)BLOCK, n - first);
    const uint o = line / inner;
    global const T *s = x + (ulong)o * n * inner + (line - o * inner) + (ulong)first * inner;
    global T *key = keys + keys_offset + (ulong)line * n + first;
    global int *place = places + places_offset + (ulong)line * n + first;
    for (uint j = 0; j < count; j++) {
      const T v = s[(ulong)j * inner];
      uint k = j;
      for (; k > 0 && before(v, key[k - 1]); k--) {
        key[k] = key[k - 1];
        place[k] = place[k - 1];
      }
      key[k] = v;
      place[k] = (int)(first + j);
    }
  }
}

// One pass of merging: sorted runs of `run` elements become runs of twice that. Every element finds its own new place:
// its place in its run, plus how many of the sibling run go before it (equal ones do if their run is the left one).
//   to_keys, to_places   [lines, n], as keys and places
kernel void sort_merge(global const T *keys, const ulong keys_offset, global const int *places,
                       const ulong places_offset, global T *to_keys, const ulong to_keys_offset,
                       global int *to_places, const ulong to_places_offset, const uint lines, const uint n,
                       const uint run) {
  FOR_EACH(i, lines * n) {
    const uint line = i / n;
    const uint at = i - line * n;
    const uint pair = at / run / 2 * 2 * run;  // where the two runs begin
    const uint middle = min(pair + run, n), end = min(middle + run, n);
    const int left = at < middle;
    global const T *key = keys + keys_offset + (ulong)line * n;
    const T v = key[at];
    uint lo = left ? middle : pair, hi = left ? end : middle;
    const uint start = lo;
    while (lo < hi) {
      const uint mid = (lo + hi) / 2;
      if (left ? before(key[mid], v) : !before(v, key[mid])) lo = mid + 1;
      else hi = mid;
    }
    const ulong to = (ulong)line * n + pair + (at - (left ? pair : middle)) + (lo - start);
    to_keys[to_keys_offset + to] = v;
    to_places[to_places_offset + to] = places[places_offset + (ulong)line * n + at];
  }
}

// (keys, places) [outer, inner, n] to y and index in the layout of x, [outer, n, inner].
kernel void sort_store(global const T *keys, const ulong keys_offset, global const int *places,
                       const ulong places_offset, global T *y, const ulong y_offset, global int *index,
                       const ulong index_offset, const uint lines, const uint n, const uint inner) {
  FOR_EACH(i, lines * n) {
    const uint line = i / n;
    const uint o = line / inner;
    const ulong to = ((ulong)o * n + (i - line * n)) * inner + (line - o * inner);
    y[y_offset + to] = keys[keys_offset + i];
    index[index_offset + to] = places[places_offset + i];
  }
}
