/** What to do after a close, by the contract's table of close codes. Delays are in seconds. */

const LONGEST_DELAY = 60;
const OVERLOADED_DELAY = 5;

/**
 * @param close `code` and `reason` of the WebSocket close
 * @param attempts how many connections in a row ended before `connected`
 * @param reconnectDelay what the server asked for in its last `connected`, if any
 * @returns `{ state, delay }`: `ended` (a new token is needed), `displaced`, `refused` (do not come back), or `waiting`
 */
export function afterClose({ code, reason }, attempts, reconnectDelay, random = Math.random) {
  switch (code) {
    case 4401:
      return { state: 'ended' };
    case 4409:
      return { state: 'displaced' };
    case 1002:
    case 1003:
    case 1007:
    case 1009:
    case 4400:
      return { state: 'refused' };
    case 1013:
      return { state: 'waiting', delay: OVERLOADED_DELAY * (1 + random()) + backOff(attempts, random) };
    default:
      return { state: 'waiting', delay: usual(reason, attempts, reconnectDelay, random) };
  }
}

function usual(reason, attempts, reconnectDelay, random) {
  if (attempts > 0) return backOff(attempts, random);
  return random() * (delayIn(reason) ?? reconnectDelay ?? 1);
}

function backOff(attempts, random) {
  return Math.min(LONGEST_DELAY, 2 ** Math.min(attempts, 10)) * (0.5 + random() / 2);
}

function delayIn(reason) {
  try {
    const delay = JSON.parse(reason).reconnect_delay;
    return Number.isFinite(delay) ? Math.min(Math.max(delay, 0), LONGEST_DELAY) : undefined;
  } catch {
    return undefined;
  }
}
