// pooling.cl: the maximum or the mean of each window of an image, and their gradients.
//
// Images are [planes, h, w], pooled images [planes, oh, ow]. Window (p, q) covers the pixels
// (p · stride_h − pad_h + r · dilation_h, q · stride_w − pad_w + s · dilation_w), r < kh, s < kw; outside of the image
// the maximum sees −∞ and the mean 0. The mean divides by kh · kw, padding included.
//
// Forward, x are the images and y the pooled images. In a gradient g is that by the pooled images, y that by the
// images.
#include "common.cl"

#define GEOMETRY const uint planes, const int h, const int w, const int oh, const int ow, const int kh, const int kw, \
                 const int stride_h, const int stride_w, const int dilation_h, const int dilation_w, const int pad_h, \
                 const int pad_w
#define GEOMETRY_VALUES h, w, oh, ow, kh, kw, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w

#define WINDOWS 32  // CPU devices: neighbouring windows searched at a time, as vectors

// The place in a plane of the first largest pixel of window (p, q); −1 where the padding wins: all pixels are −∞ and
// padding comes before the first of them. A NaN beats everything.
static inline int largest(global const float *plane, int p, int q, int h, int w, int kh, int kw, int stride_h,
                          int stride_w, int dilation_h, int dilation_w, int pad_h, int pad_w) {
  float best = -INFINITY;
  int place = -2;
  for (int r = 0; r < kh; r++) {
    const int i = p * stride_h - pad_h + r * dilation_h;
    for (int s = 0; s < kw; s++) {
      const int j = q * stride_w - pad_w + s * dilation_w;
      const int inside = i >= 0 && i < h && j >= 0 && j < w;
      const float v = inside ? plane[i * w + j] : -INFINITY;
      if (place == -2 || v > best || (v != v && best == best)) {
        best = v;
        place = inside ? i * w + j : -1;
      }
    }
  }
  return place;
}

// Which of `count` windows begins so many pixels behind the first; −1 if none does.
static inline int window(int distance, int stride, int count) {
  const int at = distance / stride;
  return distance >= 0 && at * stride == distance && at < count ? at : -1;
}

#define LARGEST(plane, p, q) \
  largest(plane, p, q, h, w, kh, kw, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w)

#if CHUNKED
// The same for windows (p, q0) … (p, q0 + count − 1): the values and places of their first maxima. The padding and what
// is looked at first are told by selections, not by branches, so that the innermost loop becomes vectors.
static inline void maxima(global const float *plane, int p, int q0, int count, float best[WINDOWS], int place[WINDOWS],
                          int h, int w, int oh, int ow, int kh, int kw, int stride_h, int stride_w, int dilation_h,
                          int dilation_w, int pad_h, int pad_w) {
  for (int l = 0; l < count; l++) {
    best[l] = -INFINITY;
    place[l] = -2;
  }
  for (int r = 0; r < kh; r++) {
    const int i = p * stride_h - pad_h + r * dilation_h;
    const int row_inside = i >= 0 && i < h;
    global const float *row = plane + clamp(i, 0, h - 1) * w;
    for (int s = 0; s < kw; s++) {
      const int j0 = q0 * stride_w - pad_w + s * dilation_w;
      for (int l = 0; l < count; l++) {
        const int j = j0 + l * stride_w;
        const int inside = row_inside & (j >= 0) & (j < w);
        const float x = row[clamp(j, 0, w - 1)];
        const float v = inside ? x : -INFINITY;
        const int take = (place[l] == -2) | (v > best[l]) | ((v != v) & (best[l] == best[l]));
        best[l] = take ? v : best[l];
        place[l] = take ? (inside ? i * w + j : -1) : place[l];
      }
    }
  }
}
#endif

// The maximum of each window.
kernel void max_pool(global const float *x, const ulong x_offset, global float *y, const ulong y_offset, GEOMETRY) {
  x += x_offset;
  y += y_offset;
#if CHUNKED
  FOR_EACH(row, planes * oh) {
    const uint plane = row / oh;
    for (int q0 = 0; q0 < ow; q0 += WINDOWS) {
      const int count = min(WINDOWS, ow - q0);
      float best[WINDOWS];
      int place[WINDOWS];
      maxima(x + (ulong)plane * h * w, (int)(row - plane * oh), q0, count, best, place, GEOMETRY_VALUES);
      for (int l = 0; l < count; l++) y[(ulong)row * ow + q0 + l] = best[l];
    }
  }
#else
  FOR_EACH(i, planes * oh * ow) {
    const uint row = i / ow;
    const uint plane = row / oh;
    global const float *image = x + (ulong)plane * h * w;
    const int place = LARGEST(image, (int)(row - plane * oh), (int)(i - row * ow));
    y[i] = place < 0 ? -INFINITY : image[place];
  }
#endif
}

