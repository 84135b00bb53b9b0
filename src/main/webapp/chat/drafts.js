/** What is half written, by conversation; it survives a reload and goes with the signing out. */
export class Drafts {
  #prefix;

  /** @param {string} userId */
  constructor(userId) {
    this.#prefix = `duet.draft.${userId}.`;
  }

  /** @param {string} conversationId */
  get(conversationId) {
    return read(this.#prefix + conversationId) ?? '';
  }

  /** @param {string} conversationId @param {string} content */
  set(conversationId, content) {
    try {
      if (content) localStorage.setItem(this.#prefix + conversationId, content);
      else localStorage.removeItem(this.#prefix + conversationId);
    } catch {
      // A full or forbidden storage loses a draft, nothing more
    }
  }

  erase() {
    for (const key of Object.keys(localStorage)) if (key.startsWith(this.#prefix)) localStorage.removeItem(key);
  }
}

/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
