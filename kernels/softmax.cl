// softmax.cl: softmax, its logarithm and the cross-entropies, with their gradients, each in one kernel.
//
// A tensor is seen as lines [outer, n, inner]: line (o, i) has the n elements (o, ·, i). A line is read to know what all
// of it says, and once more, out of the cache, to write or add up what follows from that:
//
//   m, s   its maximum, and Σ exp(x − m): none overflows                    } of the first reading
//   d      Σ SUM: what else is to be known of the whole line                }
//   ELEMENT  what is written for each element of the line                   } of the second
//   TERM, LINE  what is added up to e = Σ TERM, and the one number that is written for the line
//
// x, t    an element of the first and the second operand (logits and targets, output and its gradient)
// g       the gradient that arrives at the line's one number
// HOT     1 at the line's label, else 0; AT_LABEL: the label's logit, NaN where the label is no class
#include "common.cl"

#define SOFTMAX 0
#define LOG_SOFTMAX 1
#define LOG_SUM_EXP 2
#define SOFTMAX_GRAD 3
#define LOG_SOFTMAX_GRAD 4
#define CROSS_ENTROPY 5
#define CROSS_ENTROPY_GRAD 6
#define SMOOTHED 7
#define SMOOTHED_GRAD 8
#define SOFT 9
#define SOFT_GRAD 10

#ifndef OP
#define OP SOFTMAX  // one of the above
#endif
#ifndef GROUP
#define GROUP 256   // GPUs: the most work-items that share a line (a power of two)
#endif

#if OP == SOFTMAX
#define ELEMENT exp(x - m) / s
#elif OP == LOG_SOFTMAX
#define ELEMENT x - m - log_s
#elif OP == LOG_SUM_EXP
#define LINE m + log_s
#elif OP == SOFTMAX_GRAD      // x: softmax's output, t: the gradient by it
#define SECOND
#define SUM x * t
#define ELEMENT (t - d) * x
#elif OP == LOG_SOFTMAX_GRAD  // x: log-softmax's output, t: the gradient by it
#define SECOND
#define SUM t
#define ELEMENT t - exp(x) * d
#elif OP == CROSS_ENTROPY
#define LABEL
#define LINE log_s + (m - AT_LABEL)
#elif OP == CROSS_ENTROPY_GRAD
#define LABEL
#define WEIGHT
#define ELEMENT (exp(x - m) / s - HOT) * g
#elif OP == SMOOTHED          // the target is (1 − ε) HOT + ε / n
#define LABEL
#define TERM x - m
#define LINE log_s + (1 - epsilon) * (m - AT_LABEL) - epsilon / n * e
#elif OP == SMOOTHED_GRAD
#define LABEL
#define WEIGHT
#define ELEMENT (exp(x - m) / s - ((1 - epsilon) * HOT + epsilon / n)) * g
#elif OP == SOFT              // t: the targets
#define SECOND
#define TERM -t * (x - m - log_s)
#define LINE e
#elif OP == SOFT_GRAD
#define SECOND
#define WEIGHT
#define SUM t
#define ELEMENT (exp(x - m) / s * d - t) * g
#endif

#if OP != SOFTMAX_GRAD && OP != LOG_SOFTMAX_GRAD
#define EXPONENTIALS  // m and s are needed
#endif

#ifdef SECOND
#define SECOND_PARAMETER global const float *ts, const ulong t_offset,
#else
#define SECOND_PARAMETER
#endif
#ifdef LABEL
#define LABEL_PARAMETER global const int *labels, const ulong label_offset,
#define AT_LABEL (label >= 0 && (uint)label < n ? xs[label] : NAN)
#else
#define LABEL_PARAMETER
#endif
#ifdef WEIGHT
#define WEIGHT_PARAMETER global const float *gs, const ulong g_offset,
#else
#define WEIGHT_PARAMETER
#endif

