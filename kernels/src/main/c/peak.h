/* Each set's fastest chain of int8 multiply-adds, registers only: lutra_peak_X(rounds) returns how many it did. */
#ifndef LUTRA_PEAK_H
#define LUTRA_PEAK_H

#include "lutra_ops.h"

/*
 * Sums that are independent of one another: more than latency times issue width of today's cores. They are variables of their own,
 * because an array that PEAK_KEEP touches would lie in memory.
 */
enum { PEAK_SUMS = 12 };
#define PEAK_EACH(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9) step(10) step(11)

/* The compiler must take v for changed, so that it can neither drop nor join the steps that made it. */
#define PEAK_KEEP(v, register_class) __asm__ volatile("" : register_class(v))

int64_t lutra_peak_scalar(int64_t rounds);
int64_t lutra_peak_avx2(int64_t rounds);
int64_t lutra_peak_avx512(int64_t rounds);
int64_t lutra_peak_vnni(int64_t rounds);
int64_t lutra_peak_amx(int64_t rounds);
int64_t lutra_peak_neon(int64_t rounds);
int64_t lutra_peak_dotprod(int64_t rounds);

#endif
