package io.duet.socket;

import static java.lang.invoke.MethodType.methodType;

import jakarta.servlet.http.WebConnection;
import java.io.EOFException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * The TCP channel that Open Liberty has beneath an upgraded connection: its service interfaces {@code com.ibm.wsspi.tcpchannel}
 * and {@code com.ibm.wsspi.bytebuffer}, which an application cannot see by name. Reached by their public methods only. Any
 * thread.
 */
final class LibertyTcp {
    private static final String SPI = "com.ibm.wsspi.";
    private static final int NO_TIMEOUT = -1;
    private static final long ALL = -1;
    /** Where Liberty leaves what came behind the head of the upgrade request. */
    private static final String EARLY_BYTES = "NotUpgradedUnreadData";

    /** What surrounded the request, noted for listeners on the streams. */
    private static final String SURROUNDINGS = "ApplicationsOriginalTCM";

    private static final String TAKEN_OVER = "UpgradedListener";
    private static final String MAY_CLOSE = "CloseUpgradedWebConnection";

    private final ClassLoader loader;
    private final Class<?>[] callbacks;
    private final Object buffers;
    private final MethodHandle tcpOf;
    private final MethodHandle virtualOf;
    private final MethodHandle stateOf;
    private final MethodHandle readerOf;
    private final MethodHandle writerOf;
    private final MethodHandle read;
    private final MethodHandle readSize;
    private final MethodHandle write;
    private final MethodHandle linkOf;
    private final MethodHandle aboveOf;
    private final MethodHandle close;
    private final MethodHandle bufferOf;
    private final MethodHandle setBuffer;
    private final MethodHandle allocate;
    private final MethodHandle bytesOf;
    private final MethodHandle release;
    private final MethodHandle requestOfThread;
    private final MethodHandle forget;

    private LibertyTcp(Class<?> connection) throws ReflectiveOperationException {
        final Class<?> context = connection.getMethod("getTCPConnectionContext").getReturnType();
        loader = context.getClassLoader();
        final Class<?> virtual = load("channelfw.VirtualConnection");
        final Class<?> link = load("channelfw.ConnectionLink");
        final Class<?> either = load("tcpchannel.TCPRequestContext");
        final Class<?> reader = load("tcpchannel.TCPReadRequestContext");
        final Class<?> writer = load("tcpchannel.TCPWriteRequestContext");
        final Class<?> readDone = load("tcpchannel.TCPReadCompletedCallback");
        final Class<?> writeDone = load("tcpchannel.TCPWriteCompletedCallback");
        final Class<?> buffer = load("bytebuffer.WsByteBuffer");
        final Class<?> pool = load("bytebuffer.WsByteBufferPoolManager");
        callbacks = new Class<?>[] {readDone, writeDone};
        buffers = load("channelfw.ChannelFrameworkFactory")
                .getMethod("getBufferManager")
                .invoke(null);
        tcpOf = virtual(connection, "getTCPConnectionContext", context);
        virtualOf = virtual(connection, "getVirtualConnection", virtual);
        stateOf = virtual(virtual, "getStateMap", Map.class);
        readerOf = virtual(context, "getReadInterface", reader);
        writerOf = virtual(context, "getWriteInterface", writer);
        read = virtual(reader, "read", virtual, long.class, readDone, boolean.class, int.class);
        readSize = virtual(reader, "setJITAllocateSize", void.class, int.class);
        write = virtual(writer, "write", virtual, long.class, writeDone, boolean.class, int.class);
        linkOf = virtual(connection, "getDeviceConnLink", link);
        aboveOf = virtual(link, "getApplicationCallback", load("channelfw.ConnectionReadyCallback"));
        close = virtual(link, "close", void.class, virtual, Exception.class);
        bufferOf = virtual(either, "getBuffer", buffer);
        setBuffer = virtual(either, "setBuffer", void.class, buffer);
        allocate = virtual(pool, "allocateDirect", buffer, int.class);
        bytesOf = virtual(buffer, "getWrappedByteBuffer", ByteBuffer.class);
        release = virtual(buffer, "release", void.class);
        final Class<?> request =
                Class.forName(SPI + "webcontainer.WebContainerRequestState", false, connection.getClassLoader());
        requestOfThread =
                MethodHandles.publicLookup().findStatic(request, "getInstance", methodType(request, boolean.class));
        forget = virtual(request, "removeAttribute", void.class, String.class);
    }

