package dev.lutra.tools.benchmark;

import dev.lutra.engine.text.LanguageModel;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.tools.cli.Version;
import dev.lutra.tools.machine.Machine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What one test of one model gave.
 *
 * @param nanos time of each repetition
 * @param bandwidth bytes per second that {@code threads} read from memory, measured in the same run
 */
public record BenchmarkResult(
        Path file,
        LanguageModel model,
        int threads,
        int batch,
        CacheType cacheType,
        BenchmarkTest test,
        long[] nanos,
        double bandwidth) {
    /** Tokens per second of each repetition. */
    public double[] rates() {
        return Arrays.stream(nanos).mapToDouble(n -> test.tokens() * 1e9 / n).toArray();
    }

    /** Mean tokens per second. */
    public double mean() {
        return Arrays.stream(rates()).average().orElseThrow();
    }

    /** Standard deviation of a sample; 0 for a single repetition. */
    public double deviation() {
        double[] rates = rates();
        if (rates.length < 2) return 0;
        double mean = mean();
        double squares =
                Arrays.stream(rates).map(rate -> (rate - mean) * (rate - mean)).sum();
        return Math.sqrt(squares / (rates.length - 1));
    }

    /** Whether all time went into decoding, which is bound by memory. */
    public boolean decodeOnly() {
        return test.prompt() == 0;
    }

    /**
     * The share of the read bandwidth that decoding takes. Only the head's pages and the projections are read for every
     * token; embedding rows are a rounding error.
     */
    public double shareOfBandwidth() {
        return mean() * model.transformer().weightBytesPerToken() / bandwidth;
    }

    /** Bytes of the file. */
    public long bytes() {
        return model.file().byteSize();
    }

    /** Weights in the file. */
    public long parameters() {
        return model.file().tensors().stream().mapToLong(GgufTensor::elements).sum();
    }

    /** The model's own name, or the file's. */
    public String name() {
        return model.file()
                .metadata()
                .findString("general.name")
                .orElse(file.getFileName().toString());
    }

    /** The type of the projections. */
    public String type() {
        return model.file()
                .find("blk.0.ffn_up.weight")
                .map(tensor -> tensor.type().label())
                .orElse("");
    }

    /** The kernels' kind. */
    public String kernel() {
        return model.transformer().kernels().kind().name().toLowerCase(Locale.ROOT);
    }

    /** One line for people who wait. */
    public String summary() {
        return String.format(
                Locale.ROOT, "%s %s, %d threads: %s %.2f t/s", name(), kernel(), threads, test.label(), mean());
    }

    /** Everything that programs may want to know, llama-bench's names where it has one. */
    public Map<String, Object> details() {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("model", name());
        details.put("model_filename", file.toString());
        details.put("model_type", type());
        details.put("model_size", bytes());
        details.put("model_n_params", parameters());
        details.put("kernel", kernel());
        details.put("head", model.transformer().head().parts().getFirst().describe());
        details.put("n_threads", threads);
        details.put("n_batch", batch);
        details.put("n_prompt", test.prompt());
        details.put("n_gen", test.generated());
        details.put("n_depth", test.depth());
        details.put("cache_type", cacheType.name().toLowerCase(Locale.ROOT));
        details.put("test", test.label());
        details.put("avg_ts", mean());
        details.put("stddev_ts", deviation());
        details.put("samples_ns", nanos);
        details.put("samples_ts", rates());
        details.put("read_bandwidth", bandwidth);
        details.put("weight_bytes_per_token", model.transformer().weightBytesPerToken());
        if (decodeOnly()) details.put("share_of_read_bandwidth", shareOfBandwidth());
        details.putAll(Machine.describe());
        details.put("build", Version.number());
        return details;
    }
}
