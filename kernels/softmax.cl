// softmax.cl: the cross-entropy of softmax(logits) with integer labels, and its gradient, each in one pass over a row.
//
// Logits are [rows, classes], labels [rows]. The row's maximum is subtracted before exponentials are taken, so none
// overflows. A label out of range gives NaN.
#include "common.cl"

#ifndef GROUP
#define GROUP 256  // GPUs: the most work-items that share a row (a power of two)
#endif

// loss = log Σ exp(z − m) + m − z[label], m the row's maximum; a work-item takes a row.
kernel void cross_entropy(global const float *z, const ulong z_offset, global const int *label,
                          const ulong label_offset, global float *y, const ulong y_offset, const uint rows,
                          const uint classes) {
  FOR_EACH(row, rows) {
    global const float *s = z + z_offset + (ulong)row * classes;
    float m = -INFINITY, sum = 0;
    for (uint c = 0; c < classes; c++) m = fmax(m, s[c]);
    for (uint c = 0; c < classes; c++) sum += exp(s[c] - m);
    const int l = label[label_offset + row];
    const float at_label = l >= 0 && (uint)l < classes ? s[l] : NAN;
    y[y_offset + row] = log(sum) + (m - at_label);
  }
}

// y = (softmax(z) − one-hot(label)) · g; a work-item takes a row.
kernel void cross_entropy_grad(global const float *z, const ulong z_offset, global const int *label,
                               const ulong label_offset, global const float *g, const ulong g_offset,
                               global float *y, const ulong y_offset, const uint rows, const uint classes) {
  FOR_EACH(row, rows) {
    global const float *s = z + z_offset + (ulong)row * classes;
    global float *to = y + y_offset + (ulong)row * classes;
    float m = -INFINITY, sum = 0;
    for (uint c = 0; c < classes; c++) m = fmax(m, s[c]);
    for (uint c = 0; c < classes; c++) sum += exp(s[c] - m);
    const int l = label[label_offset + row];
    const float scale = g[g_offset + row];
    for (uint c = 0; c < classes; c++) to[c] = (exp(s[c] - m) / sum - ((int)c == l ? 1.0f : 0.0f)) * scale;
  }
}

#if !CHUNKED
// A value of each work-item combined over the group by a tree; all items get the result.
#define TREE(lane, value, combine)                          \
  lane[get_local_id(0)] = value;                            \
  barrier(CLK_LOCAL_MEM_FENCE);                             \
  for (uint step = get_local_size(0) / 2; step > 0; step /= 2) { \
    if (get_local_id(0) < step) {                           \
      const float a = lane[get_local_id(0)], b = lane[get_local_id(0) + step]; \
      lane[get_local_id(0)] = combine;                      \
    }                                                       \
    barrier(CLK_LOCAL_MEM_FENCE);                           \
  }                                                         \
  value = lane[0];                                          \
  barrier(CLK_LOCAL_MEM_FENCE);

// As cross_entropy, for many classes: a work-group takes a row.
kernel void cross_entropy_group(global const float *z, const ulong z_offset, global const int *label,
                                const ulong label_offset, global float *y, const ulong y_offset, const uint rows,
                                const uint classes) {
  local float lane[GROUP];
  const uint row = get_group_id(0);
  global const float *s = z + z_offset + (ulong)row * classes;
  float m = -INFINITY, sum = 0;
  for (uint c = get_local_id(0); c < classes; c += get_local_size(0)) m = fmax(m, s[c]);
  TREE(lane, m, fmax(a, b))
  for (uint c = get_local_id(0); c < classes; c += get_local_size(0)) sum += exp(s[c] - m);
  TREE(lane, sum, a + b)
  const int l = label[label_offset + row];
  const float at_label = l >= 0 && (uint)l < classes ? s[l] : NAN;
  if (get_local_id(0) == 0) y[y_offset + row] = log(sum) + (m - at_label);
}

// As cross_entropy_grad, for many classes: a work-group takes a row.
kernel void cross_entropy_grad_group(global const float *z, const ulong z_offset, global const int *label,
                                     const ulong label_offset, global const float *g, const ulong g_offset,
                                     global float *y, const ulong y_offset, const uint rows, const uint classes) {
  local float lane[GROUP];
  const uint row = get_group_id(0);
  global const float *s = z + z_offset + (ulong)row * classes;
  global float *to = y + y_offset + (ulong)row * classes;
  float m = -INFINITY, sum = 0;
  for (uint c = get_local_id(0); c < classes; c += get_local_size(0)) m = fmax(m, s[c]);
  TREE(lane, m, fmax(a, b))
  for (uint c = get_local_id(0); c < classes; c += get_local_size(0)) sum += exp(s[c] - m);
  TREE(lane, sum, a + b)
  const int l = label[label_offset + row];
  const float scale = g[g_offset + row];
  for (uint c = get_local_id(0); c < classes; c += get_local_size(0))
    to[c] = (exp(s[c] - m) / sum - ((int)c == l ? 1.0f : 0.0f)) * scale;
}
#endif
