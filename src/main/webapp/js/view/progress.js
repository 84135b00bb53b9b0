const SHOWN = {
  sending: ['clock', 'Sending'],
  sent: ['tick', 'Sent'],
  delivered: ['ticks', 'Delivered'],
  read: ['ticks', 'Read'],
  failed: ['warning', 'Not sent'],
};

/** Shows in `mark`, which holds an icon, how far a message has come. */
export function showProgress(mark, progress) {
  if (mark.dataset.progress === progress) return;
  const [name, label] = SHOWN[progress];
  mark.dataset.progress = progress;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', label);
  mark.title = label;
  mark.querySelector('use').setAttribute('href', `icons.svg#${name}`);
}
