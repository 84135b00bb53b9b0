/** Something that others can listen to. Listeners run at once, in the order in which they were added. */
export class Events {
  #listeners = new Map();

  /** Returns a function that removes the listener again. */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => this.#listeners.get(name).delete(listener);
  }

  emit(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value);
  }
}
