// line.cl: how a line of elements is walked and added up, the same text for GPUs and for CPU devices.
//
// On a GPU a *team* of neighbouring work-items (a power of two, 1 to a whole work-group) shares a line: each takes
// every `lanes`-th element, so that neighbours read neighbours, and a tree in local memory makes one sum of theirs. On
// a CPU device a work-item takes a line alone, and the lanes are those of a vector; or, where it is the lines that lie
// side by side, it takes sixteen lines at once, and nothing is to be added up across lanes.
//
//   F                       one lane's number on a GPU, sixteen of them on a CPU device
//   EACH_JOB(job, jobs) {}  at the start of a kernel: what a team or work-item does; needs a parameter `team`, how
//                           many work-items of a GPU share a line
//   EACH(j, n)              places j of n elements, lane by lane
//   LOAD(p, left)           the number at p; sixteen from p on, zeros behind the last of those left
//   STORE(v, p, left)       the other way round
//   INSIDE(v, left)         v, but 0 in lanes behind the last
//   TOTAL(v, along)         the sum, in a fixed order, over all lanes of a team or, where they lie along a line, of a
//                           vector
//   STORE_LINE(v, p, along, lines)  one number of a line, or of each of the lines left
#ifndef GROUP
#define GROUP 256  // GPUs: the most work-items of a team (a power of two)
#endif

#if CHUNKED
#define F float16
#define I int16
#define LANE ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define EACH_JOB(job, jobs) FOR_EACH(job, jobs)
#define EACH(j, n) for (uint j = 0; j < (n); j += 16)
#define LOAD(p, left) load(p, left)
#define STORE(v, p, left) store(v, p, left)
#define MASK(left) (LANE < (int16)((int)min((uint)(left), 16u)))
#define INSIDE(v, left) select((float16)(0), v, MASK(left))
#define TOTAL(v, along) if (along) v = (float16)(sum16(v));
#define STORE_LINE(v, p, along, lines) store(v, p, along ? 1 : (lines));

static inline float16 load(global const float *from, uint left) {
  if (left >= 16) return vload16(0, from);
  float lane[16];
  for (uint l = 0; l < 16; l++) lane[l] = l < left ? from[l] : 0;
  return vload16(0, lane);
}

static inline void store(float16 v, global float *to, uint left) {
  if (left >= 16) {
    vstore16(v, 0, to);
    return;
  }
  float lane[16];
  vstore16(v, 0, lane);
  for (uint l = 0; l < left; l++) to[l] = lane[l];
}

// The sum and the maximum of sixteen lanes, by a tree.
static inline float sum16(float16 v) {
  float lane[16];
  vstore16(v, 0, lane);
  for (int step = 8; step > 0; step /= 2)
    for (int l = 0; l < step; l++) lane[l] += lane[l + step];
  return lane[0];
}

static inline float max16(float16 v) {
  float lane[16];
  vstore16(v, 0, lane);
  for (int step = 8; step > 0; step /= 2)
    for (int l = 0; l < step; l++) lane[l] = lane[l] > lane[l + step] ? lane[l] : lane[l + step];
  return lane[0];
}

#else
#define F float
#define I int
#define LANE 0
// a team without a job of its own goes along with the last and writes nothing: all must come to the barriers
#define EACH_JOB(job, jobs)                                                                      \
  local float shared[GROUP];                                                                     \
  const uint l_id = get_local_id(0), lanes = min(team, (uint)get_local_size(0)), mine = l_id & (lanes - 1); \
  const uint job##_wanted = get_global_id(0) / lanes;                                            \
  const int real = job##_wanted < (jobs);                                                        \
  const uint job = real ? job##_wanted : (jobs) - 1;
#define EACH(j, n) for (uint j = mine; j < (n); j += lanes)
#define LOAD(p, left) (*(p))
#define STORE(v, p, left) if (real) *(p) = v
#define INSIDE(v, left) (v)
#define TOTAL(v, along) TREE(float, shared, v, a + b)
#define STORE_LINE(v, p, along, lines) if (real && mine == 0) *(p) = v;

// A value of each work-item combined over its team by a tree; all get the result.
#define TREE(T, lane, value, combine)                \
  lane[l_id] = value;                                \
  barrier(CLK_LOCAL_MEM_FENCE);                      \
  for (uint step = lanes / 2; step > 0; step /= 2) { \
    if (mine < step) {                               \
      const T a = lane[l_id], b = lane[l_id + step]; \
      lane[l_id] = combine;                          \
    }                                                \
    barrier(CLK_LOCAL_MEM_FENCE);                    \
  }                                                  \
  value = lane[l_id - mine];                         \
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
