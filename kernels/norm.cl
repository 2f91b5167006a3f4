// norm.cl: batch, group (layer, instance) and root mean square normalisation, with their gradients; variances.
//
//   y = (x − mean) / √(variance + ε) · scale + shift
//
// What mean and variance are taken over differs:
//  - rows: the neighbours of one sample's group of channels (group, layer, instance norm). One kernel reads a row for
//    its mean, again for its variance, and again to write; all but the first time it comes out of the cache. Root mean
//    square norm is the same with a mean of 0.
//  - channels: one channel of all samples (batch norm). x [a, lines, b] has line l at (·, l, ·); its a · b places, `b`
//    neighbours at a time, are cut into parts, so that few long lines fill a device, and the parts are combined:
//      mean = Σ nₚ/n meanₚ    variance = Σ nₚ/n (varianceₚ + (meanₚ − mean)²)    (Chan, Golub and LeVeque, 1979)
//    Then a kernel over all elements normalises.
// Variances are means of squared deviations from a mean known before, so nothing cancels. Parts and trees depend on the
// shape alone.
//
// The gradient, with h = g · scale and x̂ = (x − mean) / √(variance + ε):
//   by x      (h − mean of h − x̂ · mean of h x̂) / √(variance + ε), means over the same elements as before
//   by scale  Σ g x̂ over all samples and places of a channel; by shift Σ g
// The tensors x, y and g are xs, ys and gs.
#include "common.cl"
#include "line.cl"

#ifndef CENTRED
#define CENTRED 1  // 0: root mean square norm, whose mean is 0 and which has no shift
#endif

#if CENTRED
#define MEAN_INPUT global const float *means, const ulong mean_offset,
#define MEAN(i) means[mean_offset + (i)]
#else
#define MEAN_INPUT
#define MEAN(i) 0
#endif
#define INVERSE(variance) (1.0f / sqrt((variance) + epsilon))

// A number of each channel for the lanes at place `at` of a row whose channels have s neighbours each; on CPU devices
// all lanes lie in one channel, or s is 1.
#if CHUNKED
#define PER_CHANNEL(w, at, left) (s == 1 ? LOAD((w) + (at), left) : (F)((w)[(at) / s]))
#define RUN (s == 1 ? d : s)
#else
#define PER_CHANNEL(w, at, left) (w)[(at) / s]
#define RUN d
#endif
#define EACH_PLACE_OF_ROW for (uint run = 0; run < d; run += RUN) EACH(j, RUN)
#define LEFT (RUN - j)

// x [rows, d] to y [rows, d], d = channels · s; row r has the `channels` scales of group r mod `groups`.
//   scale, shift       [groups, channels]
//   means, variances   [rows], results too: the gradient takes them
//   epsilon, team      ε, and the work-items that share a row
kernel void norm_rows(global const float *xs, const ulong x_offset, global const float *scale,
                      const ulong scale_offset,
#if CENTRED
                      global const float *shift, const ulong shift_offset, global float *ys, const ulong y_offset,
                      global float *means, const ulong mean_offset,
#else
                      global float *ys, const ulong y_offset,
#endif
                      global float *variances, const ulong variance_offset, const uint rows, const uint channels,
                      const uint s, const uint groups, const float epsilon, const uint team) {
  EACH_JOB(row, rows) {
    const uint d = channels * s;
    global const float *x = xs + x_offset + (ulong)row * d;
    global const float *weight = scale + scale_offset + (row % groups) * channels;
    F mean = 0;
#if CENTRED
    EACH(j, d) mean += LOAD(x + j, d - j);
    TOTAL(mean, 1)
    mean /= (float)d;
#endif
    F variance = 0;
    EACH(j, d) {
      const F v = INSIDE(LOAD(x + j, d - j) - mean, d - j);
      variance += v * v;
    }
    TOTAL(variance, 1)
    variance /= (float)d;
    const F inverse = INVERSE(variance);
    EACH_PLACE_OF_ROW {
      const uint at = run + j;
      F y = (LOAD(x + at, LEFT) - mean) * inverse * PER_CHANNEL(weight, at, LEFT);
#if CENTRED
      y += PER_CHANNEL(shift + shift_offset + (row % groups) * channels, at, LEFT);
#endif
      STORE(y, ys + y_offset + (ulong)row * d + at, LEFT);
    }
#if CENTRED
    STORE_LINE(mean, means + mean_offset + row, 1, 1)
#endif
    STORE_LINE(variance, variances + variance_offset + row, 1, 1)
  }
}

