/* The parts of lutra_check. */
#ifndef LUTRA_CHECK_H
#define LUTRA_CHECK_H

#include <stdint.h>

/* 64-byte aligned; to be freed. */
void *check_memory(int64_t bytes);

int32_t check_blocks(void);

int32_t check_floats(void);

#endif
