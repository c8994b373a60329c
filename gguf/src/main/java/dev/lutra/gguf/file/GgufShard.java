package dev.lutra.gguf.file;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.MappedFile;
import dev.lutra.gguf.metadata.GgufMetadata;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One file of a model with its parsed header. */
record GgufShard(MappedFile file, GgufHeader header) {
    static GgufShard open(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return new GgufShard(file, GgufHeader.read(file));
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /** Opens {@code first} and the shards that it announces, and checks that they belong together. */
    static List<GgufShard> openAll(Path first) throws IOException {
        List<GgufShard> shards = new ArrayList<>();
        try {
            shards.add(open(first));
            int count = shards.getFirst().count();
            if (count > 1) {
                ShardName name = firstName(shards.getFirst(), count);
                for (int number = 2; number <= count; number++)
                    shards.add(openFollowing(first, name.withNumber(number)));
                checkTensorCount(shards);
            }
            return shards;
        } catch (Throwable failure) {
            shards.forEach(GgufShard::close);
            throw failure;
        }
    }

    private static ShardName firstName(GgufShard shard, int count) {
        ShardName name = ShardName.parse(shard.path())
                .filter(parsed -> parsed.count() == count)
                .orElseThrow(() -> new MalformedFileException(
                        shard.path(),
                        "is a shard of " + count + " but is not named like one; rename it to "
                                + ShardName.of(shard.path(), 1, count)));
        int number = shard.number();
        if (number != 1 || name.number() != 1)
            throw new MalformedFileException(
                    shard.path(),
                    "is shard " + number + " of " + count + "; give the first one, " + name.withNumber(1));
        return name;
    }

    private static GgufShard openFollowing(Path first, ShardName name) throws IOException {
        Path path = name.beside(first);
        GgufShard shard;
        try {
            shard = open(path);
        } catch (NoSuchFileException missing) {
            throw new MalformedFileException(
                    first,
                    MalformedFileException.NO_OFFSET,
                    "shard " + name + " is missing from the same folder; copy or download it there",
                    missing);
        }
        if (shard.count() == name.count() && shard.number() == name.number()) return shard;
        shard.close();
        throw new MalformedFileException(
                path,
                "says that it is shard " + shard.number() + " of " + shard.count()
                        + ", not what its name says; shards of different models are mixed");
    }

    private static void checkTensorCount(List<GgufShard> shards) {
        GgufMetadata metadata = shards.getFirst().header().metadata();
        long announced = metadata.integer(GgufFormat.SPLIT_TENSORS_KEY);
        long found = shards.stream()
                .mapToLong(shard -> shard.header().entries().size())
                .sum();
        if (announced != found)
            throw new MalformedFileException(
                    shards.getFirst().path(),
                    GgufFormat.SPLIT_TENSORS_KEY + " announces " + announced + " tensors, the shards hold " + found
                            + "; shards of different models are mixed");
    }

    Path path() {
        return file.path();
    }

    /** Shards of the model that this file belongs to; 1 for a model in one piece. */
    private int count() {
        int count = header.metadata().findInt(GgufFormat.SPLIT_COUNT_KEY).orElse(1);
        if (count < 0 || count > ShardName.MOST_SHARDS)
            throw new MalformedFileException(path(), "metadata key " + GgufFormat.SPLIT_COUNT_KEY + " is " + count);
        return count;
    }

    /** This shard's number, counted from 1. */
    private int number() {
        long number = header.metadata().findInt(GgufFormat.SPLIT_NO_KEY).orElse(0) + 1L;
        if (number < 1 || number > ShardName.MOST_SHARDS)
            throw new MalformedFileException(path(), "metadata key " + GgufFormat.SPLIT_NO_KEY + " is " + (number - 1));
        return (int) number;
    }

    void close() {
        file.close();
    }
}
