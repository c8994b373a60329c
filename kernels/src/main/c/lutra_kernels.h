/*
 * The C side of dev.lutra.kernels. Everything that Java calls is declared here, with fixed-width types only, so that one generated
 * binding serves every platform. After a change raise LUTRA_ABI_VERSION, here and in NativeLibrary.java, and run in this directory
 *
 *   jextract @jextract.args lutra_kernels.h
 *
 * or `mvn -Pjextract -pl kernels generate-sources`, which does the same.
 *
 * Every kernel works on a slice [from, to) of its tiles and runs in the thread that calls it; the team of threads lives in Java.
 * Segments are 64-byte aligned unless said otherwise. Kernels check nothing: shapes and sizes are checked in Java.
 */
#ifndef LUTRA_KERNELS_H
#define LUTRA_KERNELS_H

#include <stdint.h>

#define LUTRA_ABI_VERSION 8

/* All that follows is exported; everything else is compiled with hidden visibility. */
#pragma GCC visibility push(default)

/* ---- Library and instruction sets ------------------------------------------------------------------------------------------- */

/* LUTRA_ABI_VERSION of the built library. */
int32_t lutra_abi_version(void);

/*
 * Instruction sets are numbered in rising order: 0 scalar C, 1 AVX2, 2 AVX-512 (F BW VL DQ), 3 with VNNI, 4 with VBMI and GFNI, 5 with
 * AMX int8; on ARM 1 NEON, 2 with dot product.
 */
int32_t lutra_isa_best(void);                /* highest that CPU, operating system, build and LUTRA_MAX_ISA (a name) allow */
int32_t lutra_isa_active(void);              /* the one in use; lutra_isa_best() at load */
int32_t lutra_isa_use(int32_t isa);          /* switches to isa or the next lower one; no kernel may be running. Returns the new one */
const char *lutra_isa_name(int32_t isa);     /* "scalar", "avx2", "avx512", "vnni", "vbmi", "amx", "neon", "dotprod"; NULL past the last */

/*
 * 1 when the active kernels multiply a small seeded matrix in every layout, of one to three digits, by one token and by many, to the sums
 * that plain loops give, and seeded blocks, rows and queries come as close as promised; 0 when they do not, or there is no memory.
 */
int32_t lutra_check(void);

/* ---- Memory ----------------------------------------------------------------------------------------------------------------- */

/*
 * Zeroed memory in whole pages, in huge ones on request where the system has them (they raise read bandwidth by a tenth to a half); a
 * page takes memory when it is first written. NULL when there is none, or no such thing on this system.
 */
void *lutra_pages_allocate(int64_t bytes, int32_t huge);
void lutra_pages_free(void *pages, int64_t bytes);

/* Reads memory, a multiple of 64 bytes, and returns the sum of its words: what a measurement of read bandwidth runs. */
int64_t lutra_read(const void *memory, int64_t bytes);

/*
 * Multiplies int8 in registers with the active set's fastest instruction for a number of rounds; returns how many multiply-adds that were.
 */
int64_t lutra_peak(int64_t rounds);

/* ---- Vocabularies ------------------------------------------------------------------------------------------------------------ */

/* Where each of count strings of GGUF, uint64 length and bytes, begins, and where one after the last would; lengths are checked. */
void lutra_string_starts(const uint8_t *strings, int32_t count, int32_t *starts);

/* The slots of TokenIndex, a power of two of them, from tokens at `starts`. Returns 0 when two tokens are spelled the same. */
int32_t lutra_index_tokens(
        const uint8_t *strings, const int32_t *starts, int32_t count, int32_t seed, int64_t *slots, int32_t slot_count);

/*
 * The keys and values of MergeTable, `capacity` of each, a power of two, from merges and the index of the tokens. Returns 0 when a merge
 * is not two tokens with a space between, or is of no tokens, or repeats another.
 */
int32_t lutra_index_merges(
        const uint8_t *strings,
        const int32_t *starts,
        int32_t count,
        int32_t seed,
        const int64_t *slots,
        int32_t slot_count,
        const uint8_t *merges,
        const int32_t *merge_starts,
        int32_t merge_count,
        int64_t *keys,
        int64_t *values,
        int32_t capacity);

/* ---- Formats of files -------------------------------------------------------------------------------------------------------- */