// Operands as the op has them, then the result; lines = outer · inner. Labels and g's are there where inner is 1.
//   epsilon  the smoothing of labels
//   team     GPUs: work-items that share a line (a power of two)
#define PARAMETERS global const float *xs, const ulong x_offset, SECOND_PARAMETER LABEL_PARAMETER WEIGHT_PARAMETER \
                   global float *ys, const ulong y_offset, const uint outer, const uint n, const uint inner,      \
                   const float epsilon, const uint team

#if CHUNKED
// Up to 16 neighbours, zeros behind the last.
static inline float16 load(global const float *from, uint count) {
  if (count >= 16) return vload16(0, from);
  float lane[16] = {0};
  for (uint l = 0; l < count; l++) lane[l] = from[l];
  return vload16(0, lane);
}

static inline void store(float16 v, global float *to, uint count) {
  if (count >= 16) {
    vstore16(v, 0, to);
    return;
  }
  float lane[16];
  vstore16(v, 0, lane);
  for (uint l = 0; l < count; l++) to[l] = lane[l];
}

static inline float sum16(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  return (b.x + b.z) + (b.y + b.w);
}

static inline float max16(float16 v) {
  const float8 a = fmax(v.lo, v.hi);
  const float4 b = fmax(a.lo, a.hi);
  return fmax(fmax(b.x, b.z), fmax(b.y, b.w));
}

// Sixteen lanes: neighbours of one line that is contiguous, whose lanes are combined at last; or else sixteen lines.
//   FOR_EACH_VECTOR  looks at all vectors of the line or lines: x, t, and which lanes are `inside`
#define FOR_EACH_VECTOR for (uint k = 0; k < vectors; k++)
#define VECTOR                                                                     \
  const uint here = along ? n - 16 * k : count;                                    \
  const int16 inside = lane < (int16)(int)min(here, 16u);                          \
  const float16 x = load(xs + (ulong)k * stride, here);
#ifdef SECOND
#define SECOND_VECTOR const float16 t = load(ts + (ulong)k * stride, here);
#else
#define SECOND_VECTOR
#endif
#define HOT select((float16)(0), (float16)(1), lane + (int16)(16 * k) == (int16)(label))

kernel void softmax(PARAMETERS) {
  const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const int along = inner == 1;
  const uint blocks = (inner + 15) / 16;
  const uint vectors = along ? (n + 15) / 16 : n;
  const uint stride = along ? 16 : inner;
  global const float *x_start = xs + x_offset;
  FOR_EACH(job, outer * blocks) {
    const uint o = job / blocks;
    const uint first = (job - o * blocks) * 16;
    const uint count = min(16u, inner - first);
    const ulong start = (ulong)o * n * inner + first;
    global const float *xs = x_start + start;
#ifdef SECOND
    global const float *t_start = ts + t_offset;
    global const float *ts = t_start + start;
#endif
#ifdef LABEL
    const int label = labels[label_offset + o];
#endif
#ifdef WEIGHT
    const float g = gs[g_offset + o];
#endif
#ifdef EXPONENTIALS
    float16 m = (float16)(-FLT_MAX), s = 0;
    FOR_EACH_VECTOR {
      VECTOR
      m = select(m, x, inside & (x > m));
    }
    if (along) m = (float16)(max16(m));
    m = min(m, FLT_MAX);  // ∞ − ∞ is no number
    FOR_EACH_VECTOR {
      VECTOR
      s += select((float16)(0), exp(x - m), inside);
    }
    if (along) s = (float16)(sum16(s));
    const float16 log_s = log(s);
#endif
#ifdef SUM
    float16 d = 0;
    FOR_EACH_VECTOR {
      VECTOR
      SECOND_VECTOR
      d += SUM;
    }
    if (along) d = (float16)(sum16(d));
#endif
#ifdef ELEMENT
    FOR_EACH_VECTOR {
      VECTOR
      SECOND_VECTOR
      store(ELEMENT, ys + y_offset + start + (ulong)k * stride, here);
    }
#endif
#ifdef TERM
    float16 e = 0;
    FOR_EACH_VECTOR {
      VECTOR
      SECOND_VECTOR
      e += select((float16)(0), TERM, inside);
    }
    if (along) e = (float16)(sum16(e));
#endif
#ifdef LINE
    store(LINE, ys + y_offset + (ulong)o * inner + first, count);
#endif
  }
}