// What flows to a pixel: the gradients of all windows whose first maximum it is.
kernel void max_pool_grad(global const float *x, const ulong x_offset, global const float *g, const ulong g_offset,
                          global float *y, const ulong y_offset, GEOMETRY) {
  x += x_offset;
  g += g_offset;
  y += y_offset;
#if CHUNKED
  // a work-item owns whole planes, so it may scatter: every window is searched once
  FOR_EACH(plane, planes) {
    global const float *image = x + (ulong)plane * h * w;
    global const float *from = g + (ulong)plane * oh * ow;
    global float *to = y + (ulong)plane * h * w;
    for (int i = 0; i < h * w; i++) to[i] = 0;
    for (int p = 0; p < oh; p++)
      for (int q0 = 0; q0 < ow; q0 += WINDOWS) {
        const int count = min(WINDOWS, ow - q0);
        float best[WINDOWS];
        int place[WINDOWS];
        maxima(image, p, q0, count, best, place, GEOMETRY_VALUES);
        for (int l = 0; l < count; l++)
          if (place[l] >= 0) to[place[l]] += from[p * ow + q0 + l];
      }
  }
#else
  // a work-item owns a pixel, and asks each window that covers it
  FOR_EACH(pixel, planes * h * w) {
    const uint row = pixel / w;
    const uint plane = row / h;
    const int j = (int)(pixel - row * w), i = (int)(row - plane * h);
    global const float *image = x + (ulong)plane * h * w;
    float sum = 0;
    for (int r = kh - 1; r >= 0; r--) {  // downwards in r is upwards in p: the order of the windows
      const int p = window(i + pad_h - r * dilation_h, stride_h, oh);
      if (p < 0) continue;
      for (int s = kw - 1; s >= 0; s--) {
        const int q = window(j + pad_w - s * dilation_w, stride_w, ow);
        if (q >= 0 && LARGEST(image, p, q) == i * w + j) sum += g[((ulong)plane * oh + p) * ow + q];
      }
    }
    y[pixel] = sum;
  }
#endif
}

#if !CHUNKED
// n zeros.
kernel void zero(global float *y, const ulong y_offset, const uint n) {
  FOR_EACH(i, n) y[y_offset + i] = 0;
}

// As max_pool_grad where no two windows overlap: a work-item owns a window, and finds its one pixel, all others having
// been zeroed.
kernel void max_pool_grad_apart(global const float *x, const ulong x_offset, global const float *g,
                                const ulong g_offset, global float *y, const ulong y_offset, GEOMETRY) {
  FOR_EACH(i, planes * oh * ow) {
    const uint row = i / ow;
    const uint plane = row / oh;
    const ulong image = (ulong)plane * h * w;
    const int place = LARGEST(x + x_offset + image, (int)(row - plane * oh), (int)(i - row * ow));
    if (place >= 0) y[y_offset + image + place] = g[g_offset + i];
  }
}
#endif

// The mean of each window.
kernel void average_pool(global const float *x, const ulong x_offset, global float *y, const ulong y_offset,
                         GEOMETRY) {
  x += x_offset;
  y += y_offset;
  FOR_EACH(e, planes * oh * ow) {
    const uint row = e / ow;
    const uint plane = row / oh;
    const int p = (int)(row - plane * oh), q = (int)(e - row * ow);
    global const float *image = x + (ulong)plane * h * w;
    float sum = 0;
    for (int r = 0; r < kh; r++) {
      const int i = p * stride_h - pad_h + r * dilation_h;
      if (i < 0 || i >= h) continue;
      for (int s = 0; s < kw; s++) {
        const int j = q * stride_w - pad_w + s * dilation_w;
        if (j >= 0 && j < w) sum += image[i * w + j];
      }
    }
    y[e] = sum / (float)(kh * kw);
  }
}

// What flows to a pixel: the gradients of all windows that cover it, over kh · kw.
kernel void average_pool_grad(global const float *g, const ulong g_offset, global float *y, const ulong y_offset,
                              GEOMETRY) {
  g += g_offset;
  y += y_offset;
  FOR_EACH(pixel, planes * h * w) {
    const uint row = pixel / w;
    const uint plane = row / h;
    const int j = (int)(pixel - row * w), i = (int)(row - plane * h);
    float sum = 0;
    for (int r = kh - 1; r >= 0; r--) {
      const int p = window(i + pad_h - r * dilation_h, stride_h, oh);
      if (p < 0) continue;
      for (int s = kw - 1; s >= 0; s--) {
        const int q = window(j + pad_w - s * dilation_w, stride_w, ow);
        if (q >= 0) sum += g[((ulong)plane * oh + p) * ow + q];
      }
    }
    y[pixel] = sum / (float)(kh * kw);
  }
}
