/** The only way in which elements are made: text always as text, never as markup. */

const HUES = 8;

/**
 * @param {string} tag
 * @param {{ text?: string, [attribute: string]: string | number | boolean | undefined }} [attributes] true: without a value; false or
 *   undefined: not at all
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any} the element
 */
export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Changes the text only when it differs, so that screen readers are not told twice. @param {Node} target @param {string} text */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A circle with initials, in a colour that is the same wherever this person appears. @param {string} username */
export function avatar(username) {
  const [first, second] = username.split(/[._-]+/u).filter(Boolean);
  const initials = (first?.[0] ?? '?') + (second?.[0] ?? first?.[1] ?? '');
  let hash = 0;
  for (const character of username) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return element('span', { class: `avatar hue-${hash % HUES}`, 'aria-hidden': 'true', text: initials });
}