/*
 * Rows [from, to), multiples of 32, of a TL2 tensor of rows x columns in tiles of tile_rows x tile_columns, as trits [to - from][columns].
 * Returns 0 when a code stands for no trits. dev.lutra.quant.ternary.Tl2Codec describes the format.
 */
int32_t lutra_tl2_decode(
        const uint8_t *tensor,
        int32_t rows,
        int32_t columns,
        int32_t tile_rows,
        int32_t tile_columns,
        int32_t from,
        int32_t to,
        int8_t *trits);

/*
 * count rows of one digit of a digit tensor, row_bytes apart, as trits [count][columns]. Returns 0 when a code stands for no trits.
 * dev.lutra.gguf.type.DigitType describes the format.
 */
int32_t lutra_plane_decode(const uint8_t *plane, int64_t row_bytes, int32_t columns, int32_t count, int8_t *trits);

/* ---- Ternary digits ---------------------------------------------------------------------------------------------------------- */

/*
 * A matrix w[r][c] = row_scales[r] * m[r][c / group] * (t0 + 3 t1 + 9 t2) with trits t and integer m, in a run-time layout. Rows are
 * cut into tiles of 64; rows past the last count as zero. A tile runs through its columns in blocks: a block never crosses a group and
 * is short enough for sums of 16 bits. A block is cut into steps, the last one filled up with zeros:
 *
 *   layout 1, "five":  a step is 9 columns: per digit and row one uint16 with three 5-bit indices 9(a+1)+3(b+1)+(c+1); blocks of <= 252
 *   layout 2, "quint": a step is 5 columns: per digit and row one byte, bit 7 the sign, bits 0-6 the magnitude of
 *                      81a+27b+9c+3d+e; blocks of <= 255 columns; a panel begins with corrections, int32 [tile][64]
 *   layout 3, "codes": a step is 16, 8 or 4 columns (1, 2, 3 digits) in a dword per row: byte j holds columns j, 4+j, 8+j, 12+j from
 *                      its low bits up, 2, 4 or 8 bits each, code = t0 + 3 t1 + 9 t2 + (1, 4, 13); a block is a group
 *   layout 4, "triple": a step is 24 columns, eight triples with the magnitude |9a+3b+c|: per digit and row five bytes, 64 rows apart:
 *                      four of two magnitudes, the first in the low half, and one of signs, the first triple's in bit 7; blocks of <= 240
 *
 * weights: [panel][block][band][step][tile][digit][64 rows in lane order] (codes: no digit axis). With one, two or three digits a band is
 * 4, 2 or 1 tiles of quint, 2, 2 or 1 of five, and 1 of the others; a panel is 8 tiles, 1 of codes, 32 of triple. group_scales:
 * [tile][group][64 rows] or NULL, all 1. Lanes are ordered so that sums come out in row order: see ternary_layout.h.
 */
struct lutra_ternary {
    void *weights;
    uint8_t *group_scales;
    float *row_scales; /* [rows] */
    int32_t layout;
    int32_t digits; /* 1 to 3 */
    int32_t rows;
    int32_t columns;
    int32_t group; /* columns that share an m; 0 when group_scales is NULL */
    int32_t reserved;
};

int64_t lutra_ternary_struct_bytes(void); /* sizeof(struct lutra_ternary), to compare with the binding's */
int64_t lutra_ternary_weight_bytes(const struct lutra_ternary *w);
int64_t lutra_ternary_scale_bytes(const struct lutra_ternary *w);
int64_t lutra_ternary_table_bytes(const struct lutra_ternary *w);
int32_t lutra_ternary_blocks(const struct lutra_ternary *w);
/* Bit (1 << layout) is set when the active instruction set multiplies vectors by that layout faster than scalar C. */
int32_t lutra_ternary_layouts(int32_t digits);

/* One row of the source of a matrix. */
struct lutra_ternary_row {
    const int8_t *trits; /* [columns] of digit 0; NULL for a row of zeros */
    int64_t plane;       /* bytes from a digit's trits to the next digit's */
    const uint8_t *m;    /* [groups], or NULL for 1 */
};

/* Fills a tile of w->weights and w->group_scales from rows[64]. */
void lutra_ternary_pack(const struct lutra_ternary *w, const struct lutra_ternary_row *rows, int32_t tile);

