import { element } from './dom.js';

/** What could be an address: no white space, quotes, angle brackets, or characters that are invisible or turn the direction of writing. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\p{Cf}\p{Cc}]+/giu;
const TRAILING = /[.,;:!?…)\]}]+$/u;
const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/**
 * The text of a message as nodes: links where an address begins with http or https, all else as it is.
 *
 * @param {string} content @returns {(Node | string)[]}
 */
export function contentNodes(content) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  let done = 0;
  for (const { 0: found, index } of content.matchAll(ADDRESS)) {
    const address = withoutTrailing(found);
    const url = safeUrl(address);
    if (!url) continue;
    nodes.push(content.slice(done, index), link(address, url));
    done = index + address.length;
  }
  nodes.push(content.slice(done));
  return nodes.filter((node) => node !== '');
}

/** One to three emoji and nothing else, which are shown larger. @param {string} content */
export function isEmojiOnly(content) {
  return content.length <= 60 && EMOJI_ONLY.test(content);
}

/** One line for a list. @param {string} content */
export function preview(content) {
  return content.slice(0, 200).replace(/\s+/gu, ' ').trim();
}

/** @param {string} text @param {URL} url */
function link(text, url) {
  return element('a', { href: url.href, title: url.href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr', text });
}

/** Null for what is none, or pretends to be another one by a user name before the host. @param {string} address */
function safeUrl(address) {
  try {
    const url = new URL(address);
    return (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** A closing bracket belongs to the address if its opening one does. @param {string} address */
function withoutTrailing(address) {
  let kept = address.replace(TRAILING, '');
  const closing = address[kept.length];
  /** @type {{ [closing: string]: string }} */
  const opening = { ')': '(', ']': '[', '}': '{' };
  if (closing in opening && count(kept, opening[closing]) > count(kept, closing)) kept += closing;
  return kept;
}

/** @param {string} text @param {string} part */
function count(text, part) {
  return text.split(part).length - 1;
}
