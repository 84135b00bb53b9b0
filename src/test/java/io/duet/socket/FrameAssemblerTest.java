package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class FrameAssemblerTest {
    @Test
    void a_text_in_one_part_comes_out_as_it_is() {
        assertThat(new FrameAssembler(10).add("ten bytes!", true)).isEqualTo(Optional.of("ten bytes!"));
    }

    @Test
    void parts_come_out_together_with_the_last() {
        final FrameAssembler assembler = new FrameAssembler(100);
        assertThat(assembler.add("a", false)).isEmpty();
        assertThat(assembler.add("", false)).isEmpty();
        assertThat(assembler.add("bc", true)).contains("abc");
        assertThat(assembler.add("next", true)).contains("next");
    }

    @Test
    void an_empty_text_is_a_text() {
        assertThat(new FrameAssembler(10).add("", true)).contains("");
    }

    @Test
    void bytes_are_counted_in_utf_8() {
        assertThat(new FrameAssembler(2).add("é", true)).contains("é");
        assertThat(new FrameAssembler(1).add("é", true)).isEmpty();
        assertThat(new FrameAssembler(3).add("€", true)).contains("€");
        assertThat(new FrameAssembler(2).add("€", true)).isEmpty();
        assertThat(new FrameAssembler(4).add("😀", true)).contains("😀");
        assertThat(new FrameAssembler(3).add("😀", true)).isEmpty();
    }

    @Test
    void the_limit_holds_over_all_parts_and_what_follows_is_dropped() {
        final FrameAssembler assembler = new FrameAssembler(4);
        assertThat(assembler.add("abc", false)).isEmpty();
        assertThat(assembler.tooBig()).isFalse();
        assertThat(assembler.add("de", false)).isEmpty();
        assertThat(assembler.tooBig()).isTrue();
        assertThat(assembler.add("f", true)).isEmpty();
        assertThat(assembler.add("g", true)).isEmpty();
    }

    @Test
    void each_text_has_the_limit_for_itself() {
        final FrameAssembler assembler = new FrameAssembler(4);
        assertThat(assembler.add("abcd", true)).contains("abcd");
        assertThat(assembler.add("efgh", true)).contains("efgh");
        assertThat(assembler.tooBig()).isFalse();
    }
}
