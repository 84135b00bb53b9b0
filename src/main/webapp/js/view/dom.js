/** The only way in which the page makes elements: text always as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';
const HUES = 10;

export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children.filter(Boolean));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Changes the text only when it differs, so that screen readers are not told twice. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function avatar(username) {
  const [first, second] = username.split(/[._-]+/u).filter(Boolean);
  const initials = (first?.[0] ?? '?') + (second?.[0] ?? first?.[1] ?? '');
  let hash = 0;
  for (const character of username) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return element('span', { class: `avatar hue-${hash % HUES}`, 'aria-hidden': 'true', text: initials });
}