    /** Empty where there is no such channel, so on every other server. */
    static Optional<LibertyTcp> beneath(WebConnection connection) {
        try {
            final LibertyTcp tcp = new LibertyTcp(connection.getClass());
            return tcp.call(tcp.tcpOf, connection) == null ? Optional.empty() : Optional.of(tcp);
        } catch (ReflectiveOperationException noSuchChannel) {
            return Optional.empty();
        }
    }

    private Class<?> load(String name) throws ClassNotFoundException {
        return Class.forName(SPI + name, false, loader);
    }

    private static MethodHandle virtual(Class<?> owner, String name, Class<?> result, Class<?>... parameters)
            throws ReflectiveOperationException {
        return MethodHandles.publicLookup().findVirtual(owner, name, methodType(result, parameters));
    }

    /** Two callbacks in one: {@code complete} and {@code error}, the second argument being the reader or the writer. */
    Object callbacks(InvocationHandler handler) {
        return Proxy.newProxyInstance(loader, callbacks, handler);
    }

    /** The lower end of the connection: the channel just above TCP, or TLS. */
    Object link(WebConnection connection) {
        return call(linkOf, connection);
    }

    /** What Liberty calls a connection throughout its channels. */
    Object virtual(WebConnection connection) {
        return call(virtualOf, connection);
    }

    Object reader(WebConnection connection, int bytes) {
        try {
            final Object reader = readerOf.invoke(tcpOf.invoke(connection));
            readSize.invoke(reader, bytes);
            return reader;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    Object writer(WebConnection connection) {
        try {
            return writerOf.invoke(tcpOf.invoke(connection));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Makes Liberty leave the connection to us, as a listener on its streams would.
     *
     * @return what the client has sent right behind its handshake
     */
    Optional<ByteBuffer> takeOver(Object virtual) {
        final Map<Object, Object> state = state(virtual);
        state.put(TAKEN_OVER, "true");
        final Object early = state.remove(EARLY_BYTES);
        if (early == null) {
            return Optional.empty();
        }
        final ByteBuffer bytes = bytes(early);
        final ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
        release(early);
        return Optional.of(copy);
    }

    /**
     * Takes from this thread, the one that upgrades, what Liberty leaves with it until it serves another request: through that it
     * would keep this application after its end.
     */
    void forgetRequest() {
        try {
            final Object request = requestOfThread.invoke(false);
            if (request != null) {
                forget.invoke(request, SURROUNDINGS);
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * From the top, where Liberty counts its connections; with an exception, or it would read the next request. And from
     * below, since the top does nothing once the server stops.
     */
    void close(Object link, Object virtual) {
        try {
            state(virtual).put(MAY_CLOSE, "true");
            final Object http = aboveOf.invoke(link);
            final Object dispatcher = http == null ? null : aboveOf.invoke(http);
            if (dispatcher != null) {
                close.invoke(dispatcher, virtual, new EOFException("WebSocket closed"));
            }
            close.invoke(link, virtual, (Object) null);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> state(Object virtual) {
        return (Map<Object, Object>) call(stateOf, virtual);
    }

    /** Calls back, always by another thread, once there is a buffer with bytes in the reader, or none will come. */
    void read(Object reader, Object callbacks) {
        try {
            setBuffer.invoke(reader, (Object) null);
            read.invoke(reader, 1L, callbacks, true, NO_TIMEOUT);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The buffer that was read; to be released. */
    Object buffer(Object reader) {
        return call(bufferOf, reader);
    }

    /** A buffer of at least so many bytes; to be released. */
    Object allocate(int bytes) {
        try {
            return allocate.invoke(buffers, bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    ByteBuffer bytes(Object buffer) {
        return (ByteBuffer) call(bytesOf, buffer);
    }

    void release(Object buffer) {
        call(release, buffer);
    }

    /** @return whether all was written at once; if not, calls back by another thread, or, if it fails at once, by this one */
    boolean write(Object writer, Object buffer, Object callbacks) {
        try {
            setBuffer.invoke(writer, buffer);
            return (Object) write.invoke(writer, ALL, callbacks, false, NO_TIMEOUT) != null;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private Object call(MethodHandle method, Object on) {
        try {
            return method.invoke(on);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}
