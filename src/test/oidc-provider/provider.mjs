// A certified OpenID Connect provider (github.com/panva/node-oidc-provider) for the tests.
//
//     node provider.mjs <port>
//
// It prints "ready", then obeys one command a line, each answered by "done":
//
//     page <address>   the page of Duet is there: where its sign-in comes back to
//     rotate           signs with a new key from now on; the former one stays published
//     withdraw         publishes no key any more but the one it signs with
//     down, up         takes no connections; takes them again
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { parse } from 'node:querystring';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;
const resource = 'urn:duet:api';
/** The same, but its tokens last for 8 seconds. */
const briefly = 'urn:duet:briefly';

let page = 'http://localhost:1/';
let keys = [freshKey()];
let provider;

function freshKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: randomUUID() };
}

/** An account is made by naming it. */
const claimsOf = (id) => ({ preferred_username: id === 'zoe' ? 'Zoë Brontë' : id, email: `${id}@corp.example`, email_verified: true });

/** Programs sign in by a client of their own. */
const program = (id) => ({ client_id: id, client_secret: 'secret', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] });

function configuration() {
  return {
    clients: [
      {
        ...{ client_id: 'duet', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
        ...{ redirect_uris: [page], post_logout_redirect_uris: [page], },
      },
      ...['anna', 'ben', 'zoe', 'root'].map(program),
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { profile: ['preferred_username'], email: ['email', 'email_verified'] },
    cookies: { keys: ['only a test'] },
    pkce: { required: () => true },
    clientBasedCORS: (ctx, origin) => origin === new URL(page).origin,
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: { IdToken: 3600, Interaction: 600, Session: 3600, Grant: 3600, RefreshToken: 3600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, indicator) => ({
          ...{ scope: '', audience: 'duet-api', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } },
          accessTokenTTL: indicator === briefly ? 8 : 3600,
        }),
      },
    },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...claimsOf(id) }) }),
    extraTokenClaims: (ctx, token) => {
      const id = token.accountId ?? token.clientId;
      return { ...claimsOf(id), ...(token.sessionUid && { sid: token.sessionUid }), realm_access: { roles: id === 'root' ? ['duet-admin'] : [] } };
    },
    interactions: { url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
    loadExistingGrant,
    renderError: async (ctx, out) => {
      ctx.type = 'text';
      ctx.body = `${out.error}: ${out.error_description}`;
    },
  };
}

async function logoutSource(ctx, form) {
  ctx.body = `<!doctype html><title>Leave</title>${form}<button form="op.logoutForm" name="logout" value="yes">Leave the provider</button>`;
}

/** Nobody is asked whether Duet may know who he is. */
async function loadExistingGrant(ctx) {
  const { client, session } = ctx.oidc;
  const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  grant.addResourceScope(resource, '');
  await grant.save();
  return grant;
}

async function signIn(request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('<!doctype html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">'
      + '<form method="post"><label>Name <input name="name"></label><button>Let me in</button></form>');
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  await provider.interactionFinished(request, response, { login: { accountId: String(parse(body).name) } });
}

function renew() {
  provider = new Provider(issuer, configuration());
  provider.on('server_error', (ctx, error) => console.log('error', error));
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/sign-in/')) signIn(request, response).catch((error) => response.writeHead(500).end(String(error)));
  else provider.callback()(request, response);
});
const listen = () => new Promise((resolve) => server.listen(port, 'localhost', resolve));

const commands = {
  page: (address) => (page = address),
  rotate: () => (keys = [freshKey(), ...keys]),
  withdraw: () => (keys = keys.slice(0, 1)),
  down: () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }),
  up: listen,
};

renew();
await listen();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = line.split(' ');
  await commands[name](argument);
  renew();
  console.log('done');
}
process.exit(0);
