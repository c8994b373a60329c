package dev.lutra.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.tokenizer.CheckpointTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.engine.tokenizer.TokenizerData;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Chat templates against what transformers 5.18 renders from the same templates and messages. */
class ChatTemplateTest {
    @TestFactory
    List<DynamicTest> rendersQwen25AsTransformersDoes() throws Exception {
        JsonNode fixture = read("/templates/qwen2.5.json");
        assertEquals(20, fixture.path("cases").size());
        return cases(fixture.path("chat_template").stringValue(), fixture.path("cases"));
    }

    /** The story model's and MiniMind2's, with and without tools and thinking. */
    @TestFactory
    List<DynamicTest> rendersOtherFamiliesAsTransformersDoes() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode family : read("/templates/families.json")) {
            tests.addAll(cases(family.path("chat_template").stringValue(), family.path("cases")));
        }
        assertTrue(tests.size() > 30);
        return tests;
    }

    private static List<DynamicTest> cases(String source, JsonNode cases) {
        ChatTemplate template = ChatTemplate.parse(source);
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode test : cases) {
            tests.add(DynamicTest.dynamicTest(
                    test.path("name").stringValue() + " " + test.path("add_generation_prompt"),
                    () -> assertEquals(test.path("rendered").stringValue(), render(template, test))));
        }
        return tests;
    }

    private static String render(ChatTemplate template, JsonNode test) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : test.path("messages")) {
            List<ToolCall> calls = new ArrayList<>();
            for (JsonNode call : message.path("tool_calls")) {
                JsonNode function = call.path("function");
                calls.add(new ToolCall(
                        null, function.path("name").stringValue(), JsonValues.object(function.path("arguments"))));
            }
            messages.add(new Message(
                    message.path("role").stringValue(), message.path("content").stringValue(), calls, null));
        }
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        test.path("tools").forEach(tool -> tools.add(JsonValues.object(tool)));
        Map<String, @Nullable Object> options =
                test.has("options") ? JsonValues.object(test.path("options")) : Map.of();
        return template.render(
                messages, tools, test.path("add_generation_prompt").booleanValue(), options);
    }

    @Test
    void rendersChatMlWithoutATemplate() {
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                ChatTemplate.chatMl().render(List.of(Message.system("Be brief."), Message.user("Hi"))));
        assertFalse(ChatTemplate.chatMl().isOwn());
    }

    @Test
    void takesTheTemplateOfATokenizer() throws Exception {
        List<String> warnings = new ArrayList<>();
        ChatTemplate template =
                ChatTemplate.of(tokenizer("{{ eos_token }}{{ bos_token }}{{ messages[0].content }}"), warnings::add);
        assertEquals("<|im_end|>a", template.render(List.of(Message.user("a"))));
        assertTrue(template.isOwn() && warnings.isEmpty(), warnings::toString);
    }

    @Test
    void standsInForATemplateThatCannotBeUsedAndSaysSo() throws Exception {
        List<String> warnings = new ArrayList<>();
        assertFalse(
                ChatTemplate.of(tokenizer("{% include 'x' %}"), warnings::add).isOwn());
        assertTrue(
                warnings.getFirst().contains("line 1: the statement 'include' is not supported"), warnings::toString);
        assertFalse(ChatTemplate.of(tokenizer(null), warnings::add).isOwn());
        assertEquals(2, warnings.size());
    }

    private static Tokenizer tokenizer(@Nullable String chatTemplate) throws Exception {
        Path story = Path.of(
                ChatTemplateTest.class.getResource("/story/tokenizer.json").toURI());
        TokenizerData data = CheckpointTokenizer.read(story, null, warning -> {});
        return new Tokenizer(new TokenizerData(
                data.tokens(),
                data.types(),
                data.merges(),
                data.addedTokens(),
                data.preTokenizer(),
                data.normalization(),
                data.ignoreMerges(),
                data.specialIds(),
                data.stopIds(),
                false,
                false,
                chatTemplate));
    }

    private static JsonNode read(String resource) throws Exception {
        try (InputStream in = ChatTemplateTest.class.getResourceAsStream(resource)) {
            return new JsonMapper().readTree(in);
        }
    }
}
