package io.duet.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collections;

/** A request of which only its origin in the network is known. */
public final class TestRequest {

    private TestRequest() {}

    /** @param headers lines such as {@code X-Forwarded-For: 10.0.0.1} */
    public static HttpServletRequest from(String remoteAddress, String... headers) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                TestRequest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, given) -> {
                    switch (method.getName()) {
                        case "getRemoteAddr":
                            return remoteAddress;
                        case "getHeaders":
                            String name = given[0] + ": ";
                            return Collections.enumeration(Arrays.stream(headers)
                                    .filter(line -> line.regionMatches(true, 0, name, 0, name.length()))
                                    .map(line -> line.substring(name.length()))
                                    .toList());
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }
}
