package dev.lutra.gguf.file;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one file of a sharded model, as llama.cpp writes it: {@code PREFIX-00001-of-00003.gguf}.
 *
 * @param number 1 for the first shard
 */
public record ShardName(String prefix, int number, int count) {
    private static final Pattern PATTERN = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");

    /** The most shards that five digits and the {@code u16} of split.count allow. */
    public static final int MOST_SHARDS = 65535;

    public static Optional<ShardName> parse(Path file) {
        Matcher name = PATTERN.matcher(String.valueOf(file.getFileName()));
        return name.matches()
                ? Optional.of(
                        new ShardName(name.group(1), Integer.parseInt(name.group(2)), Integer.parseInt(name.group(3))))
                : Optional.empty();
    }

    /** The names of all {@code count} shards of a model that would be {@code file} in one piece. */
    public static ShardName of(Path file, int number, int count) {
        String name = String.valueOf(file.getFileName());
        return new ShardName(name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name, number, count);
    }

    public ShardName withNumber(int other) {
        return new ShardName(prefix, other, count);
    }

    /** This shard beside {@code neighbour}. */
    public Path beside(Path neighbour) {
        return neighbour.resolveSibling(toString());
    }

    @Override
    public String toString() {
        return String.format("%s-%05d-of-%05d.gguf", prefix, number, count);
    }
}
