/*
 * What loading a model takes time for. Decodes TL2 and the planes of digit tensors: the triples of trits that files hold as nibbles |9a + 3b + c| with their signs apart, and
 * TL2's pairs 3a + b + 4. The codecs in Java say what the formats are and find the fault in codes that these functions refuse; these are
 * there because a model is loaded before a JIT compiler has looked at the codecs.
 */
#include <string.h>

#include "ternary_layout.h"

enum { BAND_ROWS = 32, PAIR_COLUMNS = 32, LAST_TRIPLE = 13, LAST_PAIR = 8, INVALID = 0x80 };

/* Six trits by signs << 8 | byte, signs bit 2 for the first triple and bit 0 for the second; INVALID in byte 7 marks no code. */
static int8_t six_trits[6 << 8][8];
static int8_t four_trits[256][8];

static void put_triple(int32_t value, int8_t *to) {
    to[0] = (int8_t)((value + 13) / 9 - 1);
    value -= 9 * to[0];
    to[1] = (int8_t)((value + 4) / 3 - 1);
    to[2] = (int8_t)(value - 3 * to[1]);
}

__attribute__((constructor)) static void fill_tables(void) {
    for (int32_t i = 0; i < 6 << 8; i++) {
        int32_t first = i >> 4 & 15, second = i & 15, signs = i >> 8;
        if (first > LAST_TRIPLE || second > LAST_TRIPLE || (signs & 2) || (!first && signs >> 2) || (!second && (signs & 1))) {
            six_trits[i][7] = (int8_t)INVALID;
            continue;
        }
        put_triple(signs >> 2 ? -first : first, six_trits[i]);
        put_triple(signs & 1 ? -second : second, six_trits[i] + 3);
    }
    for (int32_t i = 0; i < 256; i++) {
        int32_t first = i >> 4, second = i & 15;
        if (first > LAST_PAIR || second > LAST_PAIR) four_trits[i][7] = (int8_t)INVALID;
        four_trits[i][0] = (int8_t)(first / 3 - 1);
        four_trits[i][1] = (int8_t)(first % 3 - 1);
        four_trits[i][2] = (int8_t)(second / 3 - 1);
        four_trits[i][3] = (int8_t)(second % 3 - 1);
    }
}

/* The place of a row of a band among its bytes. */
static inline int32_t band_lane(int32_t row) { return row / 8 == 1 ? row + 8 : row / 8 == 2 ? row - 8 : row; }

/* Writes six trits; returns what marks an invalid code. */
static inline int32_t put_six(uint8_t code, int32_t signs, int8_t *to) {
    const int8_t *from = six_trits[signs << 8 | code];
    memcpy(to, from, 6);
    return from[7];
}

/* The same six trits as a word, whose top bit marks an invalid code. */
static inline uint64_t word_of_six(uint8_t code, int32_t signs) {
    uint64_t word;
    memcpy(&word, six_trits[signs << 8 | code], 8);
    return word;
}

