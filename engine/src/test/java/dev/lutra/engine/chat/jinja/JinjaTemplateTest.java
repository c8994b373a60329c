package dev.lutra.engine.chat.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.chat.JsonValues;
import java.io.InputStream;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JinjaTemplateTest {
    /** Snippets of every construct, rendered by Jinja 3.1.6 in the environment that transformers 5.18 makes for chats. */
    @TestFactory
    List<DynamicTest> rendersAsJinjaDoes() throws Exception {
        JsonNode fixture;
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("/templates/jinja.json")) {
            fixture = new JsonMapper().readTree(in);
        }
        Map<String, @Nullable Object> variables = JsonValues.object(fixture.path("variables"));
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode test : fixture.path("cases")) {
            String template = test.path("template").stringValue();
            tests.add(DynamicTest.dynamicTest(
                    tests.size() + " " + template.lines().findFirst().orElse("(empty)"),
                    () -> assertEquals(
                            test.path("rendered").stringValue(),
                            JinjaTemplate.parse(template).render(variables))));
        }
        return tests;
    }

    @Test
    void tellsTheTime() {
        String rendered = JinjaTemplate.parse("{{ strftime_now('%d %b %Y %H:%M 100%%') }}")
                .render(Map.of(), () -> LocalDateTime.of(2026, 7, 4, 9, 5));
        assertEquals("04 Jul 2026 09:05 100%", rendered);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            value = {
                "{{ x ~ a tag has no end",
                "{% if x %}y ~ the template ends before one of",
                "{% include 'a' %} ~ 'include' is not supported",
                "{{ 'a }} ~ a string has no end",
                "{# a ~ a comment has no end",
                "{{ x | shout }} ~ the filter 'shout' is not supported",
                "{{ x is odder }} ~ the test 'odder' is not supported",
                "{{ x.y.z }} ~ 'x' is undefined",
                "{{ 'a' + 1 }} ~ '+' is not for a string and an integer",
                "{{ 1 // 0 }} ~ division by zero",
                "{{ raise_exception('no system role') }} ~ the template refuses: no system role",
                "{{ 9999999999999999999 }} ~ too large a number",
                "{{ 9223372036854775807 + 1 }} ~ too large a number",
                "{{ x() }} ~ 'x', which is undefined, cannot be called",
                "{% set a.b = 1 %} ~ only attributes of a namespace",
                "{% set a, b = [1] %} ~ 1 values for the 2 names",
                "{{ ? }} ~ unexpected character '?'",
                "{{ (1 }} ~ '}' closes '('",
                "{{ 1) }} ~ ')' closes 'nothing'",
                "{{ [1 2] }} ~ expected ','",
                "{% endif %} ~ 'endif' is not supported",
                "{{ none < 1 }} ~ have no order",
                "{% for i in 5 %}{% endfor %} ~ an integer cannot be iterated over"
            })
    void saysWhatIsWrongAndWhere(String template, String reason) {
        String source = "first line\n" + template;
        JinjaException e = assertThrows(
                JinjaException.class, () -> JinjaTemplate.parse(source).render(Map.of()));
        assertTrue(String.valueOf(e.getMessage()).contains(reason), e::getMessage);
        assertTrue(String.valueOf(e.getMessage()).startsWith("line 2: "), e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{{ range(10000000000) }}",
                "{{ 'aaaaaaaaaa' * 100000000000 }}",
                "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1,2]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set s = 'a' * 50000 %}{{ s.replace('a', s) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{{ 2 ** 9223372036854775807 }}"
            })
    void endsHostileTemplates(String template) {
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(
                        JinjaException.class,
                        () -> JinjaTemplate.parse(template).render(Map.of())));
    }

    @Test
    void refusesDeepNesting() {
        for (String unit : List.of("{{ (", "{{ [", "{{ -", "{{ not ", "{% if 1 %}", "{{ {1:", "{{ a[", "{{ f(")) {
            String inner = unit.startsWith("{{ ") ? "{{ " + unit.substring(3).repeat(20_000) : unit.repeat(20_000);
            assertThrows(JinjaException.class, () -> JinjaTemplate.parse(inner));
        }
    }

    /** Cut and mutated templates either render or fail in words. */
    @Test
    void neverFailsInAnotherWay() throws Exception {
        String source;
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("/templates/qwen2.5.json")) {
            source = new JsonMapper().readTree(in).path("chat_template").stringValue();
        }
        Map<String, Object> variables = Map.of("messages", List.of(Map.of("role", "user", "content", "Hi")));
        Random random = new Random(3);
        String pieces = "{}%#-+'\"|.()[],:~*/ \nabc019_=<>!";
        for (int round = 0; round < 4000; round++) {
            StringBuilder text = new StringBuilder(source);
            if (round < source.length()) {
                text.setLength(round);
            } else {
                for (int i = random.nextInt(6); i >= 0; i--) {
                    int at = random.nextInt(text.length());
                    text.setCharAt(at, pieces.charAt(random.nextInt(pieces.length())));
                }
            }
            try {
                JinjaTemplate.parse(text.toString()).render(variables);
            } catch (JinjaException e) {
                assertTrue(!String.valueOf(e.getMessage()).isBlank());
            }
        }
    }
}
