// convolution.cl: two-dimensional convolution (cross-correlation, as the field has it) and its two gradients.
//
// Input x [n, groups · c, h, w], weight [groups · k, c, kh, kw], output y [n, groups · k, oh, ow]:
//   y[b, k, p, q] = Σ x[b, c, p · stride_h − pad_top + r · dilation_h, q · stride_w − pad_left + s · dilation_w] · weight[k, c, r, s]
// over c, r, s, pixels outside of x being 0. c and k here count the channels of one group.
//
// GPUs: each is a matrix product over the tile of tile.cl whose right operand, the patches of the image, is never
// written down: its elements are looked up as the tile loads them (an implicit GEMM).
//   forward          [k] × [c, r, s] × [b, p, q]
//   input gradient   [c] × [k, r, s] × [b, i, j]    only those (r, s) count that lead to a whole (p, q)
//   weight gradient  [k] × [b, p, q] × [c, r, s]    the depth cut into parts, which a reduction adds up
//
// CPU devices: a copy of the image with its padding is made first, so that no inner loop looks at borders. The input
// gradient is a forward convolution of stride 1 then, of the output gradient spread by the stride, with the weights
// turned round.
#include "common.cl"

#if CHUNKED
#include "panel.cl"
#ifndef CHUNK_FLOATS
#define CHUNK_FLOATS 32768  // weight gradient: floats of patches packed at a time, to stay in the second cache
#endif
#define BLOCK 4  // weight gradient: BLOCK × BLOCK results at a time

// Images [planes, h, w] to [planes, to_h, to_w]: pixel (i, j) goes to (top + i · spread_h, left + j · spread_w) where
// that is inside, all others are 0. A negative top or left crops. Behind the last image come 16 zeros, so that a vector may
// be read from any pixel on.
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
    const int first = left >= 0 ? 0 : (-left + spread_w - 1) / spread_w;
    const int last = min(w, to_w - left > 0 ? (to_w - left + spread_w - 1) / spread_w : 0);
    INDEPENDENT
    for (int j = first; j < last; j++) to[left + j * spread_w] = from[j];
  }
}

// Weights to panels [group, panel, d, rs, PANEL_M], rows beyond m zero. Element (g, m, d, rs) of the left operand lies at
// g · stride_g + m · stride_m + d · stride_d + rs, or + taps − 1 − rs where the window is turned round.
//   m, d, taps   rows, depth channels, kh · kw
kernel void pack_weights(global const float *weight, const ulong weight_offset, global float *packed,
                         const ulong packed_offset, const uint groups, const uint m, const uint d, const uint taps,
                         const uint stride_g, const uint stride_m, const uint stride_d, const int turned) {
  weight += weight_offset;
  packed += packed_offset;
  const uint panels = (m + PANEL_M - 1) / PANEL_M;
  FOR_EACH(job, groups * panels * d * taps) {
    uint rest = job;
    const uint rs = rest % taps; rest /= taps;
    const uint channel = rest % d; rest /= d;
    const uint g = rest / panels;
    const uint first = (rest - g * panels) * PANEL_M;
    global const float *from =
        weight + (ulong)g * stride_g + (ulong)channel * stride_d + (turned ? taps - 1 - rs : rs);
    for (uint i = 0; i < PANEL_M; i++)
      packed[(ulong)job * PANEL_M + i] = first + i < m ? from[(ulong)(first + i) * stride_m] : 0.0f;
  }
}

