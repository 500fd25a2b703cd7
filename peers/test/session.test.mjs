// server-everything over bare HTTP: the bytes of its answers, exact limits, streams, and the era without sessions.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { GENEROUS, answer, call, eventually, everything, gateway, post, session } from '../lib.mjs';

let server;
let generous;
let fifty;

before(async () => {
  server = await everything();
  generous = await gateway(server.url, ...GENEROUS);
  fifty = await gateway(server.url, 'queue_limits.max_messages=50', 'backpressure.max_messages_per_sec=100000', 'backpressure.tenant_max_messages_per_sec=1000000');
});

after(async () => {
  for (const each of [generous, fifty, server]) await each?.stop();
});

/** An answer as the client gets it, less what differs from session to session. */
async function received(url, headers, message) {
  const response = await post(url, message, headers);
  const own = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'];
  const kept = [...response.headers].filter(([name]) => !own.includes(name));
  return JSON.stringify({ status: response.status, kept, body: await response.text() })
    .replaceAll(headers['Mcp-Session-Id'] ?? '-', 'SESSION')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(_\d+)?/g, 'UUID');
}

test('the bytes and headers of answers are those that the server sent', async () => {
  const [direct, through] = [await session(server.url), await session(generous.url)];
  for (const message of [
    call(1, 'echo', { message: 'x'.repeat(300_000) }),
    call(2, 'trigger-long-running-operation', { duration: 1, steps: 4 }),
    call(3, 'get-tiny-image'),
    call(4, 'no-such-tool'),
    { jsonrpc: '2.0', id: 5, method: 'tools/list' },
    { jsonrpc: '2.0', id: 6, method: 'no/such/method' },
    { jsonrpc: '2.0', method: 'notifications/unknown' },
  ]) {
    assert.equal(await received(generous.url, through, message), await received(server.url, direct, message));
  }
  assert.equal(await received(generous.url, {}, call(7, 'echo')), await received(server.url, {}, call(7, 'echo')));
  const invented = { 'Mcp-Session-Id': 'invented' };
  assert.equal(await received(generous.url, invented, call(8, 'echo')), await received(server.url, invented, call(8, 'echo')));
});

test('of 200 slow calls on one session exactly 50 are admitted, and 150 are told why not', async () => {
  const headers = await session(fifty.url);
  // Warm: the refusals are timed, not the opening of 200 connections and a JVM's first requests.
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 200 }, async (_, id) => (await post(fifty.url, call(id, 'no-such-tool'), headers)).text()));
  }
  assert.ok(await eventually(async () => (await fifty.stats()).global.pending.messages === 0));
  const before = (await fifty.stats()).global.flow;
  const calls = Array.from({ length: 200 }, async (_, id) => {
    const begun = performance.now();
    const body = await answer(await post(fifty.url, call(id, 'trigger-long-running-operation', { duration: 3, steps: 1 }), headers));
    return { body, millis: performance.now() - begun };
  });
  const answers = await Promise.all(calls);
  const refused = answers.filter(({ body }) => body.error?.code === -31429);
  assert.equal(refused.length, 150);
  assert.equal(answers.filter(({ body }) => body.result).length, 50);
  assert.ok(refused.every(({ body }) => body.error.data.current === 50 && body.error.data.limit === 50));
  const millis = refused.map((each) => each.millis).sort((a, b) => a - b);
  console.log(`exact: 50 of 200 admitted; refusals answered in ${millis[75].toFixed(1)} ms at the median`);
  const flow = (await fifty.stats()).global.flow;
  assert.equal(flow.refused.messages - before.refused.messages, 150);
  assert.ok(await eventually(async () => (await fifty.stats()).global.pending.messages === 0));
});

test('a GET stream is passed on as it comes, and ends with DELETE', async () => {
  const headers = await session(generous.url);
  const stream = await fetch(generous.url, { headers: { ...headers, Accept: 'text/event-stream' } });
  assert.equal(stream.status, 200);
  assert.match(stream.headers.get('content-type'), /text\/event-stream/);
  const ended = stream.body.getReader().read().catch(() => ({ done: true }));
  const removed = await fetch(generous.url, { method: 'DELETE', headers });
  assert.equal(removed.status, 200);
  await ended;
  const gone = await post(generous.url, call(1, 'echo'), headers);
  assert.ok(gone.status === 404 || gone.status === 400, `${gone.status}`);
});

test('what a stream pushes reaches the client while the stream is open', async () => {
  const headers = await session(generous.url);
  const stream = await fetch(generous.url, { headers: { ...headers, Accept: 'text/event-stream' } });
  const reader = stream.body.getReader();
  await (await post(generous.url, call(1, 'toggle-simulated-logging'), headers)).text();
  const { value } = await reader.read();
  assert.match(Buffer.from(value).toString(), /notifications\/message|event:/);
  await reader.cancel();
});

test('a client that closes the connection leaves nothing pending', async () => {
  const headers = await session(generous.url);
  await Promise.all(Array.from({ length: 40 }, (_, id) => new Promise((resolve) => {
    const request = http.request(generous.url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' } });
    request.on('error', resolve);
    request.on('close', resolve);
    request.end(JSON.stringify(call(id, 'trigger-long-running-operation', { duration: 1, steps: 1 })));
    setTimeout(() => request.destroy(), 10 * id);
  })));
  assert.ok(await eventually(async () => (await generous.stats()).global.pending.messages === 0));
});