// The gradient ys by x of norm_rows, from gs, that by y. The other parameters are as there.
kernel void norm_rows_grad(global const float *xs, const ulong x_offset, global const float *scale,
                           const ulong scale_offset, MEAN_INPUT global const float *variances,
                           const ulong variance_offset, global const float *gs, const ulong g_offset,
                           global float *ys, const ulong y_offset, const uint rows, const uint channels, const uint s,
                           const uint groups, const float epsilon, const uint team) {
  EACH_JOB(row, rows) {
    const uint d = channels * s;
    global const float *x = xs + x_offset + (ulong)row * d;
    global const float *g = gs + g_offset + (ulong)row * d;
    global const float *weight = scale + scale_offset + (row % groups) * channels;
    const float mean = MEAN(row);
    const float inverse = INVERSE(variances[variance_offset + row]);
    F sum = 0, dot = 0;
    EACH_PLACE_OF_ROW {
      const uint at = run + j;
      const F h = LOAD(g + at, LEFT) * PER_CHANNEL(weight, at, LEFT);
      sum += h;
      dot += INSIDE(h * ((LOAD(x + at, LEFT) - mean) * inverse), LEFT);
    }
    TOTAL(dot, 1)
    dot /= (float)d;
#if CENTRED
    TOTAL(sum, 1)
    sum /= (float)d;
#else
    sum = 0;
#endif
    EACH_PLACE_OF_ROW {
      const uint at = run + j;
      const F h = LOAD(g + at, LEFT) * PER_CHANNEL(weight, at, LEFT);
      const F normal = (LOAD(x + at, LEFT) - mean) * inverse;
      STORE((h - sum - normal * dot) * inverse, ys + y_offset + (ulong)row * d + at, LEFT);
    }
  }
}

// Line (o, l), part p of x [outers, a, lines, b]: places [p · part, (p + 1) · part) of its a · b. On CPU devices with
// b = 1 the lanes are sixteen lines; everywhere else they are places of one. Results lie at
// (p · outers + o) · lines + l.
#if CHUNKED
#define ALONG (b > 1 || lines == 1)
#define BLOCKS (ALONG ? lines : PIECES(lines, 16))
#define FIRST_LINE(block) (ALONG ? (block) : 16 * (block))
#define PLACES(places) (ALONG ? (places) : 1)
#define HERE(places) (ALONG ? (places) : lines - l)
#else
#define ALONG 1
#define BLOCKS lines
#define FIRST_LINE(block) (block)
#define PLACES(places) (places)
#define HERE(places) (places)
#endif
#define LINE_AND_PART                             \
  const uint q = job / BLOCKS, p = q / outers;    \
  const uint l = FIRST_LINE(job - q * BLOCKS);    \
  const uint first = p * part, end = min(a * b, first + part); \
  const ulong origin = (ulong)(q - p * outers) * a * lines * b;
// the neighbours from place `at` on: `count` of them, the first at `start`
#define EACH_RUN for (uint at = first, count = 0; at < end; at += count)
#define RUN_OF_LINE                               \
  const uint outer = at / b;                      \
  const uint from = at - outer * b;               \
  const ulong start = origin + ((ulong)outer * lines + l) * b + from; \
  count = PLACES(min(b - from, end - at));

