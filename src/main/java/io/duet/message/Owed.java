package io.duet.message;

import java.util.List;

/**
 * What a device has not acknowledged of one conversation, as of one moment.
 *
 * @param messages ascending, perhaps only the first of them
 * @param head the conversation's last sequence number at that moment: what lies up to there and is not among all that is owed
 *     need never go to the device; 0 for an unknown conversation
 */
public record Owed(List<StoredMessage> messages, long head) {}