// Output [n, groups · m, oh, ow] from padded images [n, groups · d, h, w] and packed weights. A job is PANEL_N pixels of
// one group, all its output channels; `patches` has room for depth + 1 rows of PANEL_N for each work-item.
kernel void convolve(global const float *x, const ulong x_offset, global const float *weight,
                     const ulong weight_offset, global float *y, const ulong y_offset, global float *patches,
                     const ulong patches_offset, const uint n, const uint groups, const uint m, const uint d,
                     const uint h, const uint w, const uint oh, const uint ow, const uint kh, const uint kw,
                     const uint stride_h, const uint stride_w, const uint dilation_h, const uint dilation_w) {
  const uint pixels = oh * ow;
  const uint panels = (n * pixels + PANEL_N - 1) / PANEL_N;
  const uint row_panels = (m + PANEL_M - 1) / PANEL_M;
  const uint depth = d * kh * kw;
  global float *packed = patches + patches_offset + (ulong)get_global_id(0) * (depth + 1) * PANEL_N;
  x += x_offset;
  y += y_offset;
  FOR_EACH(job, groups * panels) {
    const uint g = job / panels;
    const uint first = (job - g * panels) * PANEL_N;
    const uint columns = min((uint)PANEL_N, n * pixels - first);
    // where the window and the result of each column begin
    uint from[PANEL_N], to[PANEL_N];
    for (uint j = 0; j < PANEL_N; j++) {
      const uint at = first + min(j, columns - 1);
      const uint image = at / pixels, pixel = at - image * pixels;
      const uint p = pixel / ow, q = pixel - p * ow;
      from[j] = ((image * groups + g) * d * h + p * stride_h) * w + q * stride_w;
      to[j] = (image * groups + g) * m * pixels + pixel;
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
          } else {
            INDEPENDENT
            for (uint j = 0; j < PANEL_N; j++) row[j] = pixel[from[j]];
          }
          row += PANEL_N;
        }
    const bool whole = columns == PANEL_N && to[PANEL_N - 1] - to[0] == PANEL_N - 1;
    for (uint panel = 0; panel < row_panels; panel++) {
      float16 sum[PANEL_M][VECTORS];
      multiply_panels(weight + weight_offset + ((ulong)g * row_panels + panel) * depth * PANEL_M, packed, depth, sum);
      const uint rows = min((uint)PANEL_M, m - panel * PANEL_M);
      float value[PANEL_M][PANEL_N];
#pragma unroll
      for (int i = 0; i < PANEL_M; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++) vstore16(sum[i][v], v, value[i]);
      for (uint i = 0; i < rows; i++) {
        global float *out = y + (ulong)(panel * PANEL_M + i) * pixels;
        if (whole)
          for (int v = 0; v < VECTORS; v++) vstore16(vload16(v, value[i]), v, out + to[0]);
        else
          for (uint j = 0; j < columns; j++) out[to[j]] = value[i][j];
      }
    }
  }
}

