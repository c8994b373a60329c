/* See amx_model.h. */
#include "amx_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Palette 1, the only one. */
enum { TILES = 8, ROWS = 16, ROW_BYTES = 64 };

struct tile {
    int32_t rows, column_bytes; /* both 0: not to be used */
    uint8_t data[ROWS][ROW_BYTES];
};

static struct tile tiles[TILES];
static int configured;

int64_t amx_multiplications;

static void abort_program(const char *instruction, const char *why) {
    fprintf(stderr, "amx model: %s: %s\n", instruction, why);
    abort();
}

void (*amx_fault)(const char *instruction, const char *why) = abort_program;

int amx_configured(void) { return configured; }

static int is_zero(const uint8_t *from, const uint8_t *to) {
    while (from < to && !*from) from++;
    return from == to;
}

/* Byte 0 is the palette, 1 the row to resume at, 16-31 eight uint16 of bytes per row, 48-55 eight uint8 of rows, the others 0. */
void amx_ldtilecfg(const void *memory) {
    const char *name = "ldtilecfg";
    const uint8_t *bytes = memory;
    struct tile loaded[TILES];
    memset(loaded, 0, sizeof loaded);
    if (bytes[0] == 0) {
        amx_tilerelease();
        return;
    }
    if (bytes[0] != 1) return amx_fault(name, "#GP: no such palette");
    if (bytes[1] != 0) return amx_fault(name, "starts with a row other than the first, which is for resuming after a fault");
    if (!is_zero(bytes + 2, bytes + 16) || !is_zero(bytes + 32, bytes + 48) || !is_zero(bytes + 56, bytes + 64))
        return amx_fault(name, "#GP: a reserved byte is not 0");
    for (int32_t i = 0; i < TILES; i++) {
        uint16_t column_bytes;
        memcpy(&column_bytes, bytes + 16 + 2 * i, sizeof column_bytes);
        loaded[i].column_bytes = column_bytes;
        loaded[i].rows = bytes[48 + i];
        if (loaded[i].column_bytes > ROW_BYTES) return amx_fault(name, "#GP: more than 64 bytes per row");
        if (loaded[i].rows > ROWS) return amx_fault(name, "#GP: more than 16 rows");
        if (!loaded[i].rows != !loaded[i].column_bytes) return amx_fault(name, "#GP: a tile with rows or columns only");
    }
    memcpy(tiles, loaded, sizeof tiles); /* the data of all tiles becomes 0 */
    configured = 1;
}

void amx_tilerelease(void) {
    memset(tiles, 0, sizeof tiles);
    configured = 0;
}

/* NULL after a fault. */
static struct tile *tile_of(const char *instruction, int32_t i) {
    const char *why = !configured               ? "#UD: tiles are not configured"
                      : i < 0 || i >= TILES     ? "no such tile"
                      : tiles[i].rows == 0      ? "#UD: the tile has no rows"
                                                : NULL;
    if (why) amx_fault(instruction, why);
    return why ? NULL : tiles + i;
}

void amx_tilezero(int32_t to) {
    struct tile *tile = tile_of("tilezero", to);
    if (tile) memset(tile->data, 0, sizeof tile->data);
}

void amx_tileloadd(int32_t to, const void *base, int64_t stride) {
    struct tile *tile = tile_of("tileloadd", to);
    if (!tile) return;
    memset(tile->data, 0, sizeof tile->data); /* rows and columns past those of the tile */
    for (int32_t row = 0; row < tile->rows; row++)
        memcpy(tile->data[row], (const uint8_t *)base + row * stride, tile->column_bytes);
}

void amx_tilestored(int32_t from, void *base, int64_t stride) {
    const struct tile *tile = tile_of("tilestored", from);
    if (!tile) return;
    for (int32_t row = 0; row < tile->rows; row++) memcpy((uint8_t *)base + row * stride, tile->data[row], tile->column_bytes);
}

static int32_t widen(uint8_t byte, int32_t is_signed) { return is_signed ? (int8_t)byte : byte; }

/* Row m of `to`, dword n += sum over k and i of byte i of dword k in row m of a times byte i of dword n in row k of b, modulo 2^32. */
void amx_tdpb(int32_t to, int32_t a, int32_t a_signed, int32_t b, int32_t b_signed) {
    const char *instruction = a_signed ? b_signed ? "tdpbssd" : "tdpbsud" : b_signed ? "tdpbusd" : "tdpbuud";
    struct tile *sums = tile_of(instruction, to), *x = tile_of(instruction, a), *y = tile_of(instruction, b);
    if (!sums || !x || !y) return;
    if (to == a || to == b || a == b) return amx_fault(instruction, "#UD: a tile is named twice");
    if (sums->column_bytes % 4 || x->column_bytes % 4 || y->column_bytes % 4)
        return amx_fault(instruction, "#UD: rows that are not whole dwords");
    if (sums->rows != x->rows) return amx_fault(instruction, "#UD: sums and first factor differ in rows");
    if (sums->column_bytes != y->column_bytes) return amx_fault(instruction, "#UD: sums and second factor differ in columns");
    if (x->column_bytes / 4 != y->rows) return amx_fault(instruction, "#UD: the second factor's rows are not the first one's dwords");
    for (int32_t m = 0; m < sums->rows; m++) {
        uint32_t row[ROW_BYTES / 4] = {0};
        memcpy(row, sums->data[m], sums->column_bytes);
        for (int32_t k = 0; k < y->rows; k++)
            for (int32_t n = 0; n < sums->column_bytes / 4; n++)
                for (int32_t i = 0; i < 4; i++)
                    row[n] += (uint32_t)(widen(x->data[m][4 * k + i], a_signed) * widen(y->data[k][4 * n + i], b_signed));
        memcpy(sums->data[m], row, ROW_BYTES);
    }
    memset(sums->data + sums->rows, 0, (ROWS - sums->rows) * ROW_BYTES);
    amx_multiplications++;
}
