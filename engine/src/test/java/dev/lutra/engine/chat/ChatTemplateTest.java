package dev.lutra.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
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

    private static JsonNode read(String resource) throws Exception {
        try (InputStream in = ChatTemplateTest.class.getResourceAsStream(resource)) {
            return new JsonMapper().readTree(in);
        }
    }
}
