/** @import { Servers } from './servers.js' */

const DEADLINE_MS = 15_000;

/** A refused REST call, or one without an answer (`status` 0). `code` is the contract's. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {number} [retryAfter] seconds
   */
  constructor(status, code, message, retryAfter) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** No server answered: a later try may succeed. */
  get isNetwork() {
    return this.status === 0;
  }
}

/** The REST API: bearer token on every call, errors as `ApiError`; reads go to the next node when one does not answer. */
export class Rest {
  #servers;
  #token;
  #unauthorized;

  /**
   * @param {Servers} servers
   * @param {() => string | null} [token] gives the current access token
   * @param {(token: string) => void} [unauthorized] is told when the server refuses that token
   */
  constructor(servers, token = () => null, unauthorized = () => {}) {
    this.#servers = servers;
    this.#token = token;
    this.#unauthorized = unauthorized;
  }

  /**
   * @param {string} path beneath `api/`
   * @param {{ [name: string]: string | number | null | undefined }} [query]
   */
  async get(path, query = {}) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) search.set(name, String(value));
    }
    const relative = search.size ? `${path}?${search}` : path;
    for (let left = this.#servers.count; ; left--) {
      try {
        return await this.#call('GET', relative);
      } catch (error) {
        if (left <= 1 || !(error instanceof ApiError) || !error.isNetwork) throw error;
      }
    }
  }

  /** @param {string} path @param {object} [body] */
  post(path, body) {
    return this.#call('POST', path, body);
  }

  /** @param {string} path @param {object} body */
  patch(path, body) {
    return this.#call('PATCH', path, body);
  }

  /** @param {string} path */
  delete(path) {
    return this.#call('DELETE', path);
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #call(method, path, body) {
    const token = this.#token();
    const response = await this.#fetch(method, path, body, token);
    const answer = await readJson(response);
    if (response.ok) return answer;
    if (response.status === 401 && token) this.#unauthorized(token);
    throw new ApiError(
      response.status,
      answer?.code ?? 'unavailable',
      answer?.detail ?? answer?.title ?? `The server answered ${response.status}.`,
      Number(response.headers.get('Retry-After')) || undefined,
    );
  }

  /** @param {string} method @param {string} path @param {object | undefined} body @param {string | null} token */
  async #fetch(method, path, body, token) {
    const base = this.#servers.current;
    /** @type {{ [name: string]: string }} */
    const headers = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (token) headers.Authorization = `Bearer ${token}`;
    try {
      return await fetch(new URL(`api/${path}`, base), {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    } catch {
      this.#servers.leave(base);
      throw new ApiError(0, 'unavailable', 'The server cannot be reached.');
    }
  }
}

/** @param {Response} response */
async function readJson(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
