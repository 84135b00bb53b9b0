import { element, icon } from './dom.js';
import { showProgress } from './progress.js';
import { dayName, exactTime, sameDay, timeOfDay } from './times.js';

const TOGETHER_MS = 5 * 60_000;

/** A message of the conversation. */
export function messageRow(message, mine) {
  const row = bubble(message.content, new Date(message.timestamp), mine);
  row.dataset.sequence = message.sequence_number;
  row.sequence = message.sequence_number;
  return row;
}

/** A message that is on its way, or was refused: then it can be tried again or removed. */
export function outgoingRow(entry) {
  const row = bubble(entry.content, new Date(entry.written_at), true);
  row.dataset.clientMessageId = entry.client_message_id;
  row.failed = Boolean(entry.failure);
  setProgress(row, entry.failure ? 'failed' : 'sending');
  if (entry.failure) row.append(failureLine(entry));
  return row;
}

export function setProgress(row, progress) {
  row.dataset.progress = progress;
  showProgress(row.querySelector('.progress'), progress);
}

/** Day line and grouping of a row, which depend on the row before it. */
export function place(row, before) {
  const newDay = !before || !sameDay(before.time, row.time);
  const close = before && before.mine === row.mine && row.time - before.time < TOGETHER_MS;
  row.classList.toggle('follows', Boolean(close && !newDay && !row.classList.contains('first-unread')));
  if (newDay) row.dataset.day = dayName(row.time);
  else delete row.dataset.day;
}

function bubble(content, time, mine) {
  const meta = element('span', { class: 'meta' }, element('time', { text: timeOfDay(time), title: exactTime(time) }));
  if (mine) meta.append(element('span', { class: 'progress' }, icon('tick')));
  const text = element('p', { class: 'text', dir: 'auto', text: content });
  const row = element('li', { class: mine ? 'message mine' : 'message' }, element('div', { class: 'bubble' }, text, meta));
  row.time = time;
  row.mine = mine;
  return row;
}

function failureLine(entry) {
  return element(
    'div',
    { class: 'refusal' },
    element('span', { text: `Not sent: ${entry.failure}` }),
    element('button', { type: 'button', class: 'link', 'data-retry': entry.client_message_id, text: 'Try again' }),
    element('button', { type: 'button', class: 'link', 'data-discard': entry.client_message_id, text: 'Remove' }),
  );
}
