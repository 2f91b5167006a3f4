// convolution.cl: two-dimensional convolution (cross-correlation, as the field has it) and its two gradients.
//
// Input x [n, groups · c, h, w], weight [groups · k, c, kh, kw], output y [n, groups · k, oh, ow]:
//   y[b, k, p, q] = Σ x[b, c, i, j] · weight[k, c, r, s] over c, r, s, where
//   i = p · stride_h − pad_top + r · dilation_h,  j = q · stride_w − pad_left + s · dilation_w
// and pixels outside of x are 0. c and k here count the channels of one group. g is the gradient by y.
//
// GPUs: each is a matrix product over the tile of tile.cl whose right operand, the patches of the image, is never
// written down: its elements are looked up as the tile loads them (an implicit GEMM).
//   forward          [k] × [c, r, s] × [b, p, q]
//   input gradient   [c] × [k, r, s] × [b, i, j]
//   weight gradient  [k] × [b, p, q] × [c, r, s]    the depth cut into parts, which parts.cl adds up
// With a stride, the pixels (i, j) of an input gradient fall into stride_h · stride_w classes: those of a class are
// reached by the same (r, s), at the same distance. So each class is a convolution of stride 1, by the same kernel.
//
// CPU devices: a copy of the image with its padding is made first, so that no inner loop looks at borders. The input
// gradient is a forward convolution of stride 1 then, of the output gradient spread by the stride, with the weights
// turned round.
//
// Where a group has few channels of the result (as a depthwise convolution, with one), a tile would stay all but empty:
// up to `direct` of the tuning table, the kernels `direct` make forward and input gradient in a loop for each pixel
// instead. On GPUs a weight gradient has its own such kernel for one or two output channels; on CPU devices it needs
// none. All but the parts of a weight gradient take an epilogue (epilogue.cl).
#include "common.cl"
#include "epilogue.cl"

#if CHUNKED
#include "panel.cl"
#define BLOCK 4     // weight gradient: BLOCK × BLOCK results at a time
#define STRETCH 64  // direct: pixels of a row at a time

// Images [planes, h, w] to [planes, to_h, to_w]: pixel (i, j) goes to (top + i · spread_h, left + j · spread_w) where
// that is inside, all others are 0. A negative top or left crops. Behind the last image come 16 zeros, so that a vector
// may be read from any pixel on.
kernel void pad_image(global const float *x, const ulong x_offset, global float *y, const ulong y_offset,
                      const uint planes, const int h, const int w, const int to_h, const int to_w, const int top,
                      const int left, const int spread_h, const int spread_w) {
  x += x_offset;
  y += y_offset;
  FOR_EACH(row, planes * to_h) {
    const uint plane = row / to_h;
    const int down = (int)(row - plane * to_h) - top;
    const int i = down / spread_h;
    global float *to = y + (ulong)row * to_w;
    const int end = row + 1 == planes * to_h ? to_w + 16 : to_w;
    for (int j = 0; j < end; j++) to[j] = 0;
    if (down < 0 || i >= h || i * spread_h != down) continue;
    global const float *from = x + ((ulong)plane * h + i) * w;
    const int first = left >= 0 ? 0 : PIECES(-left, spread_w);
    const int last = min(w, to_w - left > 0 ? PIECES(to_w - left, spread_w) : 0);
    INDEPENDENT
    for (int j = first; j < last; j++) to[left + j * spread_w] = from[j];
  }
}

// Weights to panels [group, panel, d, rs, PANEL_M], rows beyond m zero. Element (group, m, d, rs) of the left operand
// lies at group · stride_g + m · stride_m + d · stride_d + rs, or + taps − 1 − rs where the window is turned round.
//   m, d, taps   rows, depth channels, kh · kw
//   turned       1: the window is turned round
kernel void pack_weights(global const float *weight, const ulong weight_offset, global float *packed,
                         const ulong packed_offset, const uint groups, const uint m, const uint d, const uint taps,
                         const uint stride_g, const uint stride_m, const uint stride_d, const int turned) {
  weight += weight_offset;
  packed += packed_offset;
  const uint panels = PIECES(m, PANEL_M);
  FOR_EACH(job, groups * panels * d * taps) {
    uint rest = job;
    const uint rs = rest % taps; rest /= taps;
    const uint channel = rest % d; rest /= d;
    const uint group = rest / panels;
    const uint first = (rest - group * panels) * PANEL_M;
    global const float *from =
        weight + (ulong)group * stride_g + (ulong)channel * stride_d + (turned ? taps - 1 - rs : rs);
    for (uint i = 0; i < PANEL_M; i++)
      packed[(ulong)job * PANEL_M + i] = first + i < m ? from[(ulong)(first + i) * stride_m] : 0.0f;
  }
}

