/* Memory for weights, and how fast memory is. */
#include "lutra_kernels.h"

#include <stddef.h>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

void *lutra_pages_allocate(int64_t bytes, int32_t huge) {
    /* One page more, so that the part in use can begin at a huge page; what lies around it is given back. */
    size_t wanted = (size_t)bytes + HUGE_PAGE;
    uint8_t *all = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)all % HUGE_PAGE) % HUGE_PAGE, behind = HUGE_PAGE - before;
    if (before) munmap(all, before);
    if (behind) munmap(all + before + bytes, behind);
#ifdef MADV_HUGEPAGE
    if (huge) madvise(all + before, (size_t)bytes, MADV_HUGEPAGE);
#else
    (void)huge;
#endif
    return all + before;
}

void lutra_pages_free(void *pages, int64_t bytes) { munmap(pages, (size_t)bytes); }

#else

void *lutra_pages_allocate(int64_t bytes, int32_t huge) {
    (void)bytes;
    (void)huge;
    return NULL;
}

void lutra_pages_free(void *pages, int64_t bytes) {
    (void)pages;
    (void)bytes;
}

#endif

int64_t lutra_read(const void *memory, int64_t bytes) {
    const uint64_t *words = memory;
    uint64_t sum[8] = {0};
    for (int64_t i = 0; i < bytes / 8; i += 8)
        for (int32_t j = 0; j < 8; j++) sum[j] += words[i + j];
    for (int32_t j = 1; j < 8; j++) sum[0] += sum[j];
    return (int64_t)sum[0];
}
