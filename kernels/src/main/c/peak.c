/* The peak of the unit that multiplies int8: what a measurement of prefill is a share of. */
#include "peak.h"

int64_t lutra_peak_scalar(int64_t rounds) {
    int32_t acc[8] = {0};
    for (int64_t r = 0; r < rounds; r++)
        for (int32_t i = 0; i < 8; i++) {
            acc[i] += (int8_t)r * (int8_t)(r + i);
            PEAK_KEEP(acc[i], "+r");
        }
    return rounds * 8;
}

int64_t lutra_peak(int64_t rounds) {
    switch (lutra_isa_active()) {
#ifdef LUTRA_HAVE_AVX2
        case AVX2: return lutra_peak_avx2(rounds);
#endif
#ifdef LUTRA_HAVE_AVX512
        case AVX512: return lutra_peak_avx512(rounds);
#endif
#ifdef LUTRA_HAVE_VNNI
        case VNNI: return lutra_peak_vnni(rounds);
#endif
#ifdef LUTRA_HAVE_VBMI
        case VBMI: return lutra_peak_vnni(rounds); /* multiplies with the same instruction */
#endif
#ifdef LUTRA_HAVE_AMX
        case AMX: return lutra_peak_amx(rounds);
#endif
#ifdef LUTRA_HAVE_NEON
        case NEON: return lutra_peak_neon(rounds);
#endif
#ifdef LUTRA_HAVE_DOTPROD
        case DOTPROD: return lutra_peak_dotprod(rounds);
#endif
        default: return lutra_peak_scalar(rounds);
    }
}
