// epilogue.cl: what becomes of each result of a product.
//
// The planner hands a product the scalar functions that follow it element by element (bias, activation, residual …).
// Their text stands in the macros below and runs where a result would be stored, so it never makes a way through memory
// of its own. By itself: y = result.
//
//   EPILOGUE_PARAMETERS                  (buffer, offset) of all that is read and written: a kernel's last parameters
//   EPILOGUE_ROW(b, m, rows, columns)    goes to row m of batch b of the results [batch, rows, columns]
//   EPILOGUE(n, value)                   loads, computes and stores for the result `value` in column n of that row
#ifndef EPILOGUE_PARAMETERS
#define EPILOGUE_PARAMETERS global float *y0, const ulong y0_offset
#define EPILOGUE_ROW(b, m, rows, columns) \
  global float *y0_row = y0 + y0_offset + ((ulong)(b) * (rows) + (m)) * (columns);
#define EPILOGUE(n, value) y0_row[n] = value;
#endif
