package io.duet.rest;

import io.duet.protocol.ErrorCode;
import io.duet.protocol.Identifier;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ext.ParamConverter;
import jakarta.ws.rs.ext.ParamConverterProvider;
import jakarta.ws.rs.ext.Provider;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.UUID;

/** Reads a {@code @PathParam UUID}: a malformed one is {@code bad_request}, where JAX-RS alone would say 404. */
@Provider
@Singleton
public final class IdentifierParam implements ParamConverterProvider {

    @Override
    @SuppressWarnings("unchecked")
    public <T> ParamConverter<T> getConverter(Class<T> type, Type genericType, Annotation[] annotations) {
        return type == UUID.class ? (ParamConverter<T>) new Converter() : null;
    }

    private static final class Converter implements ParamConverter<UUID> {
        @Override
        public UUID fromString(String text) {
            return Identifier.parse(text)
                    .orElseThrow(() -> new ApiException(
                            ErrorCode.BAD_REQUEST, "an identifier in the path must be a UUID in lower case"));
        }

        @Override
        public String toString(UUID id) {
            return id.toString();
        }
    }
}
