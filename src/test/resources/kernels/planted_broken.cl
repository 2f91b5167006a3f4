// A kernel that no compiler takes, for two reasons.

#include "common.cl"

kernel void broken(global float *y, const ulong y_offset) {
    y[y_offset] = first_nonsense;
    y[y_offset + 1] = second_nonsense;
}
