/** What the contract says about content, so that a composer can tell before the server does. */

const NOTHING_VISIBLE = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** @param {string} content */
export function isBlank(content) {
  return NOTHING_VISIBLE.test(content);
}

/**
 * The limit counts Unicode code points, not UTF-16 units.
 *
 * @param {string} content
 */
export function codePoints(content) {
  let count = content.length;
  for (let at = 0; at < content.length - 1; at++) {
    if (isHigh(content.charCodeAt(at)) && isLow(content.charCodeAt(at + 1))) count--;
  }
  return count;
}

/** @param {number} unit */
const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff;
/** @param {number} unit */
const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;
