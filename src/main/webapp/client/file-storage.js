import { mkdirSync, openSync, readFileSync, closeSync, fsyncSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { MemoryStorage } from './storage.js';

/**
 * For programs on Node.js: everything in memory, and every change in a journal on disk, one JSON text a line, before it
 * counts. The journal is written anew at each start. One process per file.
 */
export class FileStorage extends MemoryStorage {
  #path;
  /** @type {number | null} null when closed */
  #file;

  /** @param {string} path */
  constructor(path) {
    super();
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    for (const change of journal(path)) super.apply(change);
    writeFileSync(`${path}.new`, this.contents().map(line).join(''), { flush: true });
    renameSync(`${path}.new`, path);
    this.#file = openSync(path, 'a');
  }

  /** @override @param {import('./storage.js').Change[]} changes */
  async keep(changes) {
    if (this.#file === null) throw new Error('The storage is closed.');
    if (!changes.length) return;
    writeSync(this.#file, changes.map(line).join(''));
    fsyncSync(this.#file);
  }

  /** @override */
  close() {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** @override */
  async erase() {
    await super.erase();
    this.close();
    rmSync(this.#path);
  }
}

/** @param {object} change */
const line = (change) => `${JSON.stringify(change)}\n`;

/** What was being written when the process died is an incomplete last line. @param {string} path */
function* journal(path) {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  const lines = text.split('\n');
  lines.pop();
  for (const entry of lines) yield JSON.parse(entry);
}
