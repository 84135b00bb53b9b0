package io.duet.rest;

import io.duet.protocol.ErrorCode;
import io.duet.protocol.Identifier;
import io.duet.protocol.Timestamps;
import io.duet.protocol.UnicodeText;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * JSON of REST bodies, as strict as the frames: UTF-8 and RFC 8259 to the letter, no key twice, nothing coerced from one
 * type to another, identifiers in lower case, no U+0000 and no unpaired surrogate in a string. Names are snake_case, enum
 * constants too; times have milliseconds; what is empty is sent as null. Any thread.
 */
final class Json {

    private final JsonMapper mapper;

    Json(int maxDepth) {
        final JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .build())
                .build();
        mapper = JsonMapper.builder(factory)
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enumNamingStrategy(EnumNamingStrategies.SNAKE_CASE)
                .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS, MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .addModule(new SimpleModule()
                        .addDeserializer(String.class, new Text())
                        .addDeserializer(UUID.class, new Id())
                        .addDeserializer(Change.class, new Changes(null))
                        .addSerializer(Instant.class, new Time()))
                .build();
    }

    /**
     * Reads a body. Every component of the record must be there and not null, unless it is an {@link Optional} or a {@link
     * Change}.
     *
     * @throws ApiException {@code bad_request}, naming the field that is wrong but nothing that the client sent
     */
    Object read(byte[] body, Type type) {
        final Object value;
        try {
            value = mapper.readValue(utf8(body), mapper.constructType(type));
        } catch (DatabindException | InputCoercionException mismatch) {
            throw refused(
                    mismatch.getPath().isEmpty()
                            ? "the body must be a JSON object"
                            : mismatch.getPath().get(0).getPropertyName() + " is not of the right form");
        } catch (JacksonException malformed) {
            throw refused("the body is not one well-formed JSON object without repeated keys");
        }
        if (value == null) {
            throw refused("the body must be a JSON object");
        }
        if (value instanceof Record fields) {
            requireAll(fields);
        }
        return value;
    }

    byte[] write(Object value) {
        return mapper.writeValueAsBytes(value);
    }

    private static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw refused("the body is not UTF-8");
        }
    }

    private static void requireAll(Record fields) {
        for (final RecordComponent component : fields.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                if (component.getAccessor().invoke(fields) == null) {
                    throw refused(snakeCase(component.getName()) + " is missing");
                }
            } catch (ReflectiveOperationException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    private static String snakeCase(String name) {
        return PropertyNamingStrategies.SNAKE_CASE.nameForField(null, null, name);
    }

    private static ApiException refused(String message) {
        return new ApiException(ErrorCode.BAD_REQUEST, message);
    }

    private static final class Text extends ValueDeserializer<String> {
        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return (String) context.handleUnexpectedToken(String.class, parser);
            }
            final String text = parser.getString();
            if (!UnicodeText.isStorable(text)) {
                return context.reportInputMismatch(String.class, "U+0000 or an unpaired surrogate");
            }
            return text;
        }
    }

    private static final class Id extends ValueDeserializer<UUID> {
        @Override
        public UUID deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return (UUID) context.handleUnexpectedToken(UUID.class, parser);
            }
            final Optional<UUID> id = Identifier.parse(parser.getString());
            return id.isPresent() ? id.get() : context.reportInputMismatch(UUID.class, "not a UUID in lower case");
        }
    }

    private static final class Changes extends ValueDeserializer<Change<?>> {

        private final JavaType type;

        Changes(JavaType type) {
            this.type = type;
        }

        @Override
        public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
            return new Changes(property.getType().containedType(0));
        }

        @Override
        public Change<?> deserialize(JsonParser parser, DeserializationContext context) {
            return new Change.To<>(Optional.of(context.readValue(parser, type)));
        }

        @Override
        public Object getNullValue(DeserializationContext context) {
            return new Change.To<>(Optional.empty());
        }

        @Override
        public Object getAbsentValue(DeserializationContext context) {
            return new Change.Keep<>();
        }
    }

    private static final class Time extends ValueSerializer<Instant> {
        @Override
        public void serialize(Instant instant, JsonGenerator out, SerializationContext context) {
            out.writeString(Timestamps.format(instant));
        }
    }
}
