/**
 * The nodes of one Duet, all equal: the one that is used now, and the next when it does not answer.
 */
export class Servers {
  #bases;
  #at = 0;

  /** @param {string | URL | (string | URL)[]} bases base addresses, such as `https://duet.example.org/` */
  constructor(bases) {
    const list = Array.isArray(bases) ? bases : [bases];
    if (!list.length) throw new TypeError('no server');
    this.#bases = list.map((base) => {
      const url = new URL(base);
      if (!url.pathname.endsWith('/')) url.pathname += '/';
      url.search = url.hash = '';
      return url;
    });
  }

  get count() {
    return this.#bases.length;
  }

  get current() {
    return this.#bases[this.#at];
  }

  /** Moves on to the next one, unless somebody else has done so already. @param {URL} failed */
  leave(failed) {
    if (failed === this.current) this.#at = (this.#at + 1) % this.#bases.length;
  }

  /** Tells what is kept for this Duet from what is kept for another, whichever node is used. */
  get name() {
    return this.#bases[0].href;
  }
}
