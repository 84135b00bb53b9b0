/**
 * All messages of a conversation or of a person, for administrators: lines of JSON, as long a download as it may be, which can be cut
 * anywhere and gone on with. No tables of its own, no caches: it reads those of {@code conversation} and {@code message}.
 */
package io.duet.export;
