/**
 * Something that others can listen to. Listeners run at once, in the order in which they were added; one that throws is
 * reported and keeps nobody else from hearing.
 *
 * @template {{ [name: string]: any }} Kinds names of the events and what comes with them
 */
export class Events {
  /** @type {Map<keyof Kinds, Set<(value: any) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Kinds} Name
   * @param {Name} name
   * @param {(value: Kinds[Name]) => void} listener
   * @returns {() => void} removes the listener again
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * The next event of this name.
   *
   * @template {keyof Kinds} Name
   * @param {Name} name
   * @param {(value: Kinds[Name]) => boolean} [matches] only an event of which this is true
   * @returns {Promise<Kinds[Name]>}
   */
  next(name, matches = () => true) {
    return new Promise((resolve) => {
      const stop = this.on(name, (value) => {
        if (!matches(value)) return;
        stop();
        resolve(value);
      });
    });
  }

  /**
   * @template {keyof Kinds} Name
   * @param {Name} name
   * @param {Kinds[Name]} [value]
   */
  emit(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        report(error);
      }
    }
  }
}

/** @param {unknown} error */
function report(error) {
  if (typeof reportError === 'function') reportError(error);
  else console.error(error);
}
