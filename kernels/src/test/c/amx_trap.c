/*
 * Executes tile instructions on a processor that refuses them: each raises SIGILL, whose handler decodes the instruction, has amx_model.c
 * do it and goes on behind it. So the compiled kernels themselves are tested. Linux on x86-64.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "amx_model.h"

/* By the numbers that instructions have for them. */
static const int registers[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                  REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/* A three-byte VEX prefix, opcode, ModRM and what follows. */
struct instruction {
    int32_t opcode, prefix; /* prefix: 0 none, 1 66, 2 F3, 3 F2 */
    int32_t mod, reg, rm, third;
    int32_t length;
    intptr_t base, index; /* of the memory operand: base with displacement, index scaled */
};

static int32_t displacement(const uint8_t *at, int32_t bytes) {
    int32_t wide;
    if (bytes == 1) return (int8_t)*at;
    memcpy(&wide, at, 4);
    return wide;
}

/* The operand's registers and displacement; an instruction without SIB has no index. */
static void decode_memory(struct instruction *i, const uint8_t *code, const greg_t *values, int32_t x, int32_t b) {
    const uint8_t *at = code + i->length;
    const int32_t has_sib = i->rm == 4;
    int32_t base = i->rm, bytes = i->mod == 1 ? 1 : i->mod == 2 ? 4 : 0;
    if (has_sib) {
        const int32_t sib = *at++, index = (sib >> 3 & 7) | x << 3;
        base = sib & 7;
        if (index != 4) i->index = (intptr_t)values[registers[index]] << (sib >> 6);
    }
    const int32_t has_base = !(i->mod == 0 && base == 5);
    if (!has_base) bytes = 4;
    if (has_base) i->base = (intptr_t)values[registers[base | b << 3]];
    if (bytes) i->base += displacement(at, bytes);
    at += bytes;
    i->length = (int32_t)(at - code);
    if (!has_base && !has_sib) i->base += (intptr_t)at; /* relative to the next instruction */
}

static struct instruction decode(const uint8_t *code, const greg_t *values) {
    struct instruction i = {0};
    if (code[0] != 0xc4 || (code[1] & 0x1f) != 2 || code[2] & 0x84) return i; /* VEX.128.0F38.W0 */
    i.opcode = code[3];
    i.prefix = code[2] & 3;
    i.third = ~code[2] >> 3 & 15;
    i.mod = code[4] >> 6;
    i.reg = code[4] >> 3 & 7;
    i.rm = code[4] & 7;
    i.length = 5;
    if (i.mod != 3) decode_memory(&i, code, values, ~code[1] >> 6 & 1, ~code[1] >> 5 & 1);
    return i;
}

/* Whether it was a tile instruction. */
static int execute(struct instruction i) {
    const int32_t in_memory = i.mod != 3;
    switch (i.opcode << 4 | i.prefix) {
        case 0x490:
            if (in_memory) amx_ldtilecfg((const void *)(i.base + i.index));
            else amx_tilerelease();
            return in_memory || !(i.reg | i.rm);
        case 0x493:
            if (!in_memory) amx_tilezero(i.reg);
            return !in_memory;
        case 0x4b1: case 0x4b3:
            if (in_memory && i.rm == 4) amx_tileloadd(i.reg, (const void *)i.base, i.index);
            return in_memory && i.rm == 4;
        case 0x4b2:
            if (in_memory && i.rm == 4) amx_tilestored(i.reg, (void *)i.base, i.index);
            return in_memory && i.rm == 4;
        case 0x5e0: case 0x5e1: case 0x5e2: case 0x5e3:
            if (!in_memory) amx_tdpb(i.reg, i.rm, i.prefix >= 2, i.third, i.prefix & 1);
            return !in_memory;
        default: return 0;
    }
}

static void trap(int number, siginfo_t *info, void *context) {
    greg_t *values = ((ucontext_t *)context)->uc_mcontext.gregs;
    const struct instruction i = decode((const uint8_t *)values[REG_RIP], values);
    (void)info;
    if (execute(i)) values[REG_RIP] += i.length;
    else signal(number, SIG_DFL); /* and again */
}

__attribute__((constructor)) static void install(void) {
    struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &action, NULL);
}
