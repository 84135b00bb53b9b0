/** What the contract says about content, so that the composer can tell before the server does. */

const NOTHING_VISIBLE = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export function isBlank(content) {
  return NOTHING_VISIBLE.test(content);
}

/** The limit counts Unicode code points, not UTF-16 units. */
export function codePoints(content) {
  let count = 0;
  for (const _ of content) count++;
  return count;
}

/** One line for the conversation list. */
export function preview(content) {
  return content.slice(0, 200).replace(/\s+/gu, ' ').trim();
}
