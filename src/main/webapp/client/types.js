/**
 * The shapes that the library hands out, as the contract names them (docs/asyncapi.yaml, docs/openapi.yaml). Types only: no
 * browser ever loads this file.
 *
 * @typedef {object} Message a stored message
 * @property {string} message_id
 * @property {string} conversation_id
 * @property {string} sender_id
 * @property {string} content
 * @property {number} sequence_number its place in the conversation: 1, 2, 3 … All order is by this, never by a clock
 * @property {string} timestamp
 * @property {string} [client_message_id] on one's own messages
 *
 * @typedef {object} Conversation
 * @property {string} conversation_id
 * @property {{ user_id: string, username: string }} peer
 * @property {string} created_at
 * @property {string} updated_at
 * @property {Message | null} last_message
 * @property {number} last_sequence
 * @property {number} unread_count
 * @property {number} my_last_read_sequence
 * @property {number} peer_last_read_sequence
 * @property {number} peer_delivered_sequence
 *
 * @typedef {object} Outgoing a message that was written here and is not confirmed by the server
 * @property {string} client_message_id
 * @property {string} conversation_id
 * @property {string} content
 * @property {number} written_at milliseconds since 1970 by this device's clock
 * @property {number} position orders what was written within one millisecond
 * @property {{ code: string, message: string }} [failure] the server refused it for good
 *
 * @typedef {object} Person
 * @property {string} user_id
 * @property {string} username
 *
 * @typedef {object} Device
 * @property {string} device_id
 * @property {string} device_type `phone`, `desktop` or `web`
 * @property {string | null} name
 * @property {string} last_active_at
 *
 * @typedef {object} Range what is held of a conversation: every sequence from `low` to `high`, without a gap
 * @property {string} conversation_id
 * @property {number} low
 * @property {number} high
 *
 * @typedef {'stopped' | 'connecting' | 'online' | 'waiting' | 'displaced' | 'refused' | 'unauthorized'} StateName
 *
 * @typedef {object} State
 * @property {StateName} name
 * @property {number} [retryAt] while `waiting`: when the next attempt begins, in milliseconds since 1970
 * @property {number} [closeCode] the close code of the last connection
 *
 * @typedef {{ [field: string]: any }} Frame
 */
export {};
