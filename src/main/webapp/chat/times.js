const DAY_MS = 86_400_000;

/** Times as people say them, in one language. */
export class Times {
  #clock;
  #weekday;
  #date;
  #dateWithYear;
  #longDay;
  #full;
  #relative;
  #texts;

  /** @param {string} language @param {import('./texts.js').Texts} texts */
  constructor(language, texts) {
    this.#texts = texts;
    this.#clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
    this.#weekday = new Intl.DateTimeFormat(language, { weekday: 'short' });
    this.#date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
    this.#dateWithYear = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric' });
    this.#longDay = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
    this.#full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' });
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  }

  /** @param {Date} time */
  ofDay(time) {
    return this.#clock.format(time);
  }

  /** @param {Date} time */
  exact(time) {
    return this.#full.format(time);
  }

  /** For a list. @param {Date} time */
  short(time) {
    const days = daysAgo(time);
    if (days <= 0) return this.#clock.format(time);
    if (days === 1) return capital(this.#relative.format(-1, 'day'));
    if (days < 7) return this.#weekday.format(time);
    return (isThisYear(time) ? this.#date : this.#dateWithYear).format(time);
  }

  /** For the line between two days of a conversation. @param {Date} time */
  day(time) {
    const days = daysAgo(time);
    if (days === 0 || days === 1) return capital(this.#relative.format(-days, 'day'));
    return (isThisYear(time) ? this.#longDay : this.#dateWithYear).format(time);
  }

  /** How long ago, within a sentence. @param {Date} time */
  ago(time) {
    const minutes = Math.max(0, Math.round((Date.now() - time.getTime()) / 60_000));
    if (minutes === 0) return this.#texts.justNow;
    if (minutes < 60) return this.#relative.format(-minutes, 'minute');
    const days = daysAgo(time);
    if (days === 0) return this.#clock.format(time);
    return days === 1 ? `${this.#relative.format(-1, 'day')}, ${this.#clock.format(time)}` : this.short(time);
  }

  /** @param {string | null | undefined} time */
  lastSeen(time) {
    if (!time) return this.#texts.offlinePerson;
    const seen = new Date(time);
    return Date.now() - seen.getTime() < 60_000 ? this.#texts.lastSeenNow : this.#texts.lastSeen(this.ago(seen));
  }
}

/** @param {Date} one @param {Date} other */
export function isSameDay(one, other) {
  return midnight(one) === midnight(other);
}

/** @param {Date} time */
function daysAgo(time) {
  return Math.round((midnight(new Date()) - midnight(time)) / DAY_MS);
}

/** @param {Date} time */
function midnight(time) {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

/** @param {Date} time */
function isThisYear(time) {
  return time.getFullYear() === new Date().getFullYear();
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
