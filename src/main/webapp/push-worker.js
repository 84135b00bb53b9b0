/**
 * The service worker of the page: shows pushes while no page is open. docs/push.md tells what stands in one. A classic script, since not
 * every browser takes modules here, and whole in itself: it runs when nothing else of Duet does. It keeps nothing and answers no request
 * of the page.
 */
(() => {
  const worker = /** @type {any} */ (self);

  const TEXTS = {
    en: { one: 'New message', many: (/** @type {number} */ count) => `${count} new messages` },
    de: { one: 'Neue Nachricht', many: (/** @type {number} */ count) => `${count} neue Nachrichten` },
  };
  const texts = navigator.language.toLowerCase().startsWith('de') ? TEXTS.de : TEXTS.en;

  /**
   * Browsers want a notification for each push. One that tells of a message shows it, in place of the last one of that conversation; one
   * that takes away is only sent where something is shown, and rarely.
   *
   * @param {any} push
   */
  async function show(push) {
    if (push.type === 'message') {
      const count = push.unread_in_conversation;
      await worker.registration.showNotification(push.sender, {
        body: push.preview ?? (count > 1 ? texts.many(count) : texts.one),
        tag: push.conversation_id,
        renotify: true,
        icon: 'favicon.svg',
        timestamp: Date.parse(push.timestamp),
        data: { conversation: push.conversation_id },
      });
    } else if (push.type === 'read') {
      const shown = await worker.registration.getNotifications({ tag: push.conversation_id });
      shown.forEach((/** @type {Notification} */ notification) => notification.close());
    }
    await badge(push.unread);
  }

  /** @param {number} unread */
  async function badge(unread) {
    try {
      if (unread > 0) await navigator.setAppBadge?.(unread);
      else await navigator.clearAppBadge?.();
    } catch {
      // Only installed pages have one
    }
  }

  /** @param {string} conversation */
  async function open(conversation) {
    const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const page = pages.find((/** @type {any} */ client) => client.visibilityState === 'visible') ?? pages[0];
    if (!page) return worker.clients.openWindow(`./#${conversation}`);
    page.postMessage({ open: conversation });
    return page.focus();
  }

  worker.addEventListener('install', () => worker.skipWaiting());
  worker.addEventListener('push', (/** @type {any} */ event) => event.data && event.waitUntil(show(event.data.json())));
  worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
    event.notification.close();
    event.waitUntil(open(event.notification.data.conversation));
  });
})();
