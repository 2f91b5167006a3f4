// softmax.cl: softmax, its logarithm and the cross-entropies, with their gradients, each in one kernel.
//
// A tensor is seen as lines [outer, n, inner]: line (o, i) has the n elements (o, ·, i). A line is read to know what
// all of it says (on GPUs maximum and sum in one reading), and once more, out of the cache, to write or add up what
// follows:
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
#include "line.cl"

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

#if OP == SOFTMAX
#define ELEMENT (exp(x - m) / s)
#elif OP == LOG_SOFTMAX
#define ELEMENT (x - m - log_s)
#elif OP == LOG_SUM_EXP
#define LINE (m + log_s)
#elif OP == SOFTMAX_GRAD      // x: softmax's output, t: the gradient by it
#define SECOND
#define SUM (x * t)
#define ELEMENT ((t - d) * x)
#elif OP == LOG_SOFTMAX_GRAD  // x: log-softmax's output, t: the gradient by it
#define SECOND
#define SUM t
#define ELEMENT (t - exp(x) * d)
#elif OP == CROSS_ENTROPY
#define LABEL
#define LINE (log_s + (m - AT_LABEL))
#elif OP == CROSS_ENTROPY_GRAD
#define LABEL
#define WEIGHT
#define ELEMENT ((exp(x - m) / s - HOT) * g)
#elif OP == SMOOTHED          // the target is (1 − ε) HOT + ε / n
#define LABEL
#define TERM (x - m)
#define LINE (log_s + (1 - epsilon) * (m - AT_LABEL) - epsilon / n * e)
#elif OP == SMOOTHED_GRAD
#define LABEL
#define WEIGHT
#define ELEMENT ((exp(x - m) / s - ((1 - epsilon) * HOT + epsilon / n)) * g)
#elif OP == SOFT              // t: the targets
#define SECOND
#define TERM (-t * (x - m - log_s))
#define LINE e
#elif OP == SOFT_GRAD
#define SECOND
#define WEIGHT
#define SUM t
#define ELEMENT ((exp(x - m) / s * d - t) * g)
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
#else
#define LABEL_PARAMETER
#endif
#ifdef WEIGHT
#define WEIGHT_PARAMETER global const float *gs, const ulong g_offset,
#else
#define WEIGHT_PARAMETER
#endif

// xs, ts, labels, gs: operands as the op has them; ys: the result. Labels and gs are there where inner is 1.
//   epsilon  the smoothing of labels
//   team     GPUs: work-items that share a line (a power of two)
#define PARAMETERS global const float *xs, const ulong x_offset, SECOND_PARAMETER LABEL_PARAMETER WEIGHT_PARAMETER \
                   global float *ys, const ulong y_offset, const uint outer, const uint n, const uint inner,      \
                   const float epsilon, const uint team

#if CHUNKED
// lanes are neighbours of one line or, where the elements of a line are no neighbours, sixteen lines
#define ALONG (inner == 1)
#define BLOCKS PIECES(inner, 16)
#define FIRST_LINE(block) (16 * (block))
#define EACH_ELEMENT for (uint j = 0; j < n; j += ALONG ? 16 : 1)
#define HERE (ALONG ? n - j : inner - first)
#else
#define ALONG 1
#define BLOCKS inner
#define FIRST_LINE(block) (block)
#define EACH_ELEMENT EACH(j, n)
#define HERE 1

// Maximum and sum of exponentials of two parts of a line as those of both: one exponential, of a number that is not
// above 0, brings the part with the smaller maximum to the other's. A single element is the part (x, 1).
static inline float2 both(float2 a, float2 b) {
  const float e = a.x == b.x ? 1.0f : exp(-fabs(a.x - b.x));
  return a.x > b.x ? (float2)(a.x, a.y + b.y * e) : (float2)(b.x, a.y * e + b.y);
}
#endif

#define LOAD_X const F x = LOAD(x_line + (ulong)j * inner, HERE);
#ifdef SECOND
#define LOAD_T const F t = LOAD(t_line + (ulong)j * inner, HERE);
#else
#define LOAD_T
#endif
#define HOT select((F)(0), (F)(1), (I)((int)j) + LANE == (I)(label))
#define AT_LABEL (label >= 0 && (uint)label < n ? x_line[label] : NAN)

kernel void softmax(PARAMETERS) {
#if !CHUNKED && defined(EXPONENTIALS)
  local float2 shared_parts[GROUP];
#endif
  EACH_JOB(job, outer * BLOCKS) {
    const uint o = job / BLOCKS;
    const uint first = FIRST_LINE(job - o * BLOCKS);
    const ulong start = (ulong)o * n * inner + first;
    global const float *x_line = xs + x_offset + start;
#ifdef SECOND
    global const float *t_line = ts + t_offset + start;
#endif
#ifdef LABEL
    const int label = labels[label_offset + o];
#endif
#ifdef WEIGHT
    const float g = gs[g_offset + o];
#endif
#ifdef EXPONENTIALS
#if CHUNKED
    F m = (F)(-FLT_MAX), s = 0;
    EACH_ELEMENT {
      LOAD_X
      m = select(m, x, MASK(HERE) & (x > m));
    }
    if (ALONG) m = (F)(max16(m));
    m = min(m, FLT_MAX);  // ∞ − ∞ is no number
    EACH_ELEMENT {
      LOAD_X
      s += INSIDE(exp(x - m), HERE);
    }
    TOTAL(s, ALONG)
#else
    float2 part = (float2)(-FLT_MAX, 0);
    EACH_ELEMENT {
      LOAD_X
      part = both(part, (float2)(x, 1));
    }
    TREE(float2, shared_parts, part, both(a, b))
    const F m = part.x, s = part.y;
#endif
    const F log_s = log(s);
#endif
#ifdef SUM
    F d = 0;
    EACH_ELEMENT {
      LOAD_X
      LOAD_T
      d += SUM;
    }
    TOTAL(d, ALONG)
#endif
#ifdef ELEMENT
    EACH_ELEMENT {
      LOAD_X
      LOAD_T
      STORE(ELEMENT, ys + y_offset + start + (ulong)j * inner, HERE);
    }
#endif
#ifdef TERM
    F e = 0;
    EACH_ELEMENT {
      LOAD_X
      LOAD_T
      e += INSIDE(TERM, HERE);
    }
    TOTAL(e, ALONG)
#endif
#ifdef LINE
    STORE_LINE(LINE, ys + y_offset + (ulong)o * inner + first, ALONG, inner - first)
#endif
  }
}