// Weight gradient, in parts [part, groups · k, c · kh · kw] to be added up: part p has the images [p · part, (p + 1) · part).
// A job is one part and BLOCK places of (c, r, s). Its patches are packed [image, place, pixel], pixels padded to a
// multiple of 16 with zeros, as many images at a time as `images` says; then every result is a dot product.
kernel void weight_gradient(global const float *x, const ulong x_offset, global const float *g_out,
                            const ulong g_offset, global float *y, const ulong y_offset, global float *patches,
                            const ulong patches_offset, const uint n, const uint groups, const uint k, const uint c,
                            const uint h, const uint w, const uint oh, const uint ow, const uint kh, const uint kw,
                            const uint stride_h, const uint stride_w, const uint dilation_h, const uint dilation_w,
                            const uint parts, const uint part, const uint images) {
  const uint pixels = oh * ow;
  const uint padded = (pixels + 15) / 16 * 16;
  const uint depth = c * kh * kw;
  const uint blocks = (depth + BLOCK - 1) / BLOCK;
  global float *packed = patches + patches_offset + (ulong)get_global_id(0) * images * BLOCK * padded;
  x += x_offset;
  g_out += g_offset;
  y += y_offset;
  FOR_EACH(job, parts * groups * blocks) {
    const uint block = job % blocks;
    const uint g = job / blocks % groups;
    const uint p = job / blocks / groups;
    const uint places = min((uint)BLOCK, depth - block * BLOCK);
    const uint end = min(n, (p + 1) * part);
    global float *to = y + ((ulong)(p * groups + g) * k) * depth + block * BLOCK;
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
              x + (((ulong)((image0 + b) * groups + g) * c + channel) * h + rs / kw * dilation_h) * w
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
          global const float *gradient = g_out + ((ulong)((image0 + b) * groups + g) * k + k0) * pixels;
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
#define LEFT_ALONG_M 0
#define RIGHT_ALONG_N 1
#define WORK_GROUP __attribute__((reqd_work_group_size(TILE_N / REG_N, TILE_M / REG_M, 1)))

// What all three kernels are told of the convolution.
#define GEOMETRY const uint n, const uint groups, const uint k, const uint c, const int h, const int w, const int oh, \
                 const int ow, const int kh, const int kw, const int stride_h, const int stride_w, \
                 const int dilation_h, const int dilation_w, const int pad_top, const int pad_left

// Pixel (c, r, s) of the patch of output pixel (b, p, q), 0 in the padding; x at the group's first channel.
static inline float patch(global const float *x, uint place, uint pixel, uint image_stride, int h, int w, int oh,
                          int ow, int kh, int kw, int stride_h, int stride_w, int dilation_h, int dilation_w,
                          int pad_top, int pad_left) {
  const int s = place % kw, r = place / kw % kh;
  const uint channel = place / (kw * kh);
  const int q = pixel % ow, p = pixel / ow % oh;
  const uint b = pixel / (ow * oh);
  const int i = p * stride_h - pad_top + r * dilation_h;
  const int j = q * stride_w - pad_left + s * dilation_w;
  if (i < 0 || i >= h || j < 0 || j >= w) return 0.0f;
  return x[(ulong)b * image_stride + ((ulong)channel * h + i) * w + j];
}

#define PATCH(place, pixel) \
  patch(x, place, pixel, groups * c * h * w, h, w, oh, ow, kh, kw, stride_h, stride_w, dilation_h, dilation_w, pad_top, \
        pad_left)

// Forward; work-group (pixel tile, channel tile, group).
kernel WORK_GROUP
void convolution(global const float *x, const ulong x_offset, global const float *weight, const ulong weight_offset,
                 global float *y, const ulong y_offset, GEOMETRY) {
  const uint g = get_group_id(2);
  const uint depth = c * kh * kw, pixels = oh * ow;
  x += x_offset + (ulong)g * c * h * w;
  weight += weight_offset + (ulong)g * k * depth;
  y += y_offset + (ulong)g * k * pixels;
#define M k
#define N (n * pixels)
#define DEPTH_FROM 0
#define DEPTH_TO depth
#define LEFT(m, d) weight[(ulong)(m) * depth + (d)]
#define RIGHT(d, pixel) PATCH(d, pixel)
#define STORE(m, pixel, value) \
  const uint b = (pixel) / pixels; \
  y[((ulong)b * groups * k + (m)) * pixels + ((pixel) - b * pixels)] = value;
#include "tile.cl"
#undef M
#undef N
#undef DEPTH_TO
#undef LEFT
#undef RIGHT
#undef STORE
}

// The output gradient that weight (k, r, s) carries to input pixel (b, i, j); g at the group's first channel.
static inline float arriving(global const float *g, uint place, uint pixel, uint image_stride, int h, int w, int oh,
                             int ow, int kh, int kw, int stride_h, int stride_w, int dilation_h, int dilation_w,
                             int pad_top, int pad_left) {
  const int s = place % kw, r = place / kw % kh;
  const uint channel = place / (kw * kh);
  const int j = pixel % w, i = pixel / w % h;
  const uint b = pixel / (w * h);
  const int down = i + pad_top - r * dilation_h, right = j + pad_left - s * dilation_w;
  const int p = down / stride_h, q = right / stride_w;
  if (down < 0 || right < 0 || p >= oh || q >= ow || p * stride_h != down || q * stride_w != right) return 0.0f;
  return g[(ulong)b * image_stride + ((ulong)channel * oh + p) * ow + q];
}

// Input gradient [n, groups · c, h, w]; work-group (pixel tile, channel tile, group).
kernel WORK_GROUP
void input_gradient(global const float *g_out, const ulong g_offset, global const float *weight,
                    const ulong weight_offset, global float *y, const ulong y_offset, GEOMETRY) {
  const uint g = get_group_id(2);
  const uint taps = kh * kw, pixels = h * w;
  g_out += g_offset + (ulong)g * k * oh * ow;
  weight += weight_offset + (ulong)g * k * c * taps;
  y += y_offset + (ulong)g * c * pixels;
#define M c
#define N (n * pixels)
#define DEPTH_TO (k * taps)
#define LEFT(m, d) weight[((ulong)((d) / taps) * c + (m)) * taps + (d) % taps]
#define RIGHT(d, pixel) \
  arriving(g_out, d, pixel, groups * k * oh * ow, h, w, oh, ow, kh, kw, stride_h, stride_w, dilation_h, dilation_w, \
           pad_top, pad_left)
#define STORE(m, pixel, value) \
  const uint b = (pixel) / pixels; \
  y[((ulong)b * groups * c + (m)) * pixels + ((pixel) - b * pixels)] = value;
#include "tile.cl"
#undef M
#undef N
#undef DEPTH_FROM
#undef DEPTH_TO
#undef LEFT
#undef RIGHT
#undef STORE
}

// Weight gradient, in parts [part, groups · k, c · kh · kw] to be added up; work-group (place tile, channel tile, part and
// group).
//   part   output pixels of a part
kernel WORK_GROUP
void weight_gradient(global const float *x, const ulong x_offset, global const float *g_out, const ulong g_offset,
                     global float *y, const ulong y_offset, GEOMETRY, const uint part) {
  const uint g = get_group_id(2) % groups, p = get_group_id(2) / groups;
  const uint depth = c * kh * kw, pixels = oh * ow;
  x += x_offset + (ulong)g * c * h * w;
  g_out += g_offset + (ulong)g * k * pixels;
  y += y_offset + (ulong)(p * groups + g) * k * depth;
  const uint end = min(n * pixels, (p + 1) * part);
#define M k
#define N depth
#define DEPTH_FROM (p * part)
#define DEPTH_TO end
#define LEFT(m, pixel) g_out[((ulong)((pixel) / pixels) * groups * k + (m)) * pixels + (pixel) % pixels]
#define RIGHT(pixel, place) PATCH(place, pixel)
#define STORE(m, place, value) y[(ulong)(m) * depth + (place)] = value;
#include "tile.cl"
}
#endif
