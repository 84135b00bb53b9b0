package io.duet.delivery;

import io.duet.message.StoredMessage;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ServerFrame;
import java.util.List;

/**
 * What delivery asks of one live connection. The socket room has the real one, tests have theirs. No method blocks; any
 * thread may call any of them, also after the connection went (then nothing happens).
 */
public interface Link {
    /** Whether its client may still be there: false for good once either side has closed it, or it broke. */
    boolean isOpen();

    /** Messages for this device, as a notice brought them: perhaps twice, late, or with others missing before them. */
    void offer(List<StoredMessage> messages);

    /** Something that the client could also ask for; may be coalesced with a newer one of its kind, or dropped. */
    void hint(ServerFrame hint);

    /** Close with this code, once what was queued has gone out. */
    void close(CloseCode code);
}
