/*
 * The tile instructions of AMX as functions in C, for processors without them: included in front of a source that uses the intrinsics,
 * it puts the model in their place. Written from the operation that Intel documents for each instruction; it says nothing about speed.
 */
#ifndef LUTRA_AMX_MODEL_H
#define LUTRA_AMX_MODEL_H

#include <immintrin.h>
#include <stdint.h>

/* What becomes of an instruction that a processor would refuse; by default it is reported and the program aborted. */
extern void (*amx_fault)(const char *instruction, const char *why);

/* Since the program began. */
struct amx_counts {
    int64_t configurations, loads, stores, multiplications;
};
extern struct amx_counts amx_counts;

int amx_configured(void);

void amx_ldtilecfg(const void *memory);
void amx_tilerelease(void);
void amx_tilezero(int32_t to);
void amx_tileloadd(int32_t to, const void *base, int64_t stride);
void amx_tilestored(int32_t from, void *base, int64_t stride);

/* Bytes of `a` and of `b` are signed or not. */
void amx_tdpb(const char *instruction, int32_t to, int32_t a, int32_t a_signed, int32_t b, int32_t b_signed);

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stream_loadd
#undef _tile_stored
#undef _tile_dpbssd
#undef _tile_dpbsud
#undef _tile_dpbusd
#undef _tile_dpbuud
#define _tile_loadconfig(memory) amx_ldtilecfg(memory)
#define _tile_release() amx_tilerelease()
#define _tile_zero(to) amx_tilezero(to)
#define _tile_loadd(to, base, stride) amx_tileloadd(to, base, stride)
#define _tile_stream_loadd(to, base, stride) amx_tileloadd(to, base, stride)
#define _tile_stored(from, base, stride) amx_tilestored(from, base, stride)
#define _tile_dpbssd(to, a, b) amx_tdpb("tdpbssd", to, a, 1, b, 1)
#define _tile_dpbsud(to, a, b) amx_tdpb("tdpbsud", to, a, 1, b, 0)
#define _tile_dpbusd(to, a, b) amx_tdpb("tdpbusd", to, a, 0, b, 1)
#define _tile_dpbuud(to, a, b) amx_tdpb("tdpbuud", to, a, 0, b, 0)

#endif
