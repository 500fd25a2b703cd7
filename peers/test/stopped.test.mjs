// The gateway, or the server behind it, is stopped (SIGSTOP) for 30 seconds while clients over HTTP and TCP call: each live request gets one
// outcome, nothing is counted twice, everything drains, and calls work again. WEIR_STOPPED_SECONDS stops them for another time.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { test } from 'node:test';
import { eventually, freePort, gatewayWith, here, post, start } from '../lib.mjs';

const SECONDS = Number(process.env.WEIR_STOPPED_SECONDS ?? 30);
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const call = (id, token) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo', arguments: { token } } });

/** Counts one outcome; an answer is that of its own request. */
function note(outcomes, id, token, message) {
  assert.equal(message.id, id, JSON.stringify(message));
  if (message.error) {
    outcomes.errors++;
  } else {
    assert.equal(message.result.token, token, JSON.stringify(message));
    outcomes.results++;
    outcomes.twice = Math.max(outcomes.twice, message.result.twice);
  }
}

async function overHttp(url, name, outcomes, until) {
  for (let id = 1; !until.over; id++) {
    const token = `${name}-${id}`;
    outcomes.sent++;
    const response = await post(url, call(id, token), { 'MCP-Protocol-Version': '2026-07-28' });
    note(outcomes, id, token, JSON.parse(await response.text()));
    await sleep(5);
  }
}

async function overTcp(port, name, outcomes, until) {
  const socket = net.connect(port, '127.0.0.1');
  const lines = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  for (let id = 1; !until.over; id++) {
    const token = `${name}-${id}`;
    outcomes.sent++;
    socket.write(`${JSON.stringify(call(id, token))}\n`);
    const { value, done } = await lines.next();
    assert.ok(!done, `${name}: the connection ended before call ${id} was answered`);
    note(outcomes, id, token, JSON.parse(value));
    await sleep(5);
  }
  socket.end();
}

const sum = (flow, ...names) => names.reduce((all, name) => all + flow[name].messages, 0);

async function stopped(t, which) {
  const port = await freePort();
  const server = await start(process.execPath, [path.join(here, 'stopped-server.mjs')], { env: { PORT: String(port) }, ready: /listening/ });
  t.after(() => server.stop('SIGKILL'));
  const tcp = await freePort();
  const settings = [
    'upstreams.default.request_timeout_ms=3000',
    'upstreams.default.circuit_breaker.open_ms=1000',
    'upstreams.default.circuit_breaker.half_open_ms=1000',
    'backpressure.max_messages_per_sec=1000',
  ];
  const gateway = await gatewayWith([...settings.flatMap((each) => ['--set', each]), '--upstream', `http://127.0.0.1:${port}/mcp`, '--tcp', `127.0.0.1:${tcp}`]);
  t.after(() => gateway.stop('SIGKILL'));

  const outcomes = { sent: 0, results: 0, errors: 0, twice: 0 };
  const until = { over: false };
  const clients = [];
  for (let i = 0; i < 8; i++) clients.push(overHttp(gateway.url, `h${i}`, outcomes, until), overTcp(tcp, `t${i}`, outcomes, until));
  const all = Promise.all(clients);
  await sleep(2_000);
  const { pid } = which === 'gateway' ? gateway.child : server.child;
  process.kill(pid, 'SIGSTOP');
  await sleep(SECONDS * 1_000);
  process.kill(pid, 'SIGCONT');
  const before = outcomes.results;
  assert.ok(await eventually(() => outcomes.results > before + 200, 60_000), `calls work again: ${JSON.stringify(outcomes)}`);
  until.over = true;
  await all;

  assert.equal(outcomes.results + outcomes.errors, outcomes.sent, 'one outcome for each');
  assert.equal(outcomes.twice, 0, 'calls that the server got twice');
  const last = await eventually(async () => {
    const stats = await gateway.stats();
    const queue = stats.queues[0];
    return stats.global.pending.messages === 0 && queue.in_flight === 0 && queue.queued === 0 && queue.circuit === 'closed' && stats;
  });
  assert.ok(last, `everything drains, and the circuit closes: ${JSON.stringify(await gateway.stats())}`);
  const { flow, control } = last.global;
  assert.equal(control.messages, 0);
  assert.equal(flow.offered.messages, sum(flow, 'refused', 'dropped', 'disconnected', 'shed', 'admitted'));
  assert.equal(flow.admitted.messages, sum(flow, 'completed', 'failed', 'expired', 'cancelled', 'evicted'));
  assert.equal(flow.offered.messages, outcomes.sent, 'each call is offered once');
  assert.equal(flow.completed.messages, outcomes.results, 'what is completed is what clients have as results');
  t.diagnostic(`${which} stopped for ${SECONDS} s: ${JSON.stringify(outcomes)}`);
}

test('the server is stopped under load', (t) => stopped(t, 'server'));
test('the gateway is stopped under load', (t) => stopped(t, 'gateway'));

test('a body that arrives while the gateway is stopped is not late', async (t) => {
  const port = await freePort();
  const server = await start(process.execPath, [path.join(here, 'stopped-server.mjs')], { env: { PORT: String(port) }, ready: /listening/ });
  t.after(() => server.stop('SIGKILL'));
  const gateway = await gatewayWith(['--set', 'edge.body_timeout_ms=1500', '--upstream', `http://127.0.0.1:${port}/mcp`]);
  t.after(() => gateway.stop('SIGKILL'));
  const { pid } = gateway.child;
  const body = JSON.stringify(call(1, 'late'));
  const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n`
    + `MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const clients = Array.from({ length: 20 }, () => net.connect(new URL(gateway.url).port, '127.0.0.1'));
  const answers = clients.map((client) => new Promise((resolve) => {
    let text = '';
    client.on('data', (data) => (text += data)).on('error', (error) => resolve(`${text}${error.code}`)).on('close', () => resolve(text));
  }));
  clients.forEach((client) => client.write(head + body.slice(0, 10)));
  await sleep(500);
  process.kill(pid, 'SIGSTOP');
  await sleep(3_000);
  clients.forEach((client) => client.write(body.slice(10)));
  await sleep(500);
  process.kill(pid, 'SIGCONT');

  for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 200 /);
});
