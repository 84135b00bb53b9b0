import { Chat } from './chat.js';
import { Session } from './session.js';
import { Store } from './store.js';
import { ChatView } from './view/chat-view.js';
import { welcome } from './view/welcome.js';

const NOTICE = 'duet.notice';

/** A fresh page is the one way from one state to the next: nothing of another person can be left over. */
function restart(notice) {
  if (notice) sessionStorage.setItem(NOTICE, notice);
  location.reload();
}

function takeNotice() {
  const notice = sessionStorage.getItem(NOTICE);
  sessionStorage.removeItem(NOTICE);
  return notice;
}

async function signOut(chat) {
  const unsent = chat.outbox.size;
  if (unsent && !confirm(`${unsent} of your messages have not been sent and would be lost. Sign out?`)) return;
  chat.stop();
  await chat.session.signOut().catch(() => {});
  await Store.erase(chat.me);
  history.replaceState(null, '', location.pathname);
  restart();
}

async function main() {
  const session = Session.restore() ?? (await welcome(takeNotice()));
  session.on('ended', (reason) => restart(reason));
  session.on('replaced', () => restart());
  const chat = await Chat.open(session);
  new ChatView(chat, { signOut: () => signOut(chat), useHere: () => restart() });
  chat.start();
}

main();
