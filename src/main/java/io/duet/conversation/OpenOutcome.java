package io.duet.conversation;

/** What became of the wish to talk to somebody. */
sealed interface OpenOutcome {
    /** @param created false when the two had a conversation already */
    record Open(ConversationView conversation, boolean created) implements OpenOutcome {}

    /** That is oneself. */
    record Oneself() implements OpenOutcome {}

    /** There is no such user. */
    record UnknownUser() implements OpenOutcome {}
}
