/* Which instruction sets this CPU, operating system and build allow, and the table of kernels in use. */
#include <stdlib.h>
#include <string.h>

#include "lutra_ops.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__linux__)
#include <sys/auxv.h>
#endif

struct lutra_ops lutra_ops;

static int32_t best, active;

#if defined(__x86_64__) || defined(_M_X64)

static const char *const names[ISAS] = {"scalar", "avx2", "avx512", "vnni", "vbmi", "amx"};

static uint64_t xgetbv(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/*
 * Linux hands out the tile registers on request, to all threads of the process at once, those that run included; a thread that uses them
 * without is killed. Refused when the alternate signal stack of any thread is too small for them, and from then on small ones are
 * refused instead: asked for only when they are to be used.
 */
static int granted(int32_t isa) {
    if (isa != AMX) return 1;
#if defined(__linux__)
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return 0;
#endif
}

static int32_t detect(void) {
    uint32_t a, b, c, d, b7, c7, d7;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return SCALAR;
    if (!has(c, bit_FMA | bit_AVX | bit_F16C | bit_OSXSAVE)) return SCALAR;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return SCALAR;
    uint64_t saved = xgetbv(); /* register state that the operating system saves */
    if ((saved & 0x6) != 0x6 || !has(b7, bit_AVX2)) return SCALAR;
    if ((saved & 0xe6) != 0xe6 || !has(b7, bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ)) return AVX2;
    if (!has(c7, bit_AVX512VNNI)) return AVX512;
    if (!has(c7, bit_AVX512VBMI | bit_GFNI)) return VNNI;
    enum { AMX_TILE = 1 << 24, AMX_INT8 = 1 << 25, TILES_SAVED = 0x60000 };
    return has(d7, AMX_TILE | AMX_INT8) && (saved & TILES_SAVED) == TILES_SAVED ? AMX : VBMI;
}

#else

static const char *const names[ISAS] = {"scalar", "neon", "dotprod"};

static int granted(int32_t isa) {
    (void)isa;
    return 1;
}

static int32_t detect(void) {
#if defined(__APPLE__)
    return DOTPROD;
#elif defined(__linux__) && defined(__aarch64__)
    enum { ASIMD = 1 << 1, ASIMDDP = 1 << 20 };
    unsigned long capabilities = getauxval(AT_HWCAP);
    return !(capabilities & ASIMD) ? SCALAR : capabilities & ASIMDDP ? DOTPROD : NEON;
#else
    return SCALAR;
#endif
}

#endif

/* NULL where the compiler could not build the set. */
static void (*const installers[ISAS])(struct lutra_ops *) = {
        [SCALAR] = lutra_install_scalar,
#ifdef LUTRA_HAVE_AVX2
        [AVX2] = lutra_install_avx2,
#endif
#ifdef LUTRA_HAVE_AVX512
        [AVX512] = lutra_install_avx512,
#endif
#ifdef LUTRA_HAVE_VNNI
        [VNNI] = lutra_install_vnni,
#endif
#ifdef LUTRA_HAVE_VBMI
        [VBMI] = lutra_install_vbmi,
#endif
#ifdef LUTRA_HAVE_AMX
        [AMX] = lutra_install_amx,
#endif
#ifdef LUTRA_HAVE_NEON
        [NEON] = lutra_install_neon,
#endif
#ifdef LUTRA_HAVE_DOTPROD
        [DOTPROD] = lutra_install_dotprod,
#endif
};

int32_t lutra_abi_version(void) { return LUTRA_ABI_VERSION; }

int32_t lutra_isa_best(void) { return best; }

int32_t lutra_isa_active(void) { return active; }

int32_t lutra_isa_use(int32_t isa) {
    active = SCALAR;
    for (int32_t i = SCALAR; i <= isa && i <= best; i++)
        if (installers[i]) {
            installers[i](&lutra_ops);
            active = i;
        }
    return active;
}

const char *lutra_isa_name(int32_t isa) { return isa >= 0 && isa < ISAS ? names[isa] : NULL; }

__attribute__((constructor)) static void load(void) {
    best = detect();
    const char *cap = getenv("LUTRA_MAX_ISA");
    for (int32_t i = 0; cap && i < best; i++)
        if (!strcmp(cap, names[i])) best = i;
    while (!installers[best] || !granted(best)) best--;
    lutra_isa_use(best);
}
