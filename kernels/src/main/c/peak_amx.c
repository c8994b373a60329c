/* tdpbsud on four tiles of sums: 16384 multiply-adds each. */
#include "peak.h"
#include "tiles_amx.h"

int64_t lutra_peak_amx(int64_t rounds) {
    struct tile_shapes shapes = {.palette = 1};
    for (int32_t i = 0; i < 8; i++) {
        shapes.row_bytes[i] = 64;
        shapes.rows[i] = 16;
    }
    load_shapes(&shapes);
    for (int64_t r = 0; r < rounds; r++) {
        _tile_dpbsud(0, 4, 6);
        _tile_dpbsud(1, 4, 7);
        _tile_dpbsud(2, 5, 6);
        _tile_dpbsud(3, 5, 7);
    }
    _tile_release();
    return rounds * 4 * 16 * 16 * 64;
}