// Output [n, groups · m, oh, ow] from padded images [n, groups · d, h, w] and packed weights. A job is PANEL_N pixels
// of one group, all its output channels.
//   patches    room for depth + 1 rows of PANEL_N for each work-item
//   m, d       channels of a group: of the output, of the image
kernel void convolve_panels(global const float *x, const ulong x_offset, global const float *weight,
                            const ulong weight_offset, global float *patches, const ulong patches_offset,
                            const uint n, const uint groups, const uint m, const uint d, const uint h, const uint w,
                            const uint oh, const uint ow, const uint kh, const uint kw, const uint stride_h,
                            const uint stride_w, const uint dilation_h, const uint dilation_w, EPILOGUE_PARAMETERS) {
  const uint pixels = oh * ow;
  const uint panels = PIECES(n * pixels, PANEL_N);
  const uint row_panels = PIECES(m, PANEL_M);
  const uint depth = d * kh * kw;
  global float *packed = patches + patches_offset + (ulong)get_global_id(0) * (depth + 1) * PANEL_N;
  x += x_offset;
  FOR_EACH(job, groups * panels) {
    const uint group = job / panels;
    const uint first = (job - group * panels) * PANEL_N;
    const uint columns = min((uint)PANEL_N, n * pixels - first);
    // where the window of each column begins
    uint from[PANEL_N];
    for (uint j = 0; j < PANEL_N; j++) {
      const uint at = first + min(j, columns - 1);
      const uint image = at / pixels, pixel = at - image * pixels;
      const uint p = pixel / ow, q = pixel - p * ow;
      from[j] = ((image * groups + group) * d * h + p * stride_h) * w + q * stride_w;
    }
    // columns whose windows are neighbours in memory are copied as vectors; what a vector writes behind its run is
    // written over by the next one
    uint run_from[PANEL_N], run_at[PANEL_N + 1], runs = 0;
    for (uint j = 0; j < columns; j++)
      if (j == 0 || from[j] != from[j - 1] + 1) {
        run_at[runs] = j;
        run_from[runs++] = from[j];
      }
    run_at[runs] = columns;
    global float *row = packed;
    for (uint channel = 0; channel < d; channel++)
      for (uint r = 0; r < kh; r++)
        for (uint s = 0; s < kw; s++) {
          global const float *pixel = x + ((ulong)channel * h + r * dilation_h) * w + s * dilation_w;
          if (4 * runs <= PANEL_N) {
            for (uint t = 0; t < runs; t++)
              for (uint j = run_at[t]; j < run_at[t + 1]; j += 16)
                vstore16(vload16(0, pixel + run_from[t] + (j - run_at[t])), 0, row + j);
            for (uint j = columns; j < PANEL_N; j++) row[j] = 0;
          } else {
            INDEPENDENT
            for (uint j = 0; j < PANEL_N; j++) row[j] = pixel[from[j]];
          }
          row += PANEL_N;
        }
    for (uint panel = 0; panel < row_panels; panel++) {
      float16 sum[PANEL_M][VECTORS];
      multiply_panels(weight + weight_offset + ((ulong)group * row_panels + panel) * depth * PANEL_M, packed, depth,
                      sum);
      float value[PANEL_M][PANEL_N];
#pragma unroll
      for (int i = 0; i < PANEL_M; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++) vstore16(sum[i][v], v, value[i]);
      // image by image: a panel of columns may end in another one than it begins in
      for (uint j0 = 0; j0 < columns;) {
        const uint image = (first + j0) / pixels, pixel = first + j0 - image * pixels;
        const uint width = min(columns - j0, pixels - pixel);
        for (uint i = 0; i < min((uint)PANEL_M, m - panel * PANEL_M); i++) {
          EPILOGUE_ROW(image, group * m + panel * PANEL_M + i, groups * m, pixels)
          INDEPENDENT
          for (uint j = 0; j < width; j++) {
            EPILOGUE(pixel + j, value[i][j0 + j])
          }
        }
        j0 += width;
      }
    }
  }
}

