package dev.lutra.gguf.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Which tensors of an unfinished output are whole: {@code NAME.part.journal}, a line that identifies plan and input, then one
 * line per tensor, its index in the plan. A line that the end of the process cut short has no line break and does not count.
 */
final class Journal implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;

    private Journal(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static Path beside(Path part) {
        return part.resolveSibling(part.getFileName() + ".journal");
    }

    /** The tensors of {@code plan} that the journal at {@code path} lists, none when it belongs to another plan or input. */
    static Set<Integer> finishedTensors(Path path, String identity, int planned) throws IOException {
        if (!Files.isRegularFile(path)) return Set.of();
        String text = new String(Files.readAllBytes(path), StandardCharsets.US_ASCII);
        List<String> lines =
                text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(identity)) return Set.of();
        Set<Integer> finished = new HashSet<>();
        for (String line : lines.subList(1, lines.size())) {
            int index = line.matches("\\d{1,9}") ? Integer.parseInt(line) : planned;
            if (index >= planned) return Set.of();
            finished.add(index);
        }
        return finished;
    }

    /** Starts the journal anew with what is already finished. */
    static Journal start(Path path, String identity, Set<Integer> finished) throws IOException {
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        try {
            Journal journal = new Journal(path, channel);
            journal.append(identity + "\n");
            journal.add(finished);
            return journal;
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    /** A line that tells this plan and input from others. */
    static String identity(GgufPlan plan, String source) {
        MessageDigest digest = sha256();
        digest.update(source.getBytes(StandardCharsets.UTF_8));
        for (ShardPlan shard : plan.shards()) digest.update(shard.header());
        return "lutra-part 1 " + HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Records tensors whose bytes are on the disk. */
    void add(Collection<Integer> indices) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int index : indices) lines.append(index).append('\n');
        append(lines.toString());
    }

    private void append(String lines) throws IOException {
        ByteBuffer text = StandardCharsets.US_ASCII.encode(lines);
        while (text.hasRemaining()) channel.write(text);
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
