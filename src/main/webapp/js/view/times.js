const DAY_MS = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dateWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const timeOfDay = (time) => clock.format(time);
export const exactTime = (time) => full.format(time);

/** For the conversation list. */
export function shortWhen(time) {
  const days = daysAgo(time);
  if (days <= 0) return clock.format(time);
  if (days === 1) return capital(relative.format(-1, 'day'));
  if (days < 7) return weekday.format(time);
  return sameYear(time) ? date.format(time) : dateWithYear.format(time);
}

/** For the line between two days of a conversation. */
export function dayName(time) {
  const days = daysAgo(time);
  if (days === 0 || days === 1) return capital(relative.format(-days, 'day'));
  return sameYear(time) ? longDay.format(time) : dateWithYear.format(time);
}

export function lastSeen(time) {
  if (!time) return 'offline';
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (minutes < 1) return 'last seen just now';
  if (minutes < 60) return `last seen ${relative.format(-minutes, 'minute')}`;
  return `last seen ${daysAgo(time) === 0 ? clock.format(time) : shortWhen(time)}`;
}

export function sameDay(one, other) {
  return midnight(one) === midnight(other);
}

function daysAgo(time) {
  return Math.round((midnight(new Date()) - midnight(time)) / DAY_MS);
}

function midnight(time) {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

function sameYear(time) {
  return time.getFullYear() === new Date().getFullYear();
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
