/* How tiles get their shapes. */
#ifndef LUTRA_TILES_AMX_H
#define LUTRA_TILES_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* As ldtilecfg reads it; palette 1 has eight tiles. */
struct tile_shapes {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

_Static_assert(sizeof(struct tile_shapes) == 64, "as ldtilecfg reads it");

/* GCC before 14 takes ldtilecfg for an instruction that reads 8 bytes, and may leave out stores to the other 56. */
static inline void load_shapes(const struct tile_shapes *shapes) {
    __asm__ volatile("" : : "m"(*shapes));
    _tile_loadconfig(shapes);
}

#endif