// Mean and variance of each line and part.
//   means, variances   [parts, outers, lines]
//   parts, part        how many parts, and the places of one
kernel void channel_moments(global const float *xs, const ulong x_offset, global float *means,
                            const ulong mean_offset, global float *variances, const ulong variance_offset,
                            const uint outers, const uint a, const uint lines, const uint b, const uint parts,
                            const uint part, const uint team) {
  EACH_JOB(job, BLOCKS * outers * parts) {
    LINE_AND_PART
    global const float *x = xs + x_offset;
    F mean = 0;
    EACH_RUN {
      RUN_OF_LINE
      EACH(j, count) mean += LOAD(x + start + j, HERE(count - j));
    }
    TOTAL(mean, ALONG)
    mean /= (float)(end - first);
    F variance = 0;
    EACH_RUN {
      RUN_OF_LINE
      EACH(j, count) {
        const F v = INSIDE(LOAD(x + start + j, HERE(count - j)) - mean, HERE(count - j));
        variance += v * v;
      }
    }
    TOTAL(variance, ALONG)
    variance /= (float)(end - first);
    STORE_LINE(mean, means + mean_offset + (ulong)q * lines + l, ALONG, lines - l)
    STORE_LINE(variance, variances + variance_offset + (ulong)q * lines + l, ALONG, lines - l)
  }
}

// Mean and variance of each line from those of its parts; the last part may be shorter.
//   part_means, part_variances   [parts, lines]
//   part, places                 places of a part, and of a line
kernel void combine_moments(global const float *part_means, const ulong part_mean_offset,
                            global const float *part_variances, const ulong part_variance_offset, global float *means,
                            const ulong mean_offset, global float *variances, const ulong variance_offset,
                            const uint lines, const uint parts, const uint part, const uint places) {
  part_means += part_mean_offset;
  part_variances += part_variance_offset;
  FOR_EACH(l, lines) {
    float mean = 0, variance = 0;
    for (uint p = 0; p < parts; p++)
      mean += part_means[p * lines + l] * ((float)min(part, places - p * part) / (float)places);
    for (uint p = 0; p < parts; p++) {
      const float off = part_means[p * lines + l] - mean;
      variance += (part_variances[p * lines + l] + off * off) * ((float)min(part, places - p * part) / (float)places);
    }
    means[mean_offset + l] = mean;
    variances[variance_offset + l] = variance;
  }
}

// Statistics of the lanes at line l and outer place `outer`: number outer · stride + l / width. For batch norm stride
// is 0 and width 1; for group norm there are `stride` groups of `width` channels.
#if CHUNKED
static inline F statistic(global const float *of, uint first, uint l, uint lines, uint width, int along) {
  if (width == 1 && !along) return load(of + first + l, lines - l);
  if (along || l / width == min(l + 15, lines - 1) / width) return (F)(of[first + l / width]);
  float lane[16];
  for (uint i = 0; i < 16; i++) lane[i] = l + i < lines ? of[first + (l + i) / width] : 0;
  return vload16(0, lane);
}
#define STATISTIC(of) statistic(of, outer * stride, l, lines, width, ALONG)
#else
#define STATISTIC(of) (of)[outer * stride + l / width]
#endif

