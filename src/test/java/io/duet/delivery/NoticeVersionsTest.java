package io.duet.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.infinispan.protostream.ProtobufUtil;
import org.infinispan.protostream.SerializationContext;
import org.infinispan.protostream.types.java.CommonTypesSchema;
import org.junit.jupiter.api.Test;

/** While nodes are replaced one by one, older and newer ones tell each other of messages. */
class NoticeVersionsTest {
    private static final int FIELD_OF_A_LATER_VERSION = 77;
    private static final int LENGTH_DELIMITED = 2;

    private final SerializationContext context = context();

    private static SerializationContext context() {
        SerializationContext context = ProtobufUtil.newSerializationContext();
        for (var schema : List.of(new CommonTypesSchema(), new NoticeSchemaImpl())) {
            schema.registerSchema(context);
            schema.registerMarshallers(context);
        }
        return context;
    }

    private static Notice.Message message(String traceparent) {
        return new Notice.Message(
                new UUID(1, 1),
                new UUID(2, 2),
                new UUID(3, 3),
                "id-1",
                "text",
                7,
                Instant.EPOCH,
                List.of(new UUID(4, 4), new UUID(5, 5)),
                traceparent);
    }

    @Test
    void anUntracedMessageIsWhatItWasBeforeThereWereTraces() throws Exception {
        byte[] untraced = ProtobufUtil.toByteArray(context, message(null));
        byte[] traced = ProtobufUtil.toByteArray(context, message("00-x-y-01"));
        assertThat(traced).startsWith(untraced);
        assertThat(ProtobufUtil.<Notice.Message>fromByteArray(context, untraced, Notice.Message.class))
                .isEqualTo(message(null));
        assertThat(ProtobufUtil.<Notice.Message>fromByteArray(context, traced, Notice.Message.class))
                .isEqualTo(message("00-x-y-01"));
    }

    @Test
    void whatALaterVersionAddsIsPassedOver() throws Exception {
        var later = new ByteArrayOutputStream();
        later.write(ProtobufUtil.toByteArray(context, message(null)));
        int tag = FIELD_OF_A_LATER_VERSION << 3 | LENGTH_DELIMITED;
        later.write(tag & 0x7f | 0x80);
        later.write(tag >> 7);
        later.write(3);
        later.write(new byte[] {'n', 'e', 'w'});
        assertThat(ProtobufUtil.<Notice.Message>fromByteArray(context, later.toByteArray(), Notice.Message.class))
                .isEqualTo(message(null));
    }
}