#else
// Maximum and sum of exponentials of two parts of a line as those of both: one exponential, of a number that is not
// above 0, brings the part with the smaller maximum to the other's. A single element is the part (x, 1).
static inline float2 both(float2 a, float2 b) {
  const float e = a.x == b.x ? 1.0f : exp(-fabs(a.x - b.x));
  return a.x > b.x ? (float2)(a.x, a.y + b.y * e) : (float2)(b.x, a.y * e + b.y);
}

// A value of each work-item combined over its team by a tree; all get the result.
#define TREE(T, lane, value, combine)              \
  lane[l] = value;                                 \
  barrier(CLK_LOCAL_MEM_FENCE);                    \
  for (uint step = lanes / 2; step > 0; step /= 2) { \
    if (mine < step) {                             \
      const T a = lane[l], b = lane[l + step];     \
      lane[l] = combine;                           \
    }                                              \
    barrier(CLK_LOCAL_MEM_FENCE);                  \
  }                                                \
  value = lane[l - mine];                          \
  barrier(CLK_LOCAL_MEM_FENCE);

#define FOR_EACH_OF_MINE for (uint j = mine; j < n; j += lanes)
#define VECTOR const float x = xs[(ulong)j * inner];
#ifdef SECOND
#define SECOND_VECTOR const float t = ts[(ulong)j * inner];
#else
#define SECOND_VECTOR
#endif
#define HOT ((int)j == label ? 1.0f : 0.0f)

// A team of work-items to a line: neighbours read neighbours, be it of one line or, in teams of one, of many.
kernel void softmax(PARAMETERS) {
  local float2 pairs[GROUP];
  local float singles[GROUP];
  const uint l = get_local_id(0), lanes = min(team, (uint)get_local_size(0));
  const uint mine = l & (lanes - 1);
  const uint lines = outer * inner;
  const uint line = get_global_id(0) / lanes;
  const uint o = min(line, lines - 1) / inner;  // who has no line reads the last and writes nothing
  const ulong start = (ulong)o * n * inner + (min(line, lines - 1) - o * inner);
  xs += x_offset + start;
#ifdef SECOND
  ts += t_offset + start;
#endif
#ifdef LABEL
  const int label = labels[label_offset + o];
#endif
#ifdef WEIGHT
  const float g = gs[g_offset + o];
#endif
#ifdef EXPONENTIALS
  float2 part = (float2)(-FLT_MAX, 0);
  FOR_EACH_OF_MINE {
    VECTOR
    part = both(part, (float2)(x, 1));
  }
  TREE(float2, pairs, part, both(a, b))
  const float m = part.x, s = part.y;
  const float log_s = log(s);
#endif
#ifdef SUM
  float d = 0;
  FOR_EACH_OF_MINE {
    VECTOR
    SECOND_VECTOR
    d += SUM;
  }
  TREE(float, singles, d, a + b)
#endif
#ifdef ELEMENT
  if (line < lines) FOR_EACH_OF_MINE {
    VECTOR
    SECOND_VECTOR
    ys[y_offset + start + (ulong)j * inner] = ELEMENT;
  }
#endif
#ifdef TERM
  float e = 0;
  FOR_EACH_OF_MINE {
    VECTOR
    SECOND_VECTOR
    e += TERM;
  }
  TREE(float, singles, e, a + b)
#endif
#ifdef LINE
  if (line < lines && mine == 0) ys[y_offset + line] = LINE;
#endif
}
#endif