int32_t lutra_tl2_decode(
        const uint8_t *tensor, int32_t rows, int32_t columns, int32_t tile_rows, int32_t tile_columns, int32_t from, int32_t to,
        int8_t *trits) {
    const int64_t pair_columns = columns % tile_columns, triple_columns = columns - pair_columns;
    const uint8_t *signs_part = tensor + (int64_t)rows * triple_columns / 6;
    const uint8_t *pairs_part = tensor + (int64_t)rows * triple_columns * 5 / 24;
    int32_t wrong = 0;
    uint64_t seen = 0;
    for (int32_t band = from; band < to; band += BAND_ROWS) {
        const int64_t tile_row = band / tile_rows * tile_rows, in_tile = band % tile_rows;
        int8_t *out = trits + (int64_t)(band - from) * columns;
        for (int64_t column = 0; column < triple_columns; column += tile_columns) {
            const int64_t before = tile_row * triple_columns + tile_rows * column + in_tile * tile_columns;
            const uint8_t *indices = tensor + before / 6, *signs = signs_part + before / 24;
            for (int32_t r = 0; r < BAND_ROWS; r++) {
                const uint8_t *at = indices + band_lane(r), *word = signs + r % 16 * 2;
                int8_t *row = out + (int64_t)r * columns + column;
                for (int32_t c = 0; c < tile_columns; c += 24, at += 4 * BAND_ROWS, word += 32, row += 24) {
                    int32_t bits = ((word[0] | word[1] << 8) >> (1 - r / 16)) & 0x5555;
                    uint64_t a = word_of_six(at[0], bits >> 12), b = word_of_six(at[BAND_ROWS], bits >> 8 & 5);
                    uint64_t d = word_of_six(at[2 * BAND_ROWS], bits >> 4 & 5), e = word_of_six(at[3 * BAND_ROWS], bits & 5);
                    seen |= a | b | d | e;
                    /* Whole words where what lies behind the six is written next. */
                    memcpy(row, &a, 8);
                    memcpy(row + 6, &b, 8);
                    memcpy(row + 12, &d, 8);
                    memcpy(row + 18, &e, 6);
                }
            }
        }
        for (int64_t column = 0; column < pair_columns; column += PAIR_COLUMNS) {
            const uint8_t *codes = pairs_part + (tile_row * pair_columns + tile_rows * column + in_tile * PAIR_COLUMNS) / 4;
            for (int32_t r = 0; r < BAND_ROWS; r++) {
                int8_t *row = out + (int64_t)r * columns + triple_columns + column;
                for (int32_t c = 0; c < PAIR_COLUMNS; c += 4) {
                    const int8_t *four = four_trits[codes[c / 4 * BAND_ROWS + band_lane(r)]];
                    memcpy(row + c, four, 4);
                    wrong |= four[7];
                }
            }
        }
    }
    return wrong >= 0 && !(seen >> 63);
}

int32_t lutra_plane_decode(const uint8_t *plane, int64_t row_bytes, int32_t columns, int32_t count, int8_t *trits) {
    const int32_t triples = (columns + 2) / 3, index_bytes = (triples + 1) / 2, sign_bytes = (triples + 7) / 8;
    const int32_t unused = (1 << (8 * sign_bytes - triples)) - 1; /* bits of the last byte of signs, which are 0 */
    int32_t wrong = 0;
    for (int32_t r = 0; r < count; r++, plane += row_bytes, trits += columns) {
        const uint8_t *signs = plane + index_bytes;
        int32_t i = 0, done = 0;
        if (signs[sign_bytes - 1] & unused) wrong = -1;
        for (; done + 6 <= columns; i++, done += 6) {
            int32_t pair = signs[i / 4] >> (6 - i % 4 * 2) & 3;
            wrong |= put_six(plane[i], (pair & 2) << 1 | (pair & 1), trits + done);
        }
        for (; i < index_bytes; i++) {
            int32_t pair = signs[i / 4] >> (6 - i % 4 * 2) & 3;
            int8_t last[6];
            wrong |= put_six(plane[i], (pair & 2) << 1 | (pair & 1), last);
            for (int32_t c = 0; c < 6; c++, done++)
                if (done < columns) trits[done] = last[c];
                else if (last[c]) wrong = -1;
        }
    }
    return wrong >= 0;
}

void lutra_ternary_pack_rows(
        const struct lutra_ternary *w, const int8_t *trits, int64_t plane, const uint8_t *m, int32_t count, int32_t tile) {
    const struct geometry g = geometry_of(w);
    struct lutra_ternary_row rows[TILE];
    for (int64_t first = 0; first < count; first += TILE, tile++) {
        for (int64_t i = first; i < first + TILE; i++) {
            struct lutra_ternary_row *row = rows + (i - first);
            row->trits = i < count ? trits + i * w->columns : NULL;
            row->plane = plane;
            row->m = i < count && m ? m + i * g.groups : NULL;
        }
        lutra_ternary_pack(w, rows, tile);
    }
}