// Σ g and Σ g x̂ of each line and part: the gradients shifts and scales by shift and scale, [parts, outers, lines].
// Without a mean there is no shift.
kernel void channel_gradients(global const float *xs, const ulong x_offset, MEAN_INPUT global const float *variances,
                              const ulong variance_offset, global const float *gs, const ulong g_offset,
                              global float *scales, const ulong scale_offset,
#if CENTRED
                              global float *shifts, const ulong shift_offset,
#endif
                              const uint outers, const uint a, const uint lines, const uint b, const uint parts,
                              const uint part, const uint stride, const uint width, const float epsilon,
                              const uint team) {
  EACH_JOB(job, BLOCKS * outers * parts) {
    LINE_AND_PART
    global const float *x = xs + x_offset;
    global const float *g = gs + g_offset;
    F shift = 0, scale = 0;
    EACH_RUN {
      RUN_OF_LINE
#if CENTRED
      const F mean = STATISTIC(means + mean_offset);
#else
      const F mean = 0;
#endif
      const F inverse = INVERSE(STATISTIC(variances + variance_offset));
      EACH(j, count) {
        const F by = LOAD(g + start + j, HERE(count - j));
        shift += by;
        scale += by * ((LOAD(x + start + j, HERE(count - j)) - mean) * inverse);
      }
    }
    TOTAL(scale, ALONG)
    STORE_LINE(scale, scales + scale_offset + (ulong)q * lines + l, ALONG, lines - l)
#if CENTRED
    TOTAL(shift, ALONG)
    STORE_LINE(shift, shifts + shift_offset + (ulong)q * lines + l, ALONG, lines - l)
#endif
  }
}

// Batch norm's elements, x [n, channels, s], in runs of one channel or, where s is 1, of all channels of a sample.
#define EACH_RUN_OF_BATCH EACH_JOB(job, s == 1 ? n : n * channels)
#define BATCH_RUN                                  \
  const uint count = s == 1 ? channels : s;        \
  const uint c = s == 1 ? 0 : job % channels;      \
  const ulong start = (ulong)job * count;
#if CHUNKED
#define OF_CHANNEL(w) (s == 1 ? LOAD((w) + j, count - j) : (F)((w)[c]))
#else
#define OF_CHANNEL(w) (w)[s == 1 ? j : c]
#endif

// x to y, by given means and variances.
//   scale, shift, means, variances   [channels]
kernel void batch_norm(global const float *xs, const ulong x_offset, global const float *scale,
                       const ulong scale_offset, global const float *shift, const ulong shift_offset,
                       global float *ys, const ulong y_offset, global const float *means, const ulong mean_offset,
                       global const float *variances, const ulong variance_offset, const uint n,
                       const uint channels, const uint s, const float epsilon, const uint team) {
  EACH_RUN_OF_BATCH {
    BATCH_RUN
    EACH(j, count) {
      const F factor = INVERSE(OF_CHANNEL(variances + variance_offset)) * OF_CHANNEL(scale + scale_offset);
      const F normal = LOAD(xs + x_offset + start + j, count - j) - OF_CHANNEL(means + mean_offset);
      STORE(normal * factor + OF_CHANNEL(shift + shift_offset), ys + y_offset + start + j, count - j);
    }
  }
}

// The gradient ys by x of batch_norm, from gs, that by y.
//   scale_grad, shift_grad   those by scale and shift, [channels]
//   share                    1 / (n · s)
kernel void batch_norm_grad(global const float *xs, const ulong x_offset, global const float *scale,
                            const ulong scale_offset, global const float *means, const ulong mean_offset,
                            global const float *variances, const ulong variance_offset, global const float *gs,
                            const ulong g_offset, global float *ys, const ulong y_offset,
                            global const float *scale_grad, const ulong scale_grad_offset,
                            global const float *shift_grad, const ulong shift_grad_offset, const uint n,
                            const uint channels, const uint s, const float share, const float epsilon,
                            const uint team) {
  EACH_RUN_OF_BATCH {
    BATCH_RUN
    EACH(j, count) {
      const F inverse = INVERSE(OF_CHANNEL(variances + variance_offset));
      const F normal = (LOAD(xs + x_offset + start + j, count - j) - OF_CHANNEL(means + mean_offset)) * inverse;
      const F g = LOAD(gs + g_offset + start + j, count - j) - OF_CHANNEL(shift_grad + shift_grad_offset) * share
                  - normal * (OF_CHANNEL(scale_grad + scale_grad_offset) * share);
      STORE(g * (inverse * OF_CHANNEL(scale + scale_offset)), ys + y_offset + start + j, count - j);
    }
  }
}
