package dev.lutra.tools.command;

import dev.lutra.engine.sampling.SamplingParameters;
import picocli.CommandLine.Option;

/** How tokens are chosen: llama.cpp's options and defaults. */
public final class SamplingOptions {
    @Option(
            names = {"--temp", "--temperature"},
            paramLabel = "T",
            defaultValue = "0.8",
            description = "Temperature; 0 is greedy. Default 0.8.")
    private float temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "40",
            description = "Keep the K most likely tokens; 0 keeps all. Default 40.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "0.95",
            description = "Keep the most likely tokens up to this probability. Default 0.95.")
    private float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0.05",
            description = "Drop tokens below this share of the best one's probability. Default 0.05.")
    private float minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "R",
            defaultValue = "1.0",
            description = "Penalty on recent tokens; 1 is none. Default 1.")
    private float repeatPenalty;

    @Option(
            names = "--repeat-last-n",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens that count as recent; -1 all. Default 64.")
    private int repeatLastN;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "-1",
            description =
                    "Start of the random sequence; the same seed gives the same text. Default: another one each time.")
    private long seed;

    SamplingParameters parameters() {
        return new SamplingParameters(
                temperature,
                topK,
                topP,
                minP,
                repeatPenalty,
                0,
                0,
                repeatLastN,
                seed == -1 ? System.nanoTime() & 0x7FFF_FFFFL : seed);
    }
}
