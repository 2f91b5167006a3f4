// recurrent.cl: a time step of an LSTM and of a GRU, and their gradients, each in one pass.
//
// States h and c are [B, H]; the gates' sums from the input, x, and from the hidden state, u, are [B, G · H], a
// gate's H units side by side. The matrix products that make x and u come before, those of x for all time steps at
// once; here each unit of each sample is on its own. The gradients work the gates out again, which costs less than
// reading them.
//
// In all kernels `batch` is B and `hidden` H, next_h and next_c are h' and c'; by_x, by_u, by_h, by_c, by_next_h and
// by_next_c are the gradients by what they name.
//
// An Elman network's cell, h' = tanh(x + u), has no kernel here: it is a chain of scalar functions behind the product
// that makes u, which takes it along as its epilogue (epilogue.cl).
#include "common.cl"

// What a cell and its gradient begin with: the sums x and u, and the state before.
#define CELL(state) global const float *x, const ulong x_offset, global const float *u, const ulong u_offset, \
                    global const float *state, const ulong state##_offset
#define CELL_POINTERS(state) x += x_offset; u += u_offset; state += state##_offset;

// All units j of all samples b: a work-item takes one, on CPU devices all of a sample.
#if CHUNKED
#define FOR_EACH_UNIT(b, j) FOR_EACH(b, batch) INDEPENDENT for (uint j = 0; j < hidden; j++)
#else
#define FOR_EACH_UNIT(b, j) \
  FOR_EACH(unit, batch * hidden) for (uint b = unit / hidden, j = unit - b * hidden, end = j + 1; j < end; j++)
#endif

static inline float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

// The derivatives of sigmoid and tanh, by their values.
static inline float sigmoid_slope(float y) { return y * (1.0f - y); }
static inline float tanh_slope(float y) { return 1.0f - y * y; }

// The gates of an LSTM, in the order i, f, g, o, of the unit at `at`, the gates `hidden` apart.
#define LSTM_GATES                                            \
  const ulong at = (ulong)b * 4 * hidden + j;                 \
  const float i = sigmoid(x[at] + u[at]);                     \
  const float f = sigmoid(x[at + hidden] + u[at + hidden]);   \
  const float g = tanh(x[at + 2 * hidden] + u[at + 2 * hidden]); \
  const float o = sigmoid(x[at + 3 * hidden] + u[at + 3 * hidden]);

// c' = f c + i g,  h' = o tanh(c').
kernel void lstm(CELL(c), global float *next_h, const ulong next_h_offset, global float *next_c,
                 const ulong next_c_offset, const uint batch, const uint hidden) {
  CELL_POINTERS(c)
  next_h += next_h_offset;
  next_c += next_c_offset;
  FOR_EACH_UNIT(b, j) {
    LSTM_GATES
    const ulong state = (ulong)b * hidden + j;
    const float cell = f * c[state] + i * g;
    next_c[state] = cell;
    next_h[state] = o * tanh(cell);
  }
}

// From by_next_h and by_next_c, the gradients by h' and c', those by the gates' sums, by_gates [B, 4 · H], and by c.
kernel void lstm_grad(CELL(c), global const float *by_next_h, const ulong by_next_h_offset,
                      global const float *by_next_c, const ulong by_next_c_offset, global float *by_gates,
                      const ulong by_gates_offset, global float *by_c, const ulong by_c_offset, const uint batch,
                      const uint hidden) {
  CELL_POINTERS(c)
  by_next_h += by_next_h_offset;
  by_next_c += by_next_c_offset;
  by_gates += by_gates_offset;
  by_c += by_c_offset;
  FOR_EACH_UNIT(b, j) {
    LSTM_GATES
    const ulong state = (ulong)b * hidden + j;
    const float last = c[state];
    const float out = tanh(f * last + i * g);
    const float by_cell = by_next_h[state] * o * tanh_slope(out) + by_next_c[state];
    by_gates[at] = by_cell * g * sigmoid_slope(i);
    by_gates[at + hidden] = by_cell * last * sigmoid_slope(f);
    by_gates[at + 2 * hidden] = by_cell * i * tanh_slope(g);
    by_gates[at + 3 * hidden] = by_next_h[state] * out * sigmoid_slope(o);
    by_c[state] = by_cell * f;
  }
}

// The gates of a GRU, in the order r, z, n.
#define GRU_GATES                                             \
  const ulong at = (ulong)b * 3 * hidden + j;                 \
  const float r = sigmoid(x[at] + u[at]);                     \
  const float z = sigmoid(x[at + hidden] + u[at + hidden]);   \
  const float un = u[at + 2 * hidden];                        \
  const float n = tanh(x[at + 2 * hidden] + r * un);

// h' = (1 − z) n + z h.
kernel void gru(CELL(h), global float *next_h, const ulong next_h_offset, const uint batch, const uint hidden) {
  CELL_POINTERS(h)
  next_h += next_h_offset;
  FOR_EACH_UNIT(b, j) {
    GRU_GATES
    const ulong state = (ulong)b * hidden + j;
    next_h[state] = (1.0f - z) * n + z * h[state];
  }
}

// From by_next_h, the gradient by h', those by x and u, [B, 3 · H], and by h.
kernel void gru_grad(CELL(h), global const float *by_next_h, const ulong by_next_h_offset, global float *by_x,
                     const ulong by_x_offset, global float *by_u, const ulong by_u_offset, global float *by_h,
                     const ulong by_h_offset, const uint batch, const uint hidden) {
  CELL_POINTERS(h)
  by_next_h += by_next_h_offset;
  by_x += by_x_offset;
  by_u += by_u_offset;
  by_h += by_h_offset;
  FOR_EACH_UNIT(b, j) {
    GRU_GATES
    const ulong state = (ulong)b * hidden + j;
    const float by = by_next_h[state];
    const float by_n = by * (1.0f - z) * tanh_slope(n);
    const float by_r = by_n * un * sigmoid_slope(r);
    const float by_z = by * (h[state] - n) * sigmoid_slope(z);
    by_x[at] = by_r;
    by_x[at + hidden] = by_z;
    by_x[at + 2 * hidden] = by_n;
    by_u[at] = by_r;
    by_u[at + hidden] = by_z;
    by_u[at + 2 * hidden] = by_n * r;
    by_h[state] = by * z;
  }
}
