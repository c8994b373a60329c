/*
 * The tile instructions of AMX as functions in C, for processors without them. Written from the operation and the faults that Intel
 * documents for each instruction; it says nothing about speed. One thread only.
 */
#ifndef LUTRA_AMX_MODEL_H
#define LUTRA_AMX_MODEL_H

#include <stdint.h>

/* What becomes of an instruction that a processor would refuse; by default it is reported and the program aborted. */
extern void (*amx_fault)(const char *instruction, const char *why);

/* Multiplications since the program began. */
extern int64_t amx_multiplications;

int amx_configured(void);

void amx_ldtilecfg(const void *memory);
void amx_tilerelease(void);
void amx_tilezero(int32_t to);
void amx_tileloadd(int32_t to, const void *base, int64_t stride);
void amx_tilestored(int32_t from, void *base, int64_t stride);

/* `to` += a times b, with bytes of a and b signed or not: tdpbuud, tdpbusd, tdpbsud, tdpbssd. */
void amx_tdpb(int32_t to, int32_t a, int32_t a_signed, int32_t b, int32_t b_signed);

#endif
