// server-everything behind a capacity of eight, offered three times what it can do by a real client. What arrives is seen
// between the gateway and the server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { everything, eventually, gatewayWith, here } from '../lib.mjs';

const CAPACITY = 8;
const SERVICE_SECONDS = 0.2;
const SECONDS = 8;
const DEADLINE_MILLIS = 1_000;
/** These take far longer than all before: nobody can foresee that, so what waits behind them expires. */
const isSurprise = (i) => i % 300 >= 200;
const SURPRISE_SECONDS = 2;
const SESSIONS = 8;
const OFFERED = 3 * (CAPACITY / SERVICE_SECONDS) * SECONDS;
const LABEL = 'io.weir.test/label';

let server;
let witness;
let weir;
let decisions;

/** Passes everything on, and remembers which labelled calls came by, how many at once that nobody
 * had cancelled, and which were cancelled. */
async function between(target) {
  const seen = { arrived: new Set(), maxAtOnce: 0, cancelled: new Set() };
  const labels = new Map();
  const wanted = new Set();
  const passing = createServer((incoming, outgoing) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const message = body.length > 0 ? JSON.parse(body) : {};
      const session = incoming.headers['mcp-session-id'];
      const label = message.params?._meta?.[LABEL];
      if (label) {
        seen.arrived.add(label);
        labels.set(`${session} ${message.id}`, label);
        wanted.add(label);
        seen.maxAtOnce = Math.max(seen.maxAtOnce, wanted.size);
      } else if (message.method === 'notifications/cancelled') {
        seen.cancelled.add(`${session} ${message.params.requestId}`);
        wanted.delete(labels.get(`${session} ${message.params.requestId}`));
      }
      const on = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.on('end', () => wanted.delete(label));
        answer.pipe(outgoing);
      });
      on.on('error', () => outgoing.destroy());
      outgoing.on('close', () => on.destroy());
      on.end(body);
    });
  });
  await new Promise((resolve) => passing.listen(0, '127.0.0.1', resolve));
  /** A cancellation may overtake its call on another connection. */
  seen.wasToldOf = (label) => [...seen.cancelled].some((key) => labels.get(key) === label);
  return { seen, url: `http://127.0.0.1:${passing.address().port}/mcp`, stop: () => passing.close() };
}

before(async () => {
  server = await everything();
  witness = await between(server.url);
  decisions = path.join(await mkdtemp(path.join(os.tmpdir(), 'weir-')), 'decisions.jsonl');
  weir = await gatewayWith([
    '--upstream', `everything=${witness.url}`, '--set', `upstreams.everything.capacity=${CAPACITY}`, '--decision-log', decisions,
  ]);
});

after(async () => {
  await weir?.stop();
  witness?.stop();
  await server?.stop();
});

describe('a server that is offered three times what it can do', () => {
  test('is given no more than its capacity, and never what expired or was cancelled while it waited', { timeout: 120_000 }, async (t) => {
    const clients = [];
    for (let i = 0; i < SESSIONS; i++) {
      const client = new Client({ name: 'peer', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(weir.url)));
      clients.push(client);
    }
    const fates = new Map();
    const latencies = [];
    const reasons = {};
    let lateCalls = 0;
    let useful = 0;
    const calls = [];
    const begun = performance.now();
    for (let i = 0; i < OFFERED; i++) {
      const due = begun + (i * SECONDS * 1000) / OFFERED;
      while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
      const label = `call ${i}`;
      const duration = isSurprise(i) ? SURPRISE_SECONDS : SERVICE_SECONDS;
      const abort = new AbortController();
      const sent = performance.now();
      if (i % 10 === 9) setTimeout(() => abort.abort(), 60);
      calls.push(
        clients[i % SESSIONS]
          .callTool(
            {
              name: 'trigger-long-running-operation',
              arguments: { duration, steps: 1 },
              _meta: { 'io.weir/timeoutMs': DEADLINE_MILLIS, [LABEL]: label },
            },
            { signal: abort.signal, timeout: 30_000 },
          )
          .then(
            () => {
              fates.set(label, 'answered');
              latencies.push(performance.now() - sent);
              const late = duration === SERVICE_SECONDS && performance.now() - sent > DEADLINE_MILLIS;
              lateCalls += late ? 1 : 0;
              useful += late ? 0 : duration;
            },
            (error) => {
              const reason = abort.signal.aborted ? 'cancelled' : error?.data?.reason;
              assert.ok(reason, `${label} failed without a reason: ${error}`);
              fates.set(label, reason);
            },
          ),
      );
    }
    await Promise.all(calls);
    const seconds = (performance.now() - begun) / 1000;
    assert.equal(fates.size, OFFERED, 'every call has one fate');
    for (const fate of fates.values()) reasons[fate] = (reasons[fate] ?? 0) + 1;

    const stats = await eventually(async () => {
      const now = await weir.stats();
      return now.global.pending.messages === 0 && now;
    });
    assert.ok(stats, 'nothing is held when all are answered');
    const { seen } = witness;
    assert.ok(seen.maxAtOnce <= CAPACITY, `${seen.maxAtOnce} at once`);
    for (const [label, fate] of fates) {
      if (fate === 'answered') {
        assert.ok(seen.arrived.has(label), `${label} was answered by the server`);
      } else if (fate === 'cancelled') {
        assert.ok(!seen.arrived.has(label) || seen.wasToldOf(label), `${label} arrived, so the server is told that it was cancelled`);
      } else {
        assert.ok(!seen.arrived.has(label), `${label} (${fate}) never arrived`);
      }
    }
    const cancelledWaiting = [...fates].filter(([label, fate]) => fate === 'cancelled' && !seen.arrived.has(label)).length;
    assert.ok(cancelledWaiting > 0, 'some were cancelled while they waited');
    assert.ok(reasons.expired > 0, 'some expired while they waited');
    const flow = stats.global.flow;
    assert.equal(
      flow.admitted.messages,
      flow.queued.messages + flow.in_flight.messages + flow.completed.messages + flow.failed.messages
        + flow.expired.messages + flow.cancelled.messages + flow.evicted.messages,
    );
    latencies.sort((a, b) => a - b);
    t.diagnostic(
      `offered ${OFFERED} in ${seconds.toFixed(1)} s: ${JSON.stringify(reasons)}; useful work ${(useful / (CAPACITY * seconds)).toFixed(2)} of capacity, `
        + `p50 ${latencies[Math.floor(latencies.length / 2)].toFixed(0)} ms, p99 ${latencies[Math.floor(latencies.length * 0.99)].toFixed(0)} ms, ${lateCalls} late; `
        + `at the server at once at most ${seen.maxAtOnce}; cancelled while waiting ${cancelledWaiting}, none of which arrived`,
    );
    for (const client of clients) await client.close();
  });

  test('makes the same decisions again from its log', { timeout: 120_000 }, async (t) => {
    await weir.stop();
    const { stdout } = await promisify(execFile)(path.join(here, '../weir'), ['replay', decisions]);
    assert.match(stdout, /^identical: [\d,]+ decisions/m);
    t.diagnostic(stdout.match(/^identical.*$/m)[0]);
  });
});
