const SVG = 'http://www.w3.org/2000/svg';

/** Outlines on a grid of 24; the mark of Duet is filled. @type {{ [name: string]: string }} */
const PATHS = {
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2',
  tick: 'm6 12.5 4 4.5 8.5-10',
  ticks: 'm1.5 12.5 4 4.5L14 7M10.5 16l1 1L20.500 7',
  warning: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5v5.5M12 16.200v.1',
  send: 'M4.500 12h8M4.500 12 3.200 5.200c-.2-.9.7-1.600 1.500-1.200l15.500 7.200c.7.300.7 1.300 0 1.600L4.700 20c-.8.400-1.700-.3-1.500-1.200L4.500 12Z',
  back: 'm14.500 5-7 7 7 7',
  down: 'M12 5v14m-6-6 6 6 6-6',
  search: 'M11 4.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM16 16l4.200 4.200',
  copy: 'M9 9h9.500a1.500 1.500 0 0 1 1.500 1.500v8a1.500 1.500 0 0 1-1.500 1.500h-8A1.500 1.500 0 0 1 9 18.500V9Zm0 0V5.500M15 6V5.500A1.500 1.500 0 0 0 13.500 4h-8A1.500 1.500 0 0 0 4 5.500v8A1.500 1.500 0 0 0 5.500 15H6',
  bell: 'M6.500 16.500v-6a5.500 5.500 0 0 1 11 0v6l1.500 1.500H5l1.500-1.500ZM10 20.500h4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.500 20.500c.8-3.500 3.700-5.500 7.500-5.500s6.700 2 7.500 5.500',
  duet: 'M9.500 3h8A4.500 4.500 0 0 1 22 7.500v2.500a4.500 4.500 0 0 1-4 4.470M7 8h4.500A4.500 4.500 0 0 1 16 12.500v2a4.500 4.500 0 0 1-4.500 4.500H8.500L5 21.500V19a4.500 4.500 0 0 1-3-4.300v-2.200A4.500 4.500 0 0 1 7 8Z',
};

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  setIcon(svg, name);
  return svg;
}

/** @param {Element} svg @param {string} name */
export function setIcon(svg, name) {
  svg.firstElementChild?.setAttribute('d', PATHS[name]);
}
