/* tdpbsud on four tiles of sums: 16384 multiply-adds each. */
#include <immintrin.h>
#include <string.h>

#include "peak.h"

int64_t lutra_peak_amx(int64_t rounds) {
    /* Palette 1, eight tiles of 16 rows of 64 bytes, as ldtilecfg reads it. */
    uint8_t config[64] = {1};
    for (int32_t i = 0; i < 8; i++) {
        config[16 + 2 * i] = 64;
        config[48 + i] = 16;
    }
    _tile_loadconfig(config);
    for (int64_t r = 0; r < rounds; r++) {
        _tile_dpbsud(0, 4, 6);
        _tile_dpbsud(1, 4, 7);
        _tile_dpbsud(2, 5, 6);
        _tile_dpbsud(3, 5, 7);
    }
    _tile_release();
    return rounds * 4 * 16 * 16 * 64;
}
