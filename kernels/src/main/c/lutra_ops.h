/*
 * The kernels of one instruction set. The table starts with scalar C, which can do everything; each higher set that the CPU has then
 * puts its own kernels in place. Public functions cut the work into calls of these.
 */
#ifndef LUTRA_OPS_H
#define LUTRA_OPS_H

#include "ternary_layout.h"

#if defined(__x86_64__) || defined(_M_X64)
enum isa { SCALAR, AVX2, AVX512, VNNI, VBMI, AMX, ISAS };
#else
enum isa { SCALAR, NEON, DOTPROD, ISAS };
#endif

enum {
    BAND = 4,         /* most tiles of a band */
    GEMM_TOKENS = 32, /* most tokens of one call of gemm */
    STRIP_OFFSET = 128,
    TRIT_OFFSET = 1
};

/* Activations from one token on; see struct lutra_blocks. */
struct block_x {
    const int8_t *values;
    const float *scales;
    const int32_t *sums;
};

/* 64 decoded rows of weights in blocks: weight = scale * (level - STRIP_OFFSET) - min. */
struct block_strip {
    const uint8_t *levels; /* [columns / 4][64][4] */
    const float *scales;   /* [columns / sub][64] */
    const float *mins;     /* [columns / sub][64], or NULL */
    int32_t columns;
    int32_t sub; /* columns of a scale: 16 or 32 */
};

struct lutra_ops {
    int32_t fast_layouts; /* bit (1 << layout): the set has a gemv of its own */

    /* Fills the tables of block b; tables begins with those of block 0. */
    void (*tables[LAYOUTS])(const struct geometry *g, const struct block *b, const int8_t *x, void *tables);

    /* sums[64 * tiles] += block b of tiles [tile, tile + tiles), which follow one another up to a multiple of g->most_tiles. */
    void (*gemv[LAYOUTS])(
            const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums);

    /*
     * Decodes block b of a tile into a strip that begins with column first, a multiple of 4: uint8 [columns/4][64 rows][4] of
     * m * level + STRIP_OFFSET. All layouts but "codes" leave [columns][64 byte lanes] of m * level, which interleave brings into
     * the strip's form in place.
     */
    void (*unpack[LAYOUTS])(
            const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip);
    void (*interleave)(uint8_t *strip, int32_t quads);

    /* sums[tokens][64] = -offset * x_sums[tokens] */
    void (*start)(const int32_t *x_sums, int32_t offset, int32_t tokens, int32_t *sums);

    /*
     * NULL, or what is to be called before gemm and gemm_trits take another number of tokens than before, and with 0 when they are done:
     * it costs some hundred cycles.
     */
    void (*shape)(int32_t tokens);

    /*
     * sums[tokens][64] += strip times x, quads groups of four columns; 1 to gemm_tokens tokens. The strip is in memory for a multiple of
     * 64 columns.
     */
    void (*gemm)(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums);
    int32_t gemm_tokens;

    /*
     * NULL, or the same for strips whose levels are single trits, as trit + TRIT_OFFSET: sums of products of 0, 1 and 2 stay in 16 bits
     * for a while.
     */
    void (*gemm_trits)(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums);

    /*
     * y[r] of rows that follow one another, for one token. One sum per row, sub-blocks in order: acc = acc + sum * (scale * x_scale), or
     * acc = acc + (sum * scale - min * x_sum) * x_scale.
     */
    void (*block_gemv)(int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns,
                       struct block_x x, float *y);

    /* The same for 64 rows decoded into a strip and any number of tokens. y: [tokens][64]. */
    void (*block_gemm)(const struct block_strip *strip, int32_t tokens, struct block_x x, float *y);

    /* y[t][r] of `rows` rows that follow one another, for all tokens. */
    void (*dense)(int32_t type, const uint8_t *weights, int32_t rows, int32_t columns, const float *x, int64_t x_stride,
                  int32_t tokens, float *y, int64_t y_stride);

    void (*block_quantize)(const float *x, int32_t blocks, int8_t *values, float *scales, int32_t *sums);

    /* One row each; see the public functions. */
    void (*quantize)(const float *x, int32_t n, const struct lutra_int8_rows *q, int64_t row);
    void (*norm)(const float *x, const float *weight, int32_t n, float epsilon, float *y);
    void (*gate)(int32_t activation, const float *gate, const float *up, int32_t n, float *y);
    void (*rope)(float *x, int32_t pairs, const float *cosines, const float *sines);
    void (*add)(const float *x, float factor, int32_t n, float *y);

    void (*attention)(
            const struct lutra_cache *cache, int32_t kv_head, const float *q, int64_t q_stride, int32_t tokens, int32_t heads,
            int32_t position, float scale, float *scratch, float *out, int64_t out_stride);

    /* y[i] = (float) sums[i] * (row_scales[i] / x_scale) */
    void (*finish)(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y);

    /* The same for n rows of a tile and many tokens: sums [tokens][64], x_scales [tokens]. */
    void (*finish_tile)(
            const int32_t *sums, const float *row_scales, const float *x_scales, int32_t tokens, int32_t n, float *y,
            int64_t y_stride);
};

/* Where the tables of "codes" keep their sums, int32 [blocks]: behind the activations. */
static inline int32_t *codes_sums(const struct geometry *g, const void *tables) {
    size_t bytes = (size_t)g->steps * g->unit;
    return (int32_t *)((uint8_t *)tables + (bytes + 63) / 64 * 64);
}

/* The active table, owned by lutra.c. */
extern struct lutra_ops lutra_ops;

/* Each puts the kernels of its set into the table and leaves the rest. */
void lutra_install_scalar(struct lutra_ops *ops);
void lutra_install_block_scalar(struct lutra_ops *ops);
void lutra_install_dense_scalar(struct lutra_ops *ops);
void lutra_install_elementwise_scalar(struct lutra_ops *ops);
void lutra_install_attention_scalar(struct lutra_ops *ops);
void lutra_install_avx2(struct lutra_ops *ops);
void lutra_install_lookup_avx2(struct lutra_ops *ops);
void lutra_install_dense_avx2(struct lutra_ops *ops);
void lutra_install_elementwise_avx2(struct lutra_ops *ops);
void lutra_install_attention_avx2(struct lutra_ops *ops);
void lutra_install_avx512(struct lutra_ops *ops);
void lutra_install_dense_avx512(struct lutra_ops *ops);
void lutra_install_elementwise_avx512(struct lutra_ops *ops);
void lutra_install_attention_avx512(struct lutra_ops *ops);
void lutra_install_vnni(struct lutra_ops *ops);
void lutra_install_block_avx2(struct lutra_ops *ops);
void lutra_install_block_vnni(struct lutra_ops *ops);
void lutra_install_vbmi(struct lutra_ops *ops);
void lutra_install_amx(struct lutra_ops *ops);
void lutra_install_neon(struct lutra_ops *ops);
void lutra_install_lookup_neon(struct lutra_ops *ops);
void lutra_install_elementwise_neon(struct lutra_ops *ops);
void lutra_install_attention_neon(struct lutra_ops *ops);
void lutra_install_block_neon(struct lutra_ops *ops);
void lutra_install_dotprod(struct lutra_ops *ops);
void lutra_install_block_dotprod(struct lutra_ops *ops);

#endif
