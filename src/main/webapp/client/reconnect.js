/** What to do after a close, by the contract's table of close codes. Delays are in seconds. */

const LONGEST_DELAY = 60;
const OVERLOADED_DELAY = 5;

/**
 * @typedef {object} Next
 * @property {'unauthorized' | 'displaced' | 'refused' | 'waiting'} state `unauthorized`: a new token is needed; `displaced`: only
 *   when the person asks; `refused`: do not come back; `waiting`: after `delay`
 * @property {number} [delay]
 */

/**
 * @param {{ code: number, reason: string }} close of the WebSocket
 * @param {number} attempts how many connections in a row ended before they had been of use
 * @param {number} [reconnectDelay] what the server asked for in its last `connected`
 * @param {() => number} [random]
 * @returns {Next}
 */
export function afterClose({ code, reason }, attempts, reconnectDelay, random = Math.random) {
  switch (code) {
    case 4401:
      return { state: 'unauthorized' };
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

/** @param {string} reason @param {number} attempts @param {number | undefined} reconnectDelay @param {() => number} random */
function usual(reason, attempts, reconnectDelay, random) {
  if (attempts > 0) return backOff(attempts, random);
  return delayIn(reason) ?? random() * (reconnectDelay ?? 1);
}

/** @param {number} attempts @param {() => number} random */
function backOff(attempts, random) {
  return Math.min(LONGEST_DELAY, 2 ** Math.min(attempts, 10)) * (0.5 + random() / 2);
}

/** @param {string} reason @returns {number | undefined} */
function delayIn(reason) {
  try {
    const delay = JSON.parse(reason).reconnect_delay;
    return Number.isFinite(delay) ? Math.min(Math.max(delay, 0), LONGEST_DELAY) : undefined;
  } catch {
    return undefined;
  }
}
