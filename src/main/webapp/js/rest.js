/** The REST API: bearer token on every call, errors as `ApiError` with the contract's code. */

const BASE = new URL('api/', document.baseURI);
const DEADLINE_MS = 15_000;

export class ApiError extends Error {
  constructor(status, code, message, retryAfterSeconds) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get isNetwork() {
    return this.status === 0;
  }
}

export class Rest {
  #token;
  #unauthorized;

  /**
   * @param token gives the current access token, or null
   * @param unauthorized is told when the server refuses that token
   */
  constructor(token = () => null, unauthorized = () => {}) {
    this.#token = token;
    this.#unauthorized = unauthorized;
  }

  get(path, query = {}) {
    const url = new URL(path, BASE);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, value);
    }
    return this.#call('GET', url);
  }

  post(path, body) {
    return this.#call('POST', new URL(path, BASE), body);
  }

  delete(path) {
    return this.#call('DELETE', new URL(path, BASE));
  }

  async #call(method, url, body) {
    const token = this.#token();
    const response = await this.#fetch(method, url, body, token);
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

  async #fetch(method, url, body, token) {
    const headers = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (token) headers.Authorization = `Bearer ${token}`;
    try {
      return await fetch(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    } catch {
      throw new ApiError(0, 'unavailable', 'The server cannot be reached.');
    }
  }
}

async function readJson(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
