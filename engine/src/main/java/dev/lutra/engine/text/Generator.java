package dev.lutra.engine.text;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.sampling.Sampler;
import dev.lutra.engine.text.Generation.Stop;
import dev.lutra.kernels.memory.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/** Extends a text: prefills a prompt, then chooses and appends one token after another. */
public final class Generator {
    private final Transformer transformer;
    private final Sequence sequence;
    private final Sampler sampler;
    private final IntPredicate ends;

    /**
     * @param sequence the text so far; prompts are appended to it
     * @param ends whether a token ends the generation
     */
    public Generator(Transformer transformer, Sequence sequence, Sampler sampler, IntPredicate ends) {
        this.transformer = transformer;
        this.sequence = sequence;
        this.sampler = sampler;
        this.ends = ends;
    }

    /**
     * Appends {@code prompt} and up to {@code maxTokens} chosen tokens. The last chosen token is not in the sequence yet when
     * this returns, unless another was chosen after it: a chat appends what ends its turn itself.
     *
     * @param prompt one token or more
     * @param sink sees every token when it is chosen
     * @throws IllegalArgumentException when the prompt is empty or does not fit the sequence
     */
    public Generation generate(int[] prompt, int maxTokens, IntConsumer sink) {
        long start = System.nanoTime();
        for (int token : prompt) sampler.accept(token);
        FloatMatrix hidden = transformer.forward(prompt, 0, prompt.length, sequence);
        FloatMatrix logits = transformer.logits(hidden.rows(hidden.rows() - 1, 1));
        long prefilled = System.nanoTime();
        List<Integer> chosen = new ArrayList<>();
        Stop stop = Stop.LENGTH;
        int[] last = new int[1];
        while (chosen.size() < maxTokens) {
            last[0] = sampler.sample(logits, 0);
            sampler.accept(last[0]);
            chosen.add(last[0]);
            sink.accept(last[0]);
            if (ends.test(last[0])) {
                stop = Stop.END;
                break;
            }
            if (chosen.size() == maxTokens) break;
            if (sequence.length() == sequence.capacity()) {
                stop = Stop.CONTEXT;
                break;
            }
            logits = transformer.logits(transformer.forward(last, 0, 1, sequence));
        }
        return new Generation(chosen, stop, prompt.length, prefilled - start, System.nanoTime() - prefilled);
    }
}
