package dev.lutra.engine.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The same stages in the plainest way: sort everything, one list operation for each stage. Gives the kept tokens. */
final class ReferenceSampler {
    record Choice(int token, double probability) {}

    private ReferenceSampler() {}

    /** What the last draw chooses from, most likely first. */
    static List<Choice> distribution(float[] logits, SamplingParameters parameters, List<Integer> recent) {
        float[] penalized = penalize(logits, parameters, recent);
        List<Integer> order = new ArrayList<>();
        for (int token = 0; token < penalized.length; token++) {
            order.add(token);
        }
        order.sort(Comparator.comparing((Integer token) -> -penalized[token]).thenComparing(token -> token));
        double temperature = parameters.temperature();
        if (temperature == 0) {
            return List.of(new Choice(order.getFirst(), 1));
        }
        if (parameters.topK() > 0) {
            order = order.subList(0, Math.min(parameters.topK(), order.size()));
        }
        if (parameters.topP() < 1) {
            double[] probabilities = softmax(order, penalized, 1);
            double sum = 0;
            int kept = 0;
            while (kept < order.size() && sum < parameters.topP()) {
                sum += probabilities[kept++];
            }
            order = order.subList(0, kept);
        }
        if (parameters.minP() > 0) {
            double[] probabilities = softmax(order, penalized, 1);
            int kept = 1;
            while (kept < order.size() && probabilities[kept] >= parameters.minP() * probabilities[0]) {
                kept++;
            }
            order = order.subList(0, kept);
        }
        double[] probabilities = softmax(order, penalized, temperature);
        List<Choice> choices = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            choices.add(new Choice(order.get(i), probabilities[i]));
        }
        return choices;
    }

    private static float[] penalize(float[] logits, SamplingParameters parameters, List<Integer> tokens) {
        float[] result = logits.clone();
        int window = parameters.penaltyWindow() < 0 ? tokens.size() : parameters.penaltyWindow();
        List<Integer> recent = tokens.subList(Math.max(0, tokens.size() - window), tokens.size());
        for (int token : recent.stream().distinct().toList()) {
            long count = recent.stream().filter(t -> t == token).count();
            float logit = result[token];
            logit = logit > 0 ? logit / parameters.repeatPenalty() : logit * parameters.repeatPenalty();
            result[token] = logit - count * parameters.frequencyPenalty() - parameters.presencePenalty();
        }
        return result;
    }

    private static double[] softmax(List<Integer> order, float[] logits, double temperature) {
        double[] weights = order.stream()
                .mapToDouble(token -> Math.exp(((double) logits[token] - logits[order.getFirst()]) / temperature))
                .toArray();
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }
}
