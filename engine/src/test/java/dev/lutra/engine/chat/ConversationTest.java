package dev.lutra.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConversationTest {
    @Test
    void appendsOnlyWhatIsNew() {
        Conversation chat = new Conversation(ChatTemplate.chatMl(), "Be brief.");
        Conversation.Prompt first = chat.ask("Hi");
        assertFalse(first.continues());
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                first.text());
        chat.reply("Hello.");
        Conversation.Prompt second = chat.ask("Bye");
        assertTrue(second.continues());
        assertEquals("<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n", second.text());
        chat.reply("");
        assertTrue(chat.ask("?").continues());
        assertEquals(6, chat.messages().size());
    }

    @Test
    void piecesTogetherAreTheWholeChat() {
        Conversation chat = new Conversation(ChatTemplate.chatMl(), null);
        StringBuilder pieces = new StringBuilder();
        for (String question : List.of("a", "b", "c")) {
            pieces.append(chat.ask(question).text());
            if (!question.equals("c")) {
                pieces.append("re: ").append(question);
                chat.reply("re: " + question);
            }
        }
        assertEquals(ChatTemplate.chatMl().render(chat.messages()), pieces.toString());
    }

    /** As Qwen3 does, which drops the thoughts of earlier turns. */
    @Test
    void startsAnewWhenTheTemplateRewritesTheReply() {
        ChatTemplate forgetful = ChatTemplate.parse(
                "{% for m in messages %}[{{ m.role }}]"
                        + "{{ m.content.split('</think>')[-1] }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");
        Conversation chat = new Conversation(forgetful, null);
        chat.ask("2+2?");
        chat.reply("<think>hm</think>4");
        Conversation.Prompt next = chat.ask("sure?");
        assertFalse(next.continues());
        assertEquals("[user]2+2?[assistant]4[user]sure?[assistant]", next.text());
    }
}
