/** @param {string} jwt @returns {{ [name: string]: any }} empty if it is none */
export function claimsOf(jwt) {
  try {
    const payload = jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (unit) => unit.charCodeAt(0))));
  } catch {
    return {};
  }
}
