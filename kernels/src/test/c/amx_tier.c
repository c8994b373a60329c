/*
 * Offers the AMX set to a program on a processor without it, whose tile instructions amx_trap.c executes. The linker turns calls of the
 * functions below into calls of these (--wrap); the library's own, which trust CPUID, stay as they are. With AMX in hardware nothing is
 * different.
 */
#include <stdio.h>
#include <stdlib.h>

#include "amx_model.h"
#include "lutra_ops.h"

int32_t __real_lutra_isa_best(void);
int32_t __real_lutra_isa_use(int32_t isa);

static int32_t active;

static int has_tiles(void) { return __real_lutra_isa_best() == AMX; }

/* AMX needs what the set below it needs. */
int32_t __wrap_lutra_isa_best(void) {
    if (__real_lutra_isa_best() < VBMI) {
        puts("skipped: no AVX-512 VNNI, VBMI and GFNI here, which the AMX kernels use beside tiles");
        exit(0);
    }
    return AMX;
}

int32_t __wrap_lutra_isa_active(void) { return active; }

int32_t __wrap_lutra_isa_use(int32_t isa) {
    active = __real_lutra_isa_use(isa);
    if (isa == AMX && active == VBMI) {
        lutra_install_amx(&lutra_ops);
        active = AMX;
    }
    return active;
}

/* A public function must use tiles under AMX alone, and give them back: a thread that keeps them has more state to be saved. */
static void check_use(const char *function, int64_t before) {
    const char *wrong = NULL;
    if (amx_configured()) wrong = "keeps the tiles";
    else if ((active == AMX) != (amx_multiplications > before)) wrong = "uses tiles in the wrong set";
    if (!wrong || has_tiles()) return;
    printf("%s %s\n", function, wrong);
    exit(1);
}

int64_t __real_lutra_peak(int64_t rounds);

int64_t __wrap_lutra_peak(int64_t rounds) {
    const int64_t before = amx_multiplications;
    const int64_t products = __real_lutra_peak(rounds);
    check_use("lutra_peak", before);
    return products;
}

void __real_lutra_ternary_gemm(
        const struct lutra_ternary *w, const int8_t *x, int64_t x_stride, const int32_t *x_sums, const float *x_scales,
        int32_t tokens, int32_t from, int32_t to, void *scratch, void *y, int64_t y_stride);

void __wrap_lutra_ternary_gemm(
        const struct lutra_ternary *w, const int8_t *x, int64_t x_stride, const int32_t *x_sums, const float *x_scales,
        int32_t tokens, int32_t from, int32_t to, void *scratch, void *y, int64_t y_stride) {
    const int64_t before = amx_multiplications;
    __real_lutra_ternary_gemm(w, x, x_stride, x_sums, x_scales, tokens, from, to, scratch, y, y_stride);
    check_use("lutra_ternary_gemm", before);
}

void __real_lutra_ternary_gated(
        const struct lutra_ternary *w, int32_t activation, const int8_t *x, int64_t x_stride, const int32_t *x_sums,
        const float *x_scales, int32_t tokens, int32_t from, int32_t to, void *scratch, float *y, int64_t y_stride);

void __wrap_lutra_ternary_gated(
        const struct lutra_ternary *w, int32_t activation, const int8_t *x, int64_t x_stride, const int32_t *x_sums,
        const float *x_scales, int32_t tokens, int32_t from, int32_t to, void *scratch, float *y, int64_t y_stride) {
    const int64_t before = amx_multiplications;
    __real_lutra_ternary_gated(w, activation, x, x_stride, x_sums, x_scales, tokens, from, to, scratch, y, y_stride);
    check_use("lutra_ternary_gated", before);
}
