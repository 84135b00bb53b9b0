import { Connection } from './connection.js';
import { Conversations } from './conversations.js';
import { OwnDevice } from './device.js';
import { History } from './history.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { Presence } from './presence.js';
import { Receipts } from './receipts.js';
import { Reentry } from './reentry.js';
/** @import { Options } from './client.js' */
/** @import { Credentials } from './credentials.js' */
/** @import { Rest } from './rest.js' */
/** @import { Servers } from './servers.js' */
/** @import { Store } from './store.js' */
/** @import { Tabs } from './tabs.js' */
/** @import { Frame, Person } from './types.js' */

const MOST_LAST_SEQUENCES = 1000;

/** What a started client is made of, and which part knows which. */
export class Parts {
  #credentials;

  /**
   * @param {{ me: Person, store: Store, tabs: Tabs, rest: Rest, servers: Servers, credentials: Credentials, options: Options,
   *   send: (frame: Frame) => boolean }} given
   */
  constructor({ me, store, tabs, rest, servers, credentials, options, send }) {
    this.#credentials = credentials;
    this.me = me;
    this.store = store;
    this.tabs = tabs;
    this.device = new OwnDevice(store, rest, options.device ?? {});
    this.connection = new Connection(servers, () => this.#hello(), options.WebSocket);
    this.inbox = new Inbox(store, this.connection);
    this.outbox = new Outbox(store, this.connection);
    this.conversations = new Conversations(store, rest, me.user_id);
    this.history = new History(store, rest);
    this.presence = new Presence(rest);
    this.receipts = new Receipts(this.conversations, send);
    this.reentry = new Reentry({ connection: this.connection, credentials, device: this.device, rest });
  }

  /** @returns {Promise<Frame>} */
  async #hello() {
    const ranges = new Map((await this.store.ranges()).map((range) => [range.conversation_id, range.high]));
    const newest = this.conversations.list().slice(0, MOST_LAST_SEQUENCES);
    const held = newest
      .map(({ conversation_id: id }) => /** @type {const} */ ([id, ranges.get(id) ?? 0]))
      .filter(([, sequence]) => sequence > 0);
    const device_id = await this.device.ensure();
    return { action: 'connect', device_id, token: this.#credentials.token, last_sequences: Object.fromEntries(held) };
  }
}
