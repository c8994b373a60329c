package dev.lutra.engine.tokenizer;

import java.util.Arrays;

/** A binary heap of longs, the smallest on top. */
final class LongHeap {
    private long[] items = new long[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    void add(long item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        int i = size++;
        while (i > 0) {
            int parent = (i - 1) >> 1;
            if (items[parent] <= item) {
                break;
            }
            items[i] = items[parent];
            i = parent;
        }
        items[i] = item;
    }

    long removeLeast() {
        long least = items[0];
        long last = items[--size];
        int i = 0;
        while (2 * i + 1 < size) {
            int child = 2 * i + 1;
            if (child + 1 < size && items[child + 1] < items[child]) {
                child++;
            }
            if (items[child] >= last) {
                break;
            }
            items[i] = items[child];
            i = child;
        }
        items[i] = last;
        return least;
    }
}
