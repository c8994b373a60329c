package dev.lutra.engine.model;

import dev.lutra.engine.weights.Projection;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.elementwise.RopeTable;
import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model ready to run. Tokens go in, in batches of any size; the hidden states of the batch's last tokens, and logits of as
 * many of them as are asked for, come out. One thread at a time; the team behind the kernels shares the work. The result
 * does not depend on the size of the team, nor on how a text is cut into batches.
 */
public final class Transformer implements AutoCloseable {
    /** Tokens that are multiplied together at most. */
    public static final int BATCH = 512;

    /** Positions for which angles are worked out at first. */
    private static final int FIRST_POSITIONS = 256;

    private final ModelConfig config;
    private final Kernels kernels;
    private final Operations operations;
    private final Embedding embedding;
    private final List<Layer> layers;
    private final float[] outputNorm;
    private final Projection head;
    private final Arena weights;

    private @Nullable Workspace space;
    private @Nullable HeadSpace headSpace;
    private @Nullable RopeTable rope;
    private @Nullable LayerObserver observer;

    /** Buffers of the head: normalized states and logits. */
    private record HeadSpace(Arena arena, Activations normalized, FloatMatrix logits) {}

    Transformer(
            ModelConfig config,
            Kernels kernels,
            Embedding embedding,
            List<Layer> layers,
            float[] outputNorm,
            Projection head,
            Arena weights) {
        this.config = config;
        this.kernels = kernels;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.outputNorm = outputNorm;
        this.head = head;
        this.weights = weights;
        operations = Operations.of(kernels);
    }

    public ModelConfig config() {
        return config;
    }

    public Kernels kernels() {
        return kernels;
    }

    /** The output projection: which matrix and kernel it is matters to whoever reports speed. */
    public Projection head() {
        return head;
    }

    /** Bytes of weights that decoding one token reads: the roofline of decode is the memory's bandwidth over this. */
    public long weightBytesPerToken() {
        long bytes = head.weightBytes();
        for (Layer layer : layers)
            bytes += layer.attention().queryKeyValue().weightBytes()
                    + layer.attention().output().weightBytes()
                    + layer.feedForward().weightBytes(config);
        return bytes;
    }

    /** Private memory of the layers' matrices; those of a repacked file lie in the file's own pages. */
    public long residentBytes() {
        long bytes = 0;
        for (Layer layer : layers)
            bytes += layer.attention().queryKeyValue().residentBytes()
                    + layer.attention().output().residentBytes()
                    + layer.feedForward().residentBytes();
        return bytes;
    }

    /** A text with room for {@code capacity} tokens. */
    public Sequence newSequence(CacheType type, int capacity) {
        return new Sequence(config, type, capacity, kernels.growing());
    }

    /** Shows {@code newObserver} the input of every projection from now on; null for nobody. */
    public void observe(@Nullable LayerObserver newObserver) {
        observer = newObserver;
    }

    /**
     * Appends {@code tokens[from .. from + count)} to {@code sequence}, in batches of at most {@link #BATCH}.
     *
     * @return hidden states before the final norm, [batch][hidden], of the last batch: all of the tokens when {@code count}
     *     is at most {@link #BATCH}. Valid until the next call.
     */
    public FloatMatrix forward(int[] tokens, int from, int count, Sequence sequence) {
        if (count < 1 || from < 0 || from > tokens.length - count)
            throw new IllegalArgumentException("no tokens " + from + " to " + (from + count) + " of " + tokens.length);
        if (count > sequence.capacity() - sequence.length())
            throw new IllegalArgumentException(count + " tokens more do not fit: " + sequence.length() + " of "
                    + sequence.capacity() + " are taken; use a larger context");
        int last = 0;
        for (int at = 0; at < count; at += last) {
            last = Math.min(BATCH, count - at);
            batch(tokens, from + at, last, List.of(new Span(0, last, sequence)));
        }
        return workspace(last).residual.rows(0, last);
    }

    /**
     * Appends {@code tokens[i]} to {@code sequences.get(i)}, for every i: many texts grow by a token while the weights are read
     * once.
     *
     * @param sequences at most {@link #BATCH} of them, all different, with room for a token each
     * @return hidden states before the final norm, [sequences][hidden], valid until the next call
     */
    public FloatMatrix forwardEach(int[] tokens, List<Sequence> sequences) {
        int count = sequences.size();
        if (count < 1 || count > BATCH || tokens.length != count)
            throw new IllegalArgumentException(tokens.length + " tokens for " + count + " texts");
        List<Span> spans = new ArrayList<>();
        for (Sequence sequence : sequences) {
            if (sequence.length() == sequence.capacity())
                throw new IllegalArgumentException("a text of " + sequence.length() + " tokens is full");
            spans.add(new Span(spans.size(), 1, sequence));
        }
        batch(tokens, 0, count, spans);
        return workspace(count).residual.rows(0, count);
    }

    private void batch(int[] tokens, int from, int count, List<Span> spans) {
        kernels.requireSound();
        Workspace current = workspace(count);
        int positions = 0;
        for (Span span : spans) positions = Math.max(positions, span.position() + span.count());
        RopeTable angles = rope(positions);
        embedding.lookUp(tokens, from, count, current.residual.rows(0, count));
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            layer.attention().forward(i, count, spans, angles, config, current, operations, observer);
            layer.feedForward().forward(i, count, config, current, operations, observer);
        }
        for (Span span : spans) span.sequence().advance(span.count());
    }

    /**
     * Logits of hidden states that {@link #forward} returned, or of some of their rows.
     *
     * @param hidden [n][hidden]
     * @return [n][vocabulary], valid until the next call
     */
    public FloatMatrix logits(FloatMatrix hidden) {
        int rows = hidden.rows();
        HeadSpace current = headSpace;
        if (current == null || current.normalized().capacity() < rows) {
            if (current != null) current.arena().close();
            Arena arena = kernels.buffers();
            headSpace = current = new HeadSpace(
                    arena,
                    kernels.activations(arena, rows, config.hidden()),
                    FloatMatrix.allocate(arena, rows, config.vocabulary()));
        }
        current.normalized().reset(rows);
        operations.norm().apply(hidden, outputNorm, config.rmsNormEps(), current.normalized(), operations.team());
        FloatMatrix logits = current.logits().rows(0, rows);
        head.apply(current.normalized(), logits);
        return logits;
    }

    /** Buffers for {@code tokens} tokens: a chat that decodes one by one never pays for a batch. */
    private Workspace workspace(int tokens) {
        Workspace current = space;
        if (current == null || current.tokens() < tokens) {
            if (current != null) current.close();
            space = current = new Workspace(config, kernels, tokens);
        }
        return current;
    }

    private RopeTable rope(int positions) {
        RopeTable current = rope;
        if (current == null || current.positions() < positions)
            // twice as many each time: a short text does not pay for the longest
            rope = current = RopeTables.of(config, Math.max(FIRST_POSITIONS, 2 * Integer.highestOneBit(positions)));
        return current;
    }

    /** Gives weights and buffers back. Sequences are closed by whoever opened them. */
    @Override
    public void close() {
        if (space != null) space.close();
        if (headSpace != null) headSpace.arena().close();
        weights.close();
    }
}
