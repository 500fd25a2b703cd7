// The operator's page in a real browser with many connections behind it, while calls are made. WEIR_PAGE_CONNECTIONS says how many;
// docs/performance.md has what 50,000 gave.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { chromiumFor, gateway } from '../lib.mjs';

const MANY = Number(process.env.WEIR_PAGE_CONNECTIONS ?? 5_000);
const CLIENTS = 32;
const SECONDS = 10;
const PATIENCE = 60_000;
const { executablePath, skip } = await chromiumFor('the operator\'s page with many connections behind it');

/** Answers at once. */
function quickServer() {
  const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [] } });
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** A call of a client at that address, which a trusted proxy names; its status. */
function call(agent, url, client) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 't', arguments: {} } });
  return new Promise((resolve, reject) => {
    http.request(url, {
      method: 'POST',
      agent,
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'Content-Length': body.length,
        'MCP-Protocol-Version': '2026-07-28',
        'Mcp-Method': 'tools/call',
        'Mcp-Name': 't',
        'X-Forwarded-For': `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`,
      },
    }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject).end(body);
  });
}

/** What happens in the page for a while: how old events are when they come, and tasks that take it longer than a frame. */
const watch = (seconds) => new Promise((resolve) => {
  const ages = [];
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({ entryTypes: ['longtask'] });
  const events = new EventSource('/events');
  events.onmessage = (event) => ages.push(Date.now() - JSON.parse(event.data).time);
  setTimeout(() => {
    events.close();
    observer.disconnect();
    resolve({ ages, tasks });
  }, seconds * 1_000);
});

test('the page with many connections behind it is fresh, and calls go on', { skip }, async (t) => {
  const server = await quickServer();
  const weir = await gateway(`http://127.0.0.1:${server.address().port}/mcp`, 'http.trusted_proxies=127.0.0.0/8',
    `edge.max_sessions=${MANY + 10_000}`, 'queue_limits.idle_timeout_ms=3600000', 'backpressure.max_messages_per_sec=100000',
    'backpressure.tenant_max_messages_per_sec=1000000');
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  let going = true;
  t.after(async () => {
    going = false;
    await browser.close();
    await weir.stop();
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  let next = 0;
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (next < MANY) assert.equal(await call(agent, weir.url, next++), 200);
  }));
  const latencies = [];
  const calls = (async () => {
    while (going) {
      const since = performance.now();
      assert.equal(await call(agent, weir.url, latencies.length % MANY), 200);
      latencies.push(performance.now() - since);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();

  const page = await browser.newPage();
  const wrong = [];
  page.on('console', (message) => wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.goto(`http://127.0.0.1:${weir.admin}/`);
  await page.waitForFunction((known) => document.querySelector('main').innerText.includes(`of ${known}`), MANY.toLocaleString('en-US'), { timeout: PATIENCE });
  const { ages, tasks } = await page.evaluate(watch, SECONDS);
  going = false;
  await calls;

  const at = (values, part) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]?.toFixed(0) ?? 'none';
  t.diagnostic(`${MANY} connections: ${ages.length} events in ${SECONDS} s, ${at(ages, 0.5)} ms old, at most ${at(ages, 1)} ms;`
    + ` ${tasks.length} tasks of the page beyond 50 ms, the longest ${at(tasks, 1)} ms; ${latencies.length} calls, p50 ${at(latencies, 0.5)} ms, p99 ${at(latencies, 0.99)} ms`);
  assert.ok(ages.length >= SECONDS / 2, `${ages.length} events`);
  assert.deepEqual(wrong, []);
});
