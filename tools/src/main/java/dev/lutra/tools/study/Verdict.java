package dev.lutra.tools.study;

/** What a KL divergence means for whoever reads the model's answers. */
public enum Verdict {
    /** At most 0.01 nats per token: what rounding activations to int8 does; nobody tells the answers apart. */
    LOSSLESS(.01),
    /** At most 0.1: perplexity rises by a tenth at most, nine or eight of ten greedy choices stay. */
    GOOD(.1),
    /** At most 1: still the same model, noticeably worse; perplexity up to about three times as high. */
    DEGRADED(1),
    /** More: it lost its mind. */
    UNUSABLE(Double.POSITIVE_INFINITY);

    private final double most;

    Verdict(double most) {
        this.most = most;
    }

    /** The verdict on a model that is {@code kl} nats per token from the original. */
    public static Verdict of(double kl) {
        for (Verdict verdict : values()) if (kl <= verdict.most) return verdict;
        return UNUSABLE;
    }

    /** The thresholds in one line, for help and reports. */
    public static String thresholds() {
        return "Verdicts by KL divergence in nats per token: lossless to " + LOSSLESS.most + ", good to " + GOOD.most
                + ", degraded to " + DEGRADED.most + ", unusable above";
    }
}
