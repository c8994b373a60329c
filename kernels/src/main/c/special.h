/*
 * What generate-kernels writes is made of this: the library's own kernels for one layout, compiled again for matrices whose dimensions the
 * compiler knows. A generated source defines LUTRA_SPECIAL_LAYOUT (FIVE, QUINT, CODES or TRIPLE), includes this header, lists its matrices in
 * LUTRA_SPECIAL_MATRICES(matrix) as matrix(index, digits, rows, columns, group), and ends with LUTRA_SPECIAL_LIBRARY.
 *
 * It is compiled with the flags of the lowest instruction set that has the layout; see the head of the generated file.
 */
#ifndef LUTRA_SPECIAL_H
#define LUTRA_SPECIAL_H

#define LUTRA_SPECIAL_FIVE 1
#define LUTRA_SPECIAL_QUINT 2
#define LUTRA_SPECIAL_CODES 3
#define LUTRA_SPECIAL_TRIPLE 4

#if LUTRA_SPECIAL_LAYOUT == LUTRA_SPECIAL_FIVE
#include "ternary_avx512.c"
#define SPECIAL_ISA "avx512"
#define SPECIAL_BLOCK gemv_five
#elif LUTRA_SPECIAL_LAYOUT == LUTRA_SPECIAL_QUINT
#if defined(__aarch64__)
#include "ternary_neon.c"
#define SPECIAL_ISA "neon"
#else
#include "ternary_vbmi.c"
#define SPECIAL_ISA "vbmi"
#endif
#define SPECIAL_BLOCK gemv_quint
#elif LUTRA_SPECIAL_LAYOUT == LUTRA_SPECIAL_TRIPLE
#if defined(__aarch64__)
#include "ternary_lookup_neon.c"
#define SPECIAL_ISA "neon"
#else
#include "ternary_lookup_avx2.c"
#define SPECIAL_ISA "avx2"
#endif
#define SPECIAL_BLOCK gemv_triple
#else
#if defined(__ARM_FEATURE_DOTPROD)
#include "ternary_dotprod.c"
#define SPECIAL_ISA "dotprod"
#elif defined(__AVX512VNNI__)
#include "ternary_vnni.c"
#define SPECIAL_ISA "vnni"
#else
#include "ternary_avx2.c"
#define SPECIAL_ISA "avx2"
#endif
#define SPECIAL_BLOCK gemv_codes
#endif

#include "ternary_gemv.h"

#define SPECIAL_EXPORT __attribute__((visibility("default")))

/* The formula of every other kernel, in its order of operations. */
static inline void special_finish(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y) {
    for (int32_t i = 0; i < n; i++) y[i] = (float)sums[i] * (row_scales[i] / x_scale);
}

#define SPECIAL_GEMV(index, digits_, rows_, columns_, group_) \
    SPECIAL_EXPORT void lutra_special_gemv_##index( \
            const struct lutra_ternary *w, const void *tables, float x_scale, int32_t from, int32_t to, void *y) { \
        const struct lutra_ternary known = { \
                .weights = w->weights, .group_scales = (group_) ? w->group_scales : NULL, .row_scales = w->row_scales, \
                .layout = LUTRA_SPECIAL_LAYOUT, .digits = (digits_), .rows = (rows_), .columns = (columns_), .group = (group_)}; \
        gemv_tiles(&known, SPECIAL_BLOCK, special_finish, tables, x_scale, from, to, y); \
    }

#define SPECIAL_ENTRY(index, digits_, rows_, columns_, group_) \
    {.layout = LUTRA_SPECIAL_LAYOUT, .digits = (digits_), .rows = (rows_), .columns = (columns_), .group = (group_)},

/* The functions, a list of the matrices that they are for, a layout of 0 behind the last, and what the library needs. */
#define LUTRA_SPECIAL_LIBRARY \
    LUTRA_SPECIAL_MATRICES(SPECIAL_GEMV) \
    SPECIAL_EXPORT const struct lutra_ternary lutra_special_matrices[] = {LUTRA_SPECIAL_MATRICES(SPECIAL_ENTRY){0}}; \
    SPECIAL_EXPORT const char lutra_special_isa[16] = SPECIAL_ISA; \
    SPECIAL_EXPORT const int32_t lutra_special_abi = LUTRA_ABI_VERSION;

#endif
