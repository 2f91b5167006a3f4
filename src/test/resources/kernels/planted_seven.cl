// A kernel with nothing wrong: what is wrong is how it is launched.

#include "common.cl"

kernel void seven(global float *y, const ulong y_offset) {
    y[y_offset + get_global_id(0)] = 7.0f;
}