// The same where a group has few output channels m: a loop along the rows of padded images, the weights read where they
// lie.
//   weight_g, weight_m, weight_d   strides of the weights: groups, rows, depth channels
//   turned                         as in pack_weights
kernel void direct(global const float *x, const ulong x_offset, global const float *weight, const ulong weight_offset,
                   const uint n, const uint groups, const uint m, const uint d, const uint h, const uint w,
                   const uint oh, const uint ow, const uint kh, const uint kw, const uint stride_h,
                   const uint stride_w, const uint dilation_h, const uint dilation_w, const uint weight_g,
                   const uint weight_m, const uint weight_d, const int turned, EPILOGUE_PARAMETERS) {
  x += x_offset;
  FOR_EACH(job, n * groups * m * oh) {
    const uint p = job % oh, plane = job / oh;
    const uint image = plane / (groups * m), row = plane - image * groups * m;
    const uint group = row / m;
    global const float *taps = weight + weight_offset + (ulong)group * weight_g + (ulong)(row - group * m) * weight_m;
    EPILOGUE_ROW(image, row, groups * m, oh * ow)
    for (uint q = 0; q < ow; q += STRETCH) {
      const uint width = min((uint)STRETCH, ow - q);
      float sum[STRETCH];
      for (uint j = 0; j < STRETCH; j++) sum[j] = 0;
      for (uint channel = 0; channel < d; channel++)
        for (uint rs = 0; rs < kh * kw; rs++) {
          const uint r = rs / kw, s = rs - r * kw;
          const float tap = taps[(ulong)channel * weight_d + (turned ? kh * kw - 1 - rs : rs)];
          global const float *from =
              x + (((ulong)(image * groups + group) * d + channel) * h + p * stride_h + r * dilation_h) * w
              + q * stride_w + s * dilation_w;
          if (stride_w == 1)
            for (uint j = 0; j < width; j++) sum[j] = fma(tap, from[j], sum[j]);
          else
            for (uint j = 0; j < width; j++) sum[j] = fma(tap, from[j * stride_w], sum[j]);
        }
      INDEPENDENT
      for (uint j = 0; j < width; j++) {
        EPILOGUE(p * ow + q + j, sum[j])
      }
    }
  }
}

