/* The model of the tile instructions against products worked out by hand and against what a processor refuses. */
#include "amx_model.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf refused;
static const char *reason;

static void note(const char *instruction, const char *why) {
    (void)instruction;
    reason = why;
    longjmp(refused, 1);
}

static void expect(int right, const char *what) {
    if (right) return;
    printf("wrong: %s\n", what);
    exit(1);
}

/* The instruction must be refused for that reason. */
#define REFUSED(instruction, why)                                     \
    do {                                                              \
        reason = "nothing";                                           \
        if (!setjmp(refused)) instruction;                            \
        if (!strstr(reason, why)) {                                   \
            printf("%s: %s, not %s\n", #instruction, reason, why);    \
            exit(1);                                                  \
        }                                                             \
    } while (0)

struct config {
    uint8_t palette, start_row, reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
};

/* Tiles 0 to 2 of the shapes of a product: rows x columns += rows x 4 depth by depth x 4 columns. */
static struct config product(int32_t rows, int32_t columns, int32_t depth) {
    struct config c = {.palette = 1};
    c.rows[0] = c.rows[1] = (uint8_t)rows;
    c.rows[2] = (uint8_t)depth;
    c.column_bytes[0] = c.column_bytes[2] = (uint16_t)(4 * columns);
    c.column_bytes[1] = (uint16_t)(4 * depth);
    return c;
}

/* One dword of products in each of the four forms, added to 5. */
static void multiplies_bytes(void) {
    const uint8_t a[4] = {0xff, 2, 0x80, 0x7f}, b[4] = {0xff, 1, 0x80, 0};
    const struct config one = product(1, 1, 1);
    int32_t sums[4];
    for (int32_t form = 0; form < 4; form++) {
        sums[form] = 5;
        amx_ldtilecfg(&one);
        amx_tileloadd(0, sums + form, 4);
        amx_tileloadd(1, a, 4);
        amx_tileloadd(2, b, 4);
        amx_tdpb(0, 1, form < 2, 2, form % 2 == 0);
        amx_tilestored(0, sums + form, 4);
    }
    expect(sums[0] == 5 + 1 + 2 + 16384, "tdpbssd: -1 * -1 + 2 * 1 + -128 * -128 + 127 * 0");
    expect(sums[1] == 5 - 255 + 2 - 16384, "tdpbsud: -1 * 255 + 2 * 1 + -128 * 128 + 127 * 0");
    expect(sums[2] == 5 - 255 + 2 - 16384, "tdpbusd: 255 * -1 + 2 * 1 + 128 * -128 + 127 * 0");
    expect(sums[3] == 5 + 65025 + 2 + 16384, "tdpbuud: 255 * 255 + 2 * 1 + 128 * 128 + 127 * 0");
}

/* Two tokens by three rows, two dwords deep, out of memory with gaps between rows, which stay as they are. */
static void finds_rows_and_columns(void) {
    const int8_t x[2][10] = {{1, 2, 3, 4, 5, 6, 7, 8, 99, 99}, {-1, 0, 0, 0, 0, 0, 0, -2, 99, 99}};
    const uint8_t w[2][16] = {{1, 0, 0, 0, 0, 1, 0, 0, 200, 0, 0, 1, 99, 99, 99, 99}, {0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 100, 99, 99, 99, 99}};
    int32_t sums[2][5] = {{10, 20, 30, 7, 7}, {INT32_MIN, -20, -30, 7, 7}};
    const int32_t expected[2][5] = {
            {10 + 1 + 8, 20 + 2 + 26, 30 + 200 + 4 + 800, 7, 7}, {INT32_MAX - 2, -20 - 2, -30 - 200 - 200, 7, 7}};
    const struct config c = product(2, 3, 2);
    amx_ldtilecfg(&c);
    amx_tileloadd(0, sums, sizeof *sums);
    amx_tileloadd(1, x, sizeof *x);
    amx_tileloadd(2, w, sizeof *w);
    amx_tdpb(0, 1, 1, 2, 0);
    amx_tilestored(0, sums, sizeof *sums);
    expect(!memcmp(sums, expected, sizeof sums), "2 x 3 sums, one of which passes the least int32");
    amx_tilezero(0);
    amx_tilestored(0, sums, sizeof *sums);
    expect(!sums[0][0] && !sums[1][2] && sums[1][3] == 7, "tilezero");
}

static void refuses_bad_configurations(void) {
    struct config c = product(16, 16, 16);
    c.palette = 2;
    REFUSED(amx_ldtilecfg(&c), "no such palette");
    c = product(17, 16, 16);
    REFUSED(amx_ldtilecfg(&c), "more than 16 rows");
    c = product(16, 17, 16);
    REFUSED(amx_ldtilecfg(&c), "more than 64 bytes");
    c = product(16, 16, 16);
    c.rows[3] = 1;
    REFUSED(amx_ldtilecfg(&c), "rows or columns only");
    c = product(16, 16, 16);
    c.rows[8] = 16;
    c.column_bytes[8] = 64;
    REFUSED(amx_ldtilecfg(&c), "reserved");
    c = product(16, 16, 16);
    c.reserved[0] = 1;
    REFUSED(amx_ldtilecfg(&c), "reserved");
}

static void refuses_bad_operands(void) {
    int32_t memory[16 * 16] = {0};
    amx_tilerelease();
    REFUSED(amx_tileloadd(0, memory, 64), "not configured");
    REFUSED(amx_tdpb(0, 1, 1, 2, 0), "not configured");
    struct config c = product(16, 16, 16);
    amx_ldtilecfg(&c);
    REFUSED(amx_tileloadd(3, memory, 64), "no rows");
    REFUSED(amx_tilestored(8, memory, 64), "no such tile");
    REFUSED(amx_tdpb(0, 1, 1, 1, 0), "named twice");
    c = product(16, 16, 16);
    c.rows[1] = 15;
    amx_ldtilecfg(&c);
    REFUSED(amx_tdpb(0, 1, 1, 2, 0), "first factor differ in rows");
    c = product(16, 16, 16);
    c.column_bytes[2] = 60;
    amx_ldtilecfg(&c);
    REFUSED(amx_tdpb(0, 1, 1, 2, 0), "second factor differ in columns");
    c = product(16, 16, 16);
    c.rows[2] = 15;
    amx_ldtilecfg(&c);
    REFUSED(amx_tdpb(0, 1, 1, 2, 0), "not the first one's dwords");
    c = product(16, 16, 16);
    c.column_bytes[1] = 62;
    amx_ldtilecfg(&c);
    REFUSED(amx_tdpb(0, 1, 1, 2, 0), "whole dwords");
    memset(&c, 0, sizeof c);
    amx_ldtilecfg(&c); /* palette 0 releases */
    REFUSED(amx_tilestored(0, memory, 64), "not configured");
}

int main(void) {
    amx_fault = note;
    multiplies_bytes();
    finds_rows_and_columns();
    refuses_bad_configurations();
    refuses_bad_operands();
    puts("as documented");
    return 0;
}