/*
 * The same for as many tiles as count rows take, which follow one another, the rest of the last tile zeros: trits
 * [digits][...][columns], plane bytes from digit to digit; m [count][groups], or NULL.
 */
void lutra_ternary_pack_rows(
        const struct lutra_ternary *w, const int8_t *trits, int64_t plane, const uint8_t *m, int32_t count, int32_t tile);

/*
 * What one activation vector x (int8 [columns]) is to matrices of w's layout, columns and group: for "codes" the activations
 * themselves with their sums, for the others tables of the sums of every combination of trits. Fills blocks [from, to). A thread makes
 * its own: that takes less time than fetching them from another core's cache.
 */
void lutra_ternary_tables(const struct lutra_ternary *w, const int8_t *x, int32_t from, int32_t to, void *tables);

/*
 * y[r] = sum over c of w[r][c] x[c] for the rows of tiles [from, to). x_scale 0: y is int32, the sums without row scale; otherwise y is
 * float, (float) sum * (row_scales[r] / x_scale).
 */
void lutra_ternary_gemv(
        const struct lutra_ternary *w, const void *tables, float x_scale, int32_t from, int32_t to, void *y);

/* Bytes of scratch memory that one thread needs in lutra_ternary_gemm. */
int64_t lutra_ternary_scratch_bytes(const struct lutra_ternary *w);

/*
 * y[t][r] for many tokens. x: int8 [tokens][x_stride], x_sums: their sums [tokens], x_scales: [tokens], or NULL for int32 sums in y;
 * y: [tokens][y_stride] float or int32. scratch belongs to the calling thread.
 */
void lutra_ternary_gemm(
        const struct lutra_ternary *w,
        const int8_t *x,
        int64_t x_stride,
        const int32_t *x_sums,
        const float *x_scales,
        int32_t tokens,
        int32_t from,
        int32_t to,
        void *scratch,
        void *y,
        int64_t y_stride);

/* Bytes of scratch memory that one thread needs in lutra_ternary_gated; 0 when w is none that it takes. */
int64_t lutra_ternary_gated_bytes(const struct lutra_ternary *w);

/*
 * As lutra_ternary_gemm and then lutra_gate, for a matrix whose first half of rows is the gate and whose second half is up: both halves a
 * multiple of 64 rows, and columns that fit one strip. [from, to) counts tiles of one half; y: float [tokens][y_stride].
 */
void lutra_ternary_gated(
        const struct lutra_ternary *w,
        int32_t activation,
        const int8_t *x,
        int64_t x_stride,
        const int32_t *x_sums,
        const float *x_scales,
        int32_t tokens,
        int32_t from,
        int32_t to,
        void *scratch,
        float *y,
        int64_t y_stride);

/* ---- Weights in blocks with scales -------------------------------------------------------------------------------------------- */

/*
 * Activations in blocks of 32: x[c] = scales[c / 32] * values[c]. The scale is max|x| / 127 over the block, quotients are rounded half to
 * even.
 */
struct lutra_blocks {
    int8_t *values;  /* [tokens][columns] */
    float *scales;   /* [tokens][columns / 32] */
    int32_t *sums;   /* [tokens][columns / 16], of halves of a block's values */
    int32_t columns; /* a multiple of 32 */
    int32_t reserved;
};

/* Quantizes tokens [from, to) of x, float [tokens][x_stride]. */
void lutra_blocks_quantize(const struct lutra_blocks *blocks, const float *x, int64_t x_stride, int32_t from, int32_t to);

/* Weights in ggml's type (2 Q4_0, 8 Q8_0, 12 Q4_K, 14 Q6_K), rows of blocks as in the file, any alignment. */
struct lutra_block_matrix {
    const void *weights;
    int32_t type;
    int32_t rows;
    int32_t columns;
    int32_t reserved;
};

/* Bytes of scratch memory that one thread needs. */
int64_t lutra_block_scratch_bytes(const struct lutra_block_matrix *w);

/*
 * y[t][r] for tiles [from, to) of 64 rows; y: float [tokens][y_stride]. Products that share a scale are summed exactly, those
 * sums in order in float: a token's result does not depend on the other tokens.
 */
