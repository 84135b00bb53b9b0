/**
 * Every text of `<duet-chat>` and of the page, by language. To translate: copy `texts-de.js`, keep the names, say the
 * texts as a person would in that language, and name the file in `ALL`. A text with values in it is a function.
 *
 * @typedef {typeof en} Texts
 */

const en = {
  // connection
  connecting: 'Connecting …',
  offline: 'You are offline. What you write is sent later.',
  waiting: 'No connection to the server. What you write is sent later.',
  waitingSeconds: (/** @type {number} */ seconds) => `No connection. Next try in ${seconds} s. What you write is sent later.`,
  tryNow: 'Try now',
  displaced: 'Duet is open elsewhere on this device.',
  useHere: 'Use here',
  refused: 'The server does not accept this program. Reload the page; if that does not help, tell your administrator.',
  unauthorized: 'Your session has ended.',
  storageFailed: 'This browser cannot store messages. Free some space, then reload the page.',
  startFailed: 'The server cannot be reached.',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',

  // conversations
  conversations: 'Conversations',
  noConversations: 'No conversations yet. Find a person above to start one.',
  findPerson: 'Find a person',
  people: 'People',
  nobody: (/** @type {string} */ query) => `Nobody’s username begins with “${query}”.`,
  you: 'You: ',
  draft: 'Draft: ',
  unread: (/** @type {number} */ count) => (count === 1 ? '1 unread message' : `${count} unread messages`),
  online: 'online',
  offlinePerson: 'offline',
  typing: 'typing …',
  justNow: 'just now',
  lastSeenNow: 'last seen just now',
  lastSeen: (/** @type {string} */ when) => `last seen ${when}`,
  chooseConversation: 'Choose a conversation, or find a person to start one.',

  // a conversation
  conversationWith: (/** @type {string} */ name) => `Conversation with ${name}`,
  back: 'Back to the list',
  messages: 'Messages',
  notYetSent: 'Not yet sent',
  beginning: (/** @type {string} */ name) => `The beginning of your conversation with ${name}`,
  loading: 'Loading …',
  newMessages: 'New messages',
  toNewest: 'To the newest message',
  toNewestUnseen: (/** @type {number} */ count) => (count === 1 ? '1 new message, go there' : `${count} new messages, go there`),
  copy: 'Copy',
  copied: 'Copied',
  notSent: (/** @type {string} */ why) => `Not sent: ${why}`,
  remove: 'Remove',
  progress: { sending: 'Sending', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Not sent' },
  writeMessage: 'Write a message',
  message: 'Message',
  send: 'Send',
  counter: (/** @type {string} */ length, /** @type {string} */ limit) => `${length} of ${limit} characters`,
  said: (/** @type {string} */ name, /** @type {string} */ content) => `${name}: ${content}`,
  notifications: 'Notify me of new messages',

  // why something was refused, by the contract's code
  errors: {
    rate_limited: 'too much at once. Try again in a while.',
    content_too_long: 'the message is too long.',
    content_empty: 'the message is empty.',
    content_invalid: 'the message has characters that cannot be sent.',
    not_found: 'this conversation does not exist.',
    unauthorized: 'you may not do that.',
    unavailable: 'the server cannot do that now. Try again in a while.',
  },
  otherError: (/** @type {string} */ message) => message,

  // the page: coming in
  tagline: 'Two people, one conversation, on your own server.',
  howToComeIn: 'How to come in',
  signIn: 'Sign in',
  createAccount: 'Create account',
  username: 'Username',
  usernameRule: '3 to 50 of a–z, 0–9, dot, underscore and hyphen',
  email: 'E-mail',
  password: 'Password',
  passwordRule: 'At least 12 characters; a short sentence is good',
  enterUsername: 'Enter your username.',
  enterEmail: 'Enter your e-mail address.',
  enterPassword: 'Enter your password.',
  badUsername: 'A username has 3 to 50 of a–z, 0–9, dot, underscore and hyphen.',
  shortPassword: 'The password needs at least 12 characters.',
  wrongCredentials: 'Username or password is not right.',
  tooManyAttempts: 'Too many attempts. Wait a few minutes, then try again.',
  taken: 'This username or e-mail address is already taken.',
  registrationClosed: 'New accounts cannot be made here. Ask your administrator.',
  unreachable: 'The server cannot be reached. Check your connection.',
  sessionEnded: 'Your session has ended. Please sign in again.',
  signInWith: (/** @type {string} */ name) => `Sign in with ${name}`,
  or: 'or',
  signingIn: 'You are being signed in …',
  signInFailed: 'The sign-in did not succeed. Please try again.',
  issuerUnreachable: (/** @type {string} */ name) => `${name} cannot be reached now. Try again in a while.`,
  needsTls: 'This way to sign in needs a secure connection (https). Ask your administrator.',
  signedOut: 'You are signed out. Nothing of your messages is left in this browser.',

  // the page: account, devices and sessions
  account: 'Account',
  devicesAndSessions: 'Devices and sessions',
  devices: 'Devices',
  devicesHelp: 'Every device gets all messages. Remove those that you no longer use.',
  sessions: 'Sessions',
  sessionsHelp: 'Each sign-in begins one. Ended ones are signed out everywhere within seconds.',
  thisDevice: 'this device',
  thisSession: 'this session',
  unnamedDevice: 'Unnamed device',
  lastActive: (/** @type {string} */ when) => `last active ${when}`,
  signedInAt: (/** @type {string} */ when) => `Signed in ${when}`,
  removeDevice: (/** @type {string} */ name) => `Remove ${name}`,
  endSession: (/** @type {string} */ when) => `End the session of ${when}`,
  end: 'End',
  close: 'Close',
  signOut: 'Sign out',
  push: 'Notifications',
  pushOn: 'On: this device is told of new messages while Duet is closed.',
  pushOff: 'Off: this device is told of new messages only while Duet is open.',
  pushDenied: 'This browser does not allow notifications here. You can change that in its settings for this page.',
  pushImpossible: 'This browser, or this server, cannot tell you of new messages while Duet is closed.',
  pushFailed: 'The browser did not get through to its push service. Try again in a while.',
  turnPushOn: 'Turn notifications on',
  turnPushOff: 'Turn notifications off',
  unsentWarning: (/** @type {number} */ count) =>
    count === 1 ? 'One message has not been sent and would be lost.' : `${count} messages have not been sent and would be lost.`,
  signOutAnyway: 'Sign out anyway',
  cancel: 'Cancel',
};

/** English is there at once; who wants another language loads that one only. @type {{ [language: string]: () => Promise<Texts> }} */
const ALL = { en: async () => en, de: async () => (await import('./texts-de.js')).de };

/** The languages that there are texts in. */
export const LANGUAGES = Object.keys(ALL);

/** The first of the wanted languages that there are texts in. @param {readonly string[]} wanted as in `navigator.languages` */
export function languageFor(wanted) {
  const bases = wanted.map((language) => language.toLowerCase().split('-')[0]);
  return bases.find((language) => language in ALL) ?? 'en';
}

/** How times and numbers are written: as in the first wanted locale of this language. @param {string} language @param {readonly string[]} wanted */
export function localeFor(language, wanted) {
  return wanted.find((locale) => locale.toLowerCase().split('-')[0] === language) ?? language;
}

/** English if the others cannot be loaded. @param {string} language @returns {Promise<Texts>} */
export function textsIn(language) {
  return ALL[languageFor([language])]().catch(() => en);
}

/** Says why something failed. @param {Texts} texts @param {{ code?: string, message: string, isNetwork?: boolean }} error */
export function explain(texts, { code = '', message, isNetwork }) {
  if (isNetwork) return texts.unreachable;
  const known = /** @type {{ [code: string]: string }} */ (texts.errors)[code];
  return known ?? texts.otherError(message);
}
