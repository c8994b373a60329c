package dev.lutra.gguf.file;

import java.util.List;

/**
 * One record of the tensor table as stored, before its type id is given a meaning.
 *
 * @param at where the record begins in the file, for messages
 * @param offset of the data from the start of the file
 */
record TensorEntry(String name, List<Long> dimensions, int typeId, long at, long offset) {
    long columns() {
        return dimensions.isEmpty() ? 1 : dimensions.getFirst();
    }

    long rows() {
        long rows = 1;
        for (int i = 1; i < dimensions.size(); i++) rows *= dimensions.get(i);
        return rows;
    }
}