void lutra_block_multiply(
        const struct lutra_block_matrix *w,
        const struct lutra_blocks *x,
        int32_t tokens,
        int32_t from,
        int32_t to,
        void *scratch,
        float *y,
        int64_t y_stride);

/* ---- Float weights ------------------------------------------------------------------------------------------------------------ */

/*
 * y[t][r] = sum over c of w[r][c] x[t][c] in float for rows [from, to). weights: [rows][columns] in ggml's type (0 F32, 1 F16, 30 BF16),
 * any alignment; x: float [tokens][x_stride]; y: float [tokens][y_stride]. A result does not depend on the other rows and tokens.
 */
void lutra_dense_multiply(
        const void *weights,
        int32_t type,
        int32_t columns,
        const float *x,
        int64_t x_stride,
        int32_t tokens,
        int32_t from,
        int32_t to,
        float *y,
        int64_t y_stride);

/* ---- Rows of floats ------------------------------------------------------------------------------------------------------------- */

/*
 * Activations as int8, one scale per row: scale = 127 / max(|x|, 1e-5), value = x * scale rounded half to even. Every instruction set gives
 * the same bits.
 */
struct lutra_int8_rows {
    int8_t *values; /* [rows][stride] */
    float *scales;  /* [rows] */
    int32_t *sums;  /* [rows], of the row's values */
    int64_t stride; /* bytes */
};

/* Quantizes rows [from, to) of x, float [rows][x_stride]. */
void lutra_int8_quantize(
        const float *x, int64_t x_stride, int32_t columns, int32_t from, int32_t to, const struct lutra_int8_rows *q);

/*
 * Root-mean-square norm of rows [from, to), each in parts of `length` columns: y = x / sqrt(mean(x^2) + epsilon) * weight. y may be x.
 * Unless q is NULL, the new rows are quantized too.
 */
void lutra_norm(
        const float *x, int64_t x_stride, const float *weight, int32_t length, int32_t parts, float epsilon, int32_t from,
        int32_t to, float *y, int64_t y_stride, const struct lutra_int8_rows *q);

/* What lutra_gate applies to the gate. */
enum lutra_activation { LUTRA_SILU, LUTRA_SQUARED_RELU, LUTRA_SIGMOID };

/* y = activation(gate) * up in rows [from, to); y may be gate or up. Unless q is NULL, the new rows are quantized too. */
void lutra_gate(
        int32_t activation, const float *gate, int64_t gate_stride, const float *up, int64_t up_stride, int32_t columns,
        int32_t from, int32_t to, float *y, int64_t y_stride, const struct lutra_int8_rows *q);

/* Turns the pairs (i, i + pairs) of every head of rows [from, to) by the angles of the row, float [rows][pairs] each. */
void lutra_rope(
        float *x, int64_t x_stride, int32_t heads, int32_t head_length, int32_t pairs, const float *cosines, const float *sines,
        int32_t from, int32_t to);

/* y += factor * x in rows [from, to), product and sum rounded separately; x_stride 0 adds one row to all. */
void lutra_add(
        const float *x, int64_t x_stride, float factor, int32_t columns, int32_t from, int32_t to, float *y, int64_t y_stride);

/* ---- Attention ---------------------------------------------------------------------------------------------------------------- */

/* Keys and values of one layer, [head][position][head_length] in ggml's type (0 F32, 1 F16, 8 Q8_0). */
struct lutra_cache {
    const void *keys;
    const void *values;
    int32_t type;
    int32_t head_length; /* a multiple of 32 for Q8_0 */
    int32_t capacity;    /* positions of a head */
    int32_t reserved;
};

/* Bytes of scratch memory that one thread needs for `queries` = tokens * heads query vectors. */
int64_t lutra_attention_scratch_bytes(int32_t head_length, int32_t queries);

/*
 * out = softmax(scale * q K^T) V for `heads` query heads, side by side, of `tokens` tokens against one key-value head; the token in row t
 * sees positions up to position + t. q: [tokens][q_stride], out: [tokens][out_stride], which may be q. The result of a query does not
 * depend on the others.
 */
void lutra_attention(
        const struct lutra_cache *cache, int32_t kv_head, const float *q, int64_t q_stride, int32_t tokens, int32_t heads,
        int32_t position, float scale, void *scratch, float *out, int64_t out_stride);

#pragma GCC visibility pop

#endif