// Weight gradient, in parts [part, groups · k, c · kh · kw] to be added up. A job is one part and BLOCK places of
// (c, r, s). Its patches are packed [image, place, pixel], pixels padded to a multiple of 16 with zeros; then every
// result is a dot product.
//   x             padded images
//   parts, part   how many parts, and the images of one: part p has [p · part, (p + 1) · part)
//   images        packed at a time
//   patches       room for [images, BLOCK, pixels] for each work-item
kernel void weight_gradient(global const float *x, const ulong x_offset, global const float *g,
                            const ulong g_offset, global float *y, const ulong y_offset, global float *patches,
                            const ulong patches_offset, const uint n, const uint groups, const uint k, const uint c,
                            const uint h, const uint w, const uint oh, const uint ow, const uint kh, const uint kw,
                            const uint stride_h, const uint stride_w, const uint dilation_h, const uint dilation_w,
                            const uint parts, const uint part, const uint images) {
  const uint pixels = oh * ow;
  const uint padded = PIECES(pixels, 16) * 16;
  const uint depth = c * kh * kw;
  const uint blocks = PIECES(depth, BLOCK);
  global float *packed = patches + patches_offset + (ulong)get_global_id(0) * images * BLOCK * padded;
  x += x_offset;
  g += g_offset;
  y += y_offset;
  FOR_EACH(job, parts * groups * blocks) {
    const uint block = job % blocks;
    const uint group = job / blocks % groups;
    const uint p = job / blocks / groups;
    const uint places = min((uint)BLOCK, depth - block * BLOCK);
    const uint end = min(n, (p + 1) * part);
    global float *to = y + ((ulong)(p * groups + group) * k) * depth + block * BLOCK;
    for (uint i = 0; i < k; i++)
      for (uint t = 0; t < places; t++) to[(ulong)i * depth + t] = 0;
    for (uint image0 = p * part; image0 < end; image0 += images) {
      const uint count = min(images, end - image0);
      for (uint b = 0; b < count; b++)
        for (uint t = 0; t < BLOCK; t++) {
          global float *row = packed + (ulong)(b * BLOCK + t) * padded;
          for (uint e = pixels; e < padded; e++) row[e] = 0;
          const uint place = block * BLOCK + min(t, places - 1);
          const uint channel = place / (kh * kw), rs = place % (kh * kw);
          global const float *from =
              x + (((ulong)((image0 + b) * groups + group) * c + channel) * h + rs / kw * dilation_h) * w
              + rs % kw * dilation_w;
          for (uint i = 0; i < oh; i++) {
            global const float *s = from + (ulong)i * stride_h * w;
            if (stride_w == 1) {
              INDEPENDENT
              for (uint j = 0; j < ow; j++) row[i * ow + j] = s[j];
            } else {
              for (uint j = 0; j < ow; j++) row[i * ow + j] = s[j * stride_w];
            }
          }
        }
      for (uint k0 = 0; k0 < k; k0 += BLOCK) {
        const uint rows = min((uint)BLOCK, k - k0);
        float16 sum[BLOCK][BLOCK];
#pragma unroll
        for (int i = 0; i < BLOCK; i++)
#pragma unroll
          for (int t = 0; t < BLOCK; t++) sum[i][t] = (float16)(0.0f);
        for (uint b = 0; b < count; b++) {
          global const float *gradient = g + ((ulong)((image0 + b) * groups + group) * k + k0) * pixels;
          global const float *patch = packed + (ulong)b * BLOCK * padded;
          uint e = 0;
#pragma unroll 1
          for (; e + 16 <= pixels; e += 16) {
            float16 v[BLOCK];
#pragma unroll
            for (int t = 0; t < BLOCK; t++) v[t] = vload16(0, patch + t * padded + e);
#pragma unroll
            for (int i = 0; i < BLOCK; i++) {
              const float16 u = vload16(0, gradient + min((uint)i, rows - 1) * pixels + e);
#pragma unroll
              for (int t = 0; t < BLOCK; t++) sum[i][t] = fma(u, v[t], sum[i][t]);
            }
          }
          if (e < pixels) {
            float16 v[BLOCK];
#pragma unroll
            for (int t = 0; t < BLOCK; t++) v[t] = vload16(0, patch + t * padded + e);
#pragma unroll
            for (int i = 0; i < BLOCK; i++) {
              float tail[16];
              for (uint l = 0; l < 16; l++)
                tail[l] = e + l < pixels ? gradient[min((uint)i, rows - 1) * pixels + e + l] : 0.0f;
              const float16 u = vload16(0, tail);
#pragma unroll
              for (int t = 0; t < BLOCK; t++) sum[i][t] = fma(u, v[t], sum[i][t]);
            }
          }
        }
#pragma unroll
        for (int i = 0; i < BLOCK; i++)
#pragma unroll
          for (int t = 0; t < BLOCK; t++) {
            const float8 a = sum[i][t].lo + sum[i][t].hi;
            const float4 b = a.lo + a.hi;
            const float2 d = b.lo + b.hi;
            if ((uint)i < rows && (uint)t < places) {
              global float *result = to + (ulong)(k0 + i) * depth + t;
              *result += d.x + d.y;
            }
          }
      }
    }
  }
}

#else
#ifndef TILE_M
#define TILE_M 64  // as in matmul.cl
#define TILE_N 64
#define TILE_K 16
#define REG_M 4
#define REG_N 4
#endif
#ifndef LEFT_WIDE
#define LEFT_WIDE 0  // 1: a row of weights lies in the order of the places, and can be read as vectors of 4
#endif
#ifndef GROUP
#define GROUP 32     // direct weight gradient: work-items that share a result (a power of two)
#endif
#define LEFT_ALONG_M 0
#define RIGHT_WIDE 0
#define WORK_GROUP __attribute__((reqd_work_group_size(TILE_N / REG_N, TILE_M / REG_M, 1)))

