package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.safetensors.SafetensorsFile;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.inspect.Listing;
import dev.lutra.tools.inspect.MetadataJson;
import dev.lutra.tools.inspect.ModelFile;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** {@code inspect}: what a model file holds. */
@Command(name = "inspect", description = "Shows metadata, tensors and sums by type of a GGUF or safetensors file.")
public final class InspectCommand extends BaseCommand {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LONGEST_TEXT = 100;

    @Parameters(paramLabel = "FILE", description = "A GGUF file (of a sharded model the first) or a safetensors file.")
    private Path file;

    @Option(names = "--tensors", description = "List every tensor.")
    private boolean tensors;

    @Option(
            names = "--kv",
            paramLabel = "KEY",
            description = "Print one metadata value and nothing else, arrays whole.")
    private @Nullable String key;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    protected void run() throws IOException {
        switch (ModelFile.of(file)) {
            case GGUF -> {
                try (GgufFile gguf = GgufFile.open(file)) {
                    if (key == null) print(Listing.of(gguf));
                    else
                        printValue(gguf.metadata()
                                .find(key)
                                .map(MetadataJson::whole)
                                .orElse(null));
                }
            }
            case SAFETENSORS -> {
                try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
                    if (key == null) print(Listing.of(safetensors));
                    else printValue(safetensors.metadata().get(key));
                }
            }
        }
    }

    private void printValue(@Nullable Object value) {
        if (value == null) throw new CommandFailure(file + ": metadata has no key " + key);
        out().println(value instanceof String text && !json ? text : JSON.writeValueAsString(value));
    }

    private void print(Listing listing) {
        if (json) printJson(listing);
        else printText(listing);
    }

    private void printJson(Listing listing) {
        Map<String, Object> root = new LinkedHashMap<>(listing.facts());
        root.put("metadata", listing.metadata());
        root.put("types", sums(listing).objects());
        root.put("notes", listing.notes());
        if (tensors) root.put("tensors", listing.tensors());
        out().println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    }

    private void printText(Listing listing) {
        listing.facts().forEach((name, value) -> out().println(name + ": " + value));
        out().println();
        Table metadata = new Table("metadata", "value");
        listing.metadata().forEach((name, value) -> metadata.add(name, shortened(value)));
        out().println(metadata.render(OutputFormat.text));
        if (tensors) {
            Table table = new Table("tensor", "type", "shape", "offset", "size");
            for (Listing.Entry entry : listing.tensors())
                table.add(entry.name(), entry.type(), entry.shape().toString(), entry.offset(), size(entry.bytes()));
            out().println(table.render(OutputFormat.text));
        }
        out().print(sums(listing).render(OutputFormat.text));
        for (String note : listing.notes()) out().println("note: " + note);
    }

    private static Table sums(Listing listing) {
        Table table = new Table("type", "tensors", "elements", "bytes", "bits_per_weight");
        for (Listing.TypeSum sum : listing.sums())
            table.add(
                    sum.type(), sum.tensors(), sum.elements(), size(sum.bytes()), Table.number(sum.bitsPerWeight(), 3));
        return table;
    }

    private static Table.Cell size(long bytes) {
        return new Table.Cell(bytes, Sizes.bytes(bytes));
    }

    private static String shortened(Object value) {
        String text = value instanceof String plain ? plain.replace("\n", "\\n") : JSON.writeValueAsString(value);
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "...";
    }
}
