import { preview } from './content.js';
/** @import { Context } from './context.js' */
/** @import { Message } from '../client/types.js' */

/**
 * Tells of new messages: to those who hear the page by its live region, and by a notification of the system when the person looks at
 * none of the tabs and has allowed it.
 */
export class Notifier {
  #context;
  #open;

  /** @param {Context} context @param {(id: string) => void} open */
  constructor(context, open) {
    this.#context = context;
    this.#open = open;
    context.until(context.client.on('message', (message) => this.#arrived(message)));
  }

  /** Whether it makes sense to ask the person. */
  get canAsk() {
    return 'Notification' in window && isSecureContext && Notification.permission === 'default';
  }

  async ask() {
    await Notification.requestPermission();
  }

  /** @param {Message} message */
  async #arrived({ conversation_id: id, sender_id: sender, content }) {
    const { client, texts } = this.#context;
    if (sender === client.me.user_id) return;
    const known = client.conversations.get(id) ?? (await client.conversations.fetch(id).catch(() => undefined));
    const name = known?.peer.username ?? '';
    if (document.visibilityState === 'visible') this.#context.announce(texts.said(name, preview(content)));
    const allowed = 'Notification' in window && Notification.permission === 'granted';
    if (allowed && client.leads && !client.isLookedAt) this.#notify(id, name, preview(content));
  }

  /** @param {string} id @param {string} name @param {string} body */
  #notify(id, name, body) {
    try {
      const notification = new Notification(name, { body, tag: id });
      notification.onclick = () => {
        window.focus();
        notification.close();
        this.#open(id);
      };
    } catch {
      // Some systems allow it from service workers only
    }
  }
}