// What the kernels are told of a convolution. It looks at a source image [n, groups, .., h, w] through windows whose
// corners lie step_h, step_w apart, the first one at (corner_h, corner_w), and makes results [n, groups · m, ..].
//   m_size          rows of a group's results: its output channels
//   source_image,   strides of the source: images, groups
//   source_group
//   rows, width     windows of an image
//   places          of a window, `depth` of them, 2 numbers each: where its element lies in the source, counted from
//                   the corner of the window (upper half), and among the weights of a row (lower half); its distance
//                   down (upper half) and right (lower half)
#define GEOMETRY const uint n, const uint groups, const uint m_size, const uint depth, const uint source_image, \
                 const uint source_group, const int h, const int w, const uint rows, const uint width,          \
                 const int step_h, const int step_w, const int corner_h, const int corner_w,                    \
                 global const long *places, const ulong places_offset
#define WEIGHT_AT(place) ((uint)places[2 * (place)])

// Pixel `place` of the window whose corner is (i, j), 0 in the padding. `corner` may point outside of the image.
static inline float pixel(global const float *x, long corner, int i, int j, int h, int w, long place,
                          long distance) {
  const int down = i + (int)(distance >> 32), right = j + (int)distance;
  return (uint)down < (uint)h && (uint)right < (uint)w ? x[corner + (int)(place >> 32)] : 0.0f;
}

// The corner of window `at` of all images, counted row by row.
#define WINDOW(at) \
  const uint image = (at) / (rows * width), window = (at) - image * (rows * width); \
  const int corner_i = (int)(window / width) * step_h + corner_h; \
  const int corner_j = (int)(window % width) * step_w + corner_w; \
  const long corner = (long)image * source_image + (long)corner_i * w + corner_j;

#define PIXEL(place) pixel(x, corner, corner_i, corner_j, h, w, places[2 * (place)], places[2 * (place) + 1])

// Where the results of a convolution lie in an image [.., out_width]: window (i, j) at (first_h + i · spread_h, …).
#define RESULTS const uint pixels, const uint out_width, const uint first_h, const uint first_w, const uint spread_h, \
                const uint spread_w
#define RESULT(at) \
  const uint b = (at) / (rows * width), t = (at) - b * (rows * width); \
  const uint place = (first_h + t / width * spread_h) * out_width + first_w + t % width * spread_w;

// Forward and input gradient; a work-group to a tile, those of a group of channels together.
//   weight_g, weight_m   strides of the weights: groups, rows
kernel WORK_GROUP
void convolve(global const float *x, const ulong x_offset, global const float *weight, const ulong weight_offset,
              GEOMETRY, const uint weight_g, const uint weight_m, RESULTS, EPILOGUE_PARAMETERS) {
  const uint group = (uint)get_group_id(0) / (PIECES(m_size, TILE_M) * PIECES(n * rows * width, TILE_N));
  x += x_offset + (ulong)group * source_group;
  weight += weight_offset + (ulong)group * weight_g;
  places += places_offset;
#define M m_size
#define N (n * rows * width)
#define DEPTH_FROM 0
#define DEPTH_TO depth
#if LEFT_WIDE
#define LEFT(m, k) weight[(ulong)(m) * weight_m + (k)]
#else
#define LEFT(m, k) weight[(ulong)(m) * weight_m + WEIGHT_AT(k)]
#endif
#define RIGHT_ALONG_N 1
#define RIGHT_AHEAD (REG_M * REG_N < 64)  // beside so many results, Intel's registers do not hold pixels as well
#define RIGHT_COLUMN(at) WINDOW(at)
#define RIGHT(k, at) PIXEL(k)
#define STORE_COLUMN(at) RESULT(at)
#define STORE(m, at, value) \
  EPILOGUE_ROW(b, group * m_size + (m), groups * m_size, pixels) \
  EPILOGUE(place, value)
#include "tile.cl"
#undef M
#undef N
#undef DEPTH_FROM
#undef DEPTH_TO
#undef LEFT
#undef RIGHT_ALONG_N
#undef RIGHT_AHEAD
#undef RIGHT_COLUMN
#undef RIGHT
#undef STORE_COLUMN
#undef STORE
}

