// node echo-bot.mjs https://duet.example.org username password    (Node.js 22 or newer)
import { DuetClient, signIn } from '../../src/main/webapp/duet-client.js';
import { FileStorage } from '../../src/main/webapp/client/file-storage.js';

const [server, username, password] = process.argv.slice(2);
const token = async () => (await signIn({ server, username, password })).access_token;
const storage = new FileStorage(`${username}.journal`);
const bot = new DuetClient({ server, token, storage, device: { type: 'desktop', name: 'Echo bot' } });

bot.on('state', ({ name }) => console.log(name));
bot.on('message', async ({ conversation_id, sender_id, sequence_number, content }) => {
  if (sender_id === bot.me.user_id) return;
  bot.read(conversation_id, sequence_number);
  const answer = await bot.send(conversation_id, `You said: ${content}`);
  console.log(`answered message ${sequence_number} by message ${answer.sequence_number}`);
});

await bot.start();
process.on('SIGTERM', () => bot.stop());
