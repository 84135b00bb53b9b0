/** The device of this browser profile for one user: registered once, then kept. */

const key = (userId) => `duet.device.${userId}`;

export async function ensureDevice(session) {
  const known = localStorage.getItem(key(session.userId));
  if (known) return known;
  const device = await session.rest.post('devices', { device_type: 'web', name: browserName() });
  localStorage.setItem(key(session.userId), device.device_id);
  return device.device_id;
}

export function forgetDevice(session) {
  localStorage.removeItem(key(session.userId));
}

/** True when the server no longer knows the device; it is then forgotten here too, and the next start registers anew. */
export async function forgetRemovedDevice(session) {
  const id = localStorage.getItem(key(session.userId));
  const answer = await session.rest.get('devices');
  const devices = answer.items ?? answer;
  if (devices.some((device) => device.device_id === id)) return false;
  forgetDevice(session);
  return true;
}

function browserName() {
  const agent = navigator.userAgent;
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((name) => agent.includes(`${name}/`)) ?? 'Browser';
  const friendly = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name));
  return system ? `${friendly} on ${system}` : friendly;
}
