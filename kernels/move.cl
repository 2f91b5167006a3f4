// move.cl: the windows of an image (im2col), and their adjoint, windows added up to an image (col2im).
//
// Images are [planes, h, w], windows [planes, kh, kw, oh, ow]: window (p, q) covers the pixels
// (p · stride_h + r · dilation_h, q · stride_w + s · dilation_w), r < kh, s < kw. Strided copies of every other kind
// are pointwise kernels.
#include "common.cl"

#ifndef T
#define T float  // any type
#endif

// y[plane, r, s, p, q] = x[plane, p · stride_h + r · dilation_h, q · stride_w + s · dilation_w]: x are the images, y
// the windows.
kernel void unfold(global const T *x, const ulong x_offset, global T *y, const ulong y_offset, const uint planes,
                   const uint h, const uint w, const uint kh, const uint kw, const uint oh, const uint ow,
                   const uint stride_h, const uint stride_w, const uint dilation_h, const uint dilation_w) {
  x += x_offset;
  y += y_offset;
#if CHUNKED
  FOR_EACH(row, planes * kh * kw * oh) {  // a row of y: neighbours in q
    uint rest = row;
    const uint p = rest % oh; rest /= oh;
    const uint s = rest % kw; rest /= kw;
    const uint r = rest % kh; rest /= kh;
    global const T *from = x + ((ulong)rest * h + p * stride_h + r * dilation_h) * w + s * dilation_w;
    global T *to = y + (ulong)row * ow;
    INDEPENDENT
    for (uint q = 0; q < ow; q++) to[q] = from[q * stride_w];
  }
#else
  FOR_EACH(i, planes * kh * kw * oh * ow) {
    uint rest = i;
    const uint q = rest % ow; rest /= ow;
    const uint p = rest % oh; rest /= oh;
    const uint s = rest % kw; rest /= kw;
    const uint r = rest % kh; rest /= kh;
    y[i] = x[((ulong)rest * h + p * stride_h + r * dilation_h) * w + q * stride_w + s * dilation_w];
  }
#endif
}

#ifndef COPY_ONLY
// y[plane, i, j]: the sum over all windows that cover the pixel, in the order of (r, s): x are the windows, y the
// images.
kernel void fold(global const T *x, const ulong x_offset, global T *y, const ulong y_offset, const uint planes,
                 const uint h, const uint w, const uint kh, const uint kw, const uint oh, const uint ow,
                 const uint stride_h, const uint stride_w, const uint dilation_h, const uint dilation_w) {
  x += x_offset;
  y += y_offset;
  FOR_EACH(pixel, planes * h * w) {
    const uint row = pixel / w;
    const uint j = pixel - row * w;
    const uint plane = row / h;
    const uint i = row - plane * h;
    global const T *windows = x + (ulong)plane * kh * kw * oh * ow;
    T sum = 0;
    for (uint r = 0; r < kh && r * dilation_h <= i; r++) {
      const uint down = i - r * dilation_h;
      const uint p = down / stride_h;
      if (p * stride_h != down || p >= oh) continue;
      for (uint s = 0; s < kw && s * dilation_w <= j; s++) {
        const uint right = j - s * dilation_w;
        const uint q = right / stride_w;
        if (q * stride_w == right && q < ow) sum += windows[((ulong)(r * kw + s) * oh + p) * ow + q];
      }
    }
    y[pixel] = sum;
  }
}
#endif