// The same, a work-item a result: for groups of few output channels.
kernel void direct(global const float *x, const ulong x_offset, global const float *weight, const ulong weight_offset,
                   GEOMETRY, const uint weight_g, const uint weight_m, RESULTS, EPILOGUE_PARAMETERS) {
  places += places_offset;
  FOR_EACH(job, n * groups * m_size * rows * width) {
    const uint plane = job / (rows * width), own = job - plane * rows * width;
    const uint in_image = plane / (groups * m_size), row = plane - in_image * groups * m_size;
    const uint group = row / m_size;
    x += x_offset + (ulong)group * source_group;
    weight += weight_offset + (ulong)group * weight_g + (ulong)(row - group * m_size) * weight_m;
    const uint at = in_image * rows * width + own;
    WINDOW(at)
    float sum = 0;
    for (uint k = 0; k < depth; k++) sum = fma(weight[WEIGHT_AT(k)], PIXEL(k), sum);
    RESULT(at)
    EPILOGUE_ROW(b, row, groups * m_size, pixels)
    EPILOGUE(place, sum)
  }
}

// Weight gradient [groups · m, depth]: the sum over all windows of output gradient times pixel. A work-group to a tile,
// those of a group of channels together, groups of channels within parts.
//   g      [n, groups · m, rows, width]
//   part   windows of a part
kernel WORK_GROUP
void weight_gradient(global const float *x, const ulong x_offset, global const float *g, const ulong g_offset,
                     GEOMETRY, const uint part, EPILOGUE_PARAMETERS) {
  const uint result = (uint)get_group_id(0) / (PIECES(m_size, TILE_M) * PIECES(depth, TILE_N));
  const uint group = result % groups, p = result / groups;
  x += x_offset + (ulong)group * source_group;
  g += g_offset + (ulong)group * m_size * rows * width;
  places += places_offset;
  const uint first = p * part, end = min(n * rows * width, first + part);
#undef LEFT_WIDE
#define LEFT_WIDE 0
#define M m_size
#define N depth
#define DEPTH_FROM first
#define DEPTH_TO end
#define AT_DEPTH(at) \
  WINDOW(at) \
  global const float *gradient = g + (ulong)image * groups * m_size * rows * width + window;
#define LEFT(m, at) gradient[(ulong)(m) * rows * width]
#define RIGHT_ALONG_N 0
#define RIGHT(at, place) PIXEL(place)
#define STORE(m, place, value) \
  EPILOGUE_ROW(p, group * m_size + (m), groups * m_size, depth) \
  EPILOGUE(place, value)
#include "tile.cl"
}

// The same, a work-group of GROUP items a result and part, for groups of few output channels.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void weight_gradient_direct(global const float *x, const ulong x_offset, global const float *g,
                            const ulong g_offset, GEOMETRY, const uint part, EPILOGUE_PARAMETERS) {
  local float sums[GROUP];
  const uint item = get_local_id(0);
  const uint place = get_group_id(0) % depth, row = get_group_id(0) / depth % (groups * m_size);
  const uint p = get_group_id(0) / depth / (groups * m_size);
  x += x_offset + (ulong)(row / m_size) * source_group;
  g += g_offset + (ulong)row * rows * width;
  places += places_offset;
  float sum = 0;
  for (uint at = p * part + item; at < min(n * rows * width, (p + 1) * part); at += GROUP) {
    WINDOW(at)
    sum = fma(g[(ulong)image * groups * m_size * rows * width + window], PIXEL(place), sum);
  }
  sums[item] = sum;
  for (uint half_way = GROUP / 2; half_way > 0; half_way /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_way) sums[item] += sums[item + half_way];
  }
  if (item == 0) {
    EPILOGUE_ROW(p, row, groups * m_size, depth)
    EPILOGUE(place, sums[0])
  }
}
#endif
