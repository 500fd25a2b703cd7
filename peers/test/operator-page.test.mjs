// The operator's page in a real browser, at a real gateway under overload: what is rejected and what to change stands in its
// first line, a limit is changed there and the effect is seen; hostile names, keyboard, axe-core, narrow screens.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { chromiumFor, gatewayWith, post } from '../lib.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '</script><img src=x onerror=alert(1)>';
const TENANTS = ['acme', 'globex'];
const LIMIT = 8;
const PATIENCE = 30_000;
const { executablePath, skip } = await chromiumFor("the operator's page in a browser");

let folder;
let server;
let weir;
let browser;
let origin;
let token;
const load = { going: true, clients: [] };

const key = (tenant) => createHash('sha256').update(`key of ${tenant}`).digest('hex');

/** Answers calls after a while. */
function slowServer() {
  const slow = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { id = null } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
      setTimeout(() => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }));
      }, 100);
    });
  });
  return new Promise((resolve) => slow.listen(0, '127.0.0.1', () => resolve(slow)));
}

/** A client of a tenant that has one call under way at a time. */
async function client(tenant, first) {
  for (let id = first; load.going; id++) {
    await post(weir.url, { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'search', arguments: {} } }, { 'X-API-Key': key(tenant) })
      .then((response) => response.text(), () => '');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

before(async () => {
  if (skip) {
    return;
  }
  folder = await mkdtemp(path.join(os.tmpdir(), 'weir-operator-page-'));
  const file = (name) => path.join(folder, name);
  server = await slowServer();
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  await writeFile(file('keys'), TENANTS.map((tenant) => `${tenant}:sha256:${hash(key(tenant))}\n`).join(''), { mode: 0o600 });
  await writeFile(file('weir.yaml'), `
upstreams:
  search:
    url: http://127.0.0.1:${server.address().port}/mcp
    capacity: 50
queue_limits:
  max_messages: ${LIMIT}
tenants:
  api_keys_file: ${file('keys')}
admin:
  token_file: ${file('admin-token')}
`);
  weir = await gatewayWith(['--config', file('weir.yaml'), '--decision-log', file('decisions.jsonl')]);
  origin = `http://127.0.0.1:${weir.admin}`;
  token = (await readFile(file('admin-token'), 'utf8')).trim();
  // 12 clients of acme at once are more than 8, and 2 of globex are not.
  load.clients = Array.from({ length: 14 }, (_, i) => client(TENANTS[i < 12 ? 0 : 1], 1_000_000 * i));
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});

after(async () => {
  load.going = false;
  await Promise.all(load.clients);
  await browser?.close();
  await weir?.stop();
  server?.close();
  server?.closeAllConnections();
  if (folder) {
    await rm(folder, { recursive: true });
  }
});

/** Opens the page, and ends with an error if it complains, asks for anything of elsewhere or opens a dialog. */
async function open(options, look, route) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const wrong = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      // A refusal of the gateway is shown at the field; the browser tells of it in its console as well.
      if (!/the server responded with a status of (401|409|422)/.test(message.text())) {
        wrong.push(`console: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`)) {
        wrong.push(`request: ${request.url()}`);
      }
    });
    if (route) {
      await route(page);
    }
    await page.goto(`${origin}/`);
    await look(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

const until = (page, what, ...args) => page.waitForFunction(what, args, { timeout: PATIENCE });
const headline = (page) => page.locator('#headline').textContent();
const untilRejecting = (page) => until(page, () => /^Rejecting/.test(document.getElementById('headline').textContent));
const limits = async () => (await fetch(`${origin}/limits`)).json();

async function setLimit(value) {
  const answer = await fetch(`${origin}/limits`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ queue_limits: { max_messages: value } }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

test('the first line says what is rejected, to whom, why, since when; and what to change is a link to its field', { skip }, () =>
  open({}, async (page) => {
    await untilRejecting(page);
    const said = await headline(page);
    assert.match(said, /^Rejecting [\d.,]+ messages\/s of tenant acme since \d\d:\d\d:\d\d \(\d+ s\): a connection has as many messages pending as its limit allows\.$/);
    assert.doesNotMatch(said, /globex/);
    const link = page.locator('#advice a', { hasText: 'queue_limits.max_messages' });
    assert.match(await page.locator('#advice').textContent(), new RegExp(`queue_limits\\.max_messages \\(now ${LIMIT}\\)`));
    await link.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'limit-queue_limits.max_messages');
    const legend = page.locator('.plot', { hasText: 'Rejected by reason' }).locator('.legend li');
    await until(page, () => [...document.querySelectorAll('.plot .legend li')].some((item) => /connection_messages +[1-9]/.test(item.textContent)));
    assert.equal(await legend.count(), 1);
    // Rates are known from the second snapshot on.
    await until(page, () => /^✕ [1-9]/.test(document.querySelector('#tenant-table tbody tr')?.cells[1].textContent ?? ''));
    const rows = await page.locator('#tenant-table tbody tr').evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.deepEqual(rows.map((cells) => cells[0]), ['acme', 'globex'], 'most rejected first');
    assert.match(rows[0][1], /^✕ [1-9]/);
    assert.equal(rows[1][1], '0');
    assert.match(await page.locator('#upstream-table tbody tr').first().textContent(), /search.*closed: in order.*50/);
  }));

test('a limit is changed there: errors at the field, the token, a preview, and then the effect is seen', { skip }, async () => {
  await setLimit(LIMIT);
  await open({}, async (page) => {
    await untilRejecting(page);
    const field = page.locator('[id="limit-queue_limits.max_messages"]');
    const error = page.locator('[id="limit-queue_limits.max_messages-error"]');
    await field.fill('many');
    assert.match(await page.locator('#pending-changes').textContent(), /queue_limits\.max_messages 8 to many/);
    await field.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'token', 'it asks for the token');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await until(page, () => /does not accept/.test(document.getElementById('token-error').textContent));
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await page.keyboard.type(token);
    await page.keyboard.press('Enter');
    await until(page, () => document.getElementById('limit-queue_limits.max_messages').getAttribute('aria-invalid') === 'true');
    assert.match(await error.textContent(), /whole number/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'limit-queue_limits.max_messages');
    assert.equal((await limits()).queue_limits.max_messages, LIMIT, 'nothing has changed');

    await field.fill('40');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('#preview-result table').waitFor({ timeout: PATIENCE });
    const preview = await page.locator('#preview-result tbody tr').evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.cells[0].textContent.trim(), [row.cells[1].textContent, row.cells[2].textContent]])));
    // How many are refused then depends on what the replay takes the server for, which other work of this machine slows down.
    const both = (label) => preview[label].map((each) => Number(each.replaceAll(',', '')));
    assert.ok(both('reason connection_messages')[0] > 0, JSON.stringify(preview));
    assert.ok(both('most pending messages')[1] > both('most pending messages')[0], `more may be pending: ${JSON.stringify(preview)}`);
    assert.equal((await limits()).queue_limits.max_messages, LIMIT, 'a preview changes nothing');

    await page.getByRole('button', { name: 'Apply' }).click();
    await until(page, () => /^Applied: queue_limits\.max_messages 8 to 40/.test(document.getElementById('limits-status').textContent));
    assert.equal((await limits()).queue_limits.max_messages, 40);
    await until(page, () => /queue_limits\.max_messages 8 to 40, queue_limits\.tenant_max_messages 80 to 400/.test(document.getElementById('marks').textContent));
    await until(page, () => /^(Rejected|Nothing is rejected)/.test(document.getElementById('headline').textContent));
    await until(page, () => [...document.querySelectorAll('#tenant-table tbody tr')].every((row) => row.cells[1].textContent === '0'));
    assert.equal(await field.inputValue(), '40');

    await page.getByRole('button', { name: /Take back the change of queue_limits.max_messages/ }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await until(page, () => /^Applied: queue_limits\.max_messages taken back/.test(document.getElementById('limits-status').textContent));
    assert.equal((await limits()).queue_limits.max_messages, LIMIT);
  });
});

/** A page that gets one snapshot with names chosen by somebody else, and with what is given. */
const snapshotWith = (given) => (page) => page.route('**/events', async (route) => {
  const pending = { messages: 3, bytes: 4096, permille: 375, rejected: 9, rejected_per_sec: 2, offered_per_sec: 5, connections: 1 };
  const snapshot = {
    time: Date.now(),
    row: { offered: 7, admitted: 5, rejected: 2, queued: 3, in_flight: 2, pending_messages: 5, pending_bytes: 4096, connections: 50_000, tenants: 2, connection_permille: 950, process_permille: 1,
      connection_most: 8, connection_limit: 8, 'rejected.rate': 2, 'upstream.search.capacity': 4, 'upstream.search.in_flight': 2, 'upstream.search.queued': 3, 'upstream.search.circuit': 1 },
    marks: [{ time: Date.now() - 1000, text: HOSTILE }],
    incidents: [{ upstream: HOSTILE, reason: 'rate', since: Date.now() - 4000, last: Date.now(), messages: 9, lately: 9, tenants: [{ tenant: `${HOSTILE}\u202e\u0007`, messages: 9 }], tenants_lately: [{ tenant: `${HOSTILE}\u202e\u0007`, messages: 9 }], advice: 'raise backpressure.max_messages_per_sec' }],
    ended: [],
    tenants: [{ tenant: HOSTILE, ...pending }, { tenant: 'n'.repeat(4096), ...pending }],
    connections: [{ connection: HOSTILE, tenant: HOSTILE, ...pending }],
    queues: [{ queue: 'search', circuit: 'open', queued: 3, in_flight: 2, abandoned: 0, capacity: 4, wait_ms: 40, rate_permille: 800 }, { queue: HOSTILE, circuit: 'half_open', queued: 0, in_flight: 0, abandoned: 0, capacity: 4, wait_ms: 0, rate_permille: 1000 }],
    connections_known: 50_000,
    tenants_known: 2,
    decision_log: 'stopped',
    preview: false,
    ...given,
  };
  await route.fulfill({ contentType: 'text/event-stream', body: `retry: 60000\n\ndata: ${JSON.stringify(snapshot)}\n\n` });
});

const hostile = snapshotWith({});

test('a part of what is rejected is said to be a tenant\'s, not all of it', { skip }, async () => {
  const by = (free, acme) => [{ tenant: 'free', messages: free }, { tenant: 'acme', messages: acme }];
  const incident = { upstream: 'search', reason: 'tenant_rate', since: Date.now() - 60_000, last: Date.now(), messages: 10_048, tenants: by(7000, 3048), tenants_lately: by(420, 270),
    advice: 'raise tenants.free.tenant_max_messages_per_sec (now 5) or backpressure.tenant_max_messages_per_sec (now 5000), or let clients obey retryAfterMs' };
  const queues = [{ queue: 'search', circuit: 'closed', queued: 0, in_flight: 0, abandoned: 0, capacity: 4, wait_ms: 0, rate_permille: 1000 }];
  await open({}, async (page) => {
    await untilRejecting(page);
    assert.match(await headline(page), /^Rejecting 69 messages\/s, 61 % of them tenant free's, since \d\d:\d\d:\d\d \(\d+ s\): the tenant sends/);
    assert.equal(await page.locator('#advice').textContent(), `What to do: ${incident.advice}.`, 'each value is there once');
    assert.match(await page.locator('#earlier').textContent(), /^Before that: 10,048 messages, 70 % of them tenant free's, rejected from /);
  }, snapshotWith({ queues, incidents: [{ ...incident, lately: 690 }], ended: [incident] }));
});

test('hostile names are text, and states are told in words', { skip }, () =>
  open({}, async (page) => {
    await until(page, () => /^Rejecting/.test(document.getElementById('headline').textContent));
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.locator('script').count(), 1);
    const text = await page.locator('main').innerText();
    assert.ok(text.includes(HOSTILE));
    assert.ok(text.includes('(4,096 characters)'), 'a long name is shortened');
    assert.ok(!/[\u202e\u0007]/.test(text));
    assert.match(text, /circuit open: left alone, it fails/);
    assert.match(text, /The fullest connection is at 95 % of its limit/);
    assert.match(text, /decision log cannot be written/);
    assert.match(text, /1 of 50,000/);
    assert.match(text, /start the gateway with --decision-log FILE/);
    assert.ok(await page.getByRole('button', { name: 'Preview' }).isHidden());
  }, hostile));

test('the keyboard moves over time in a plot, and the values are announced', { skip }, () =>
  open({}, async (page) => {
    await untilRejecting(page);
    await until(page, () => Number(document.querySelector('.area').getAttribute('aria-valuemax')) >= 4);
    const plot = page.locator('.plot').first();
    const area = plot.locator('.area');
    await area.focus();
    await page.keyboard.press('Home');
    assert.equal(await area.getAttribute('aria-valuenow'), '0');
    assert.match(await plot.locator('[aria-live]').textContent(), /^\d\d:\d\d:\d\d: offered .*; admitted .*; rejected /);
    assert.match(await plot.locator('.readout').textContent(), /^at /);
    await page.keyboard.press('ArrowRight');
    assert.equal(await area.getAttribute('aria-valuenow'), '1');
    assert.equal(await area.evaluate((each) => getComputedStyle(each).outlineStyle), 'solid', 'the focus is visible');
    await page.keyboard.press('Escape');
    await until(page, () => /^now /.test(document.querySelector('.plot .readout').textContent));
  }));

test('when the gateway says nothing any more, the page says since when', { skip }, () =>
  open({}, async (page) => {
    await until(page, () => /^No data from the gateway since \d\d:\d\d:\d\d/.test(document.getElementById('headline').textContent));
  }, hostile));

test('a wait of 0 is shown as such, and what was not measured as no data', { skip }, () =>
  open({}, async (page) => {
    await until(page, () => /wait p95 0 ms/.test(document.getElementById('plot-list').innerText));
    const figures = await page.locator('#figures > div').evaluateAll((all) => Object.fromEntries(all.map((each) => [each.children[0].textContent, each.children[1].textContent])));
    assert.equal(figures['Queue wait p95'], '0 ms');
    assert.equal(figures['Latency p95'], 'no data');
    assert.match(await page.locator('.plot', { hasText: 'the wait in the queue' }).locator('.legend').innerText(), /server p95 no data/);
  }, snapshotWith({ row: { offered: 1, admitted: 1, rejected: 0, queued: 0, in_flight: 1, pending_bytes: 0, connections: 1, tenants: 1, connection_most: 1, connection_limit: 8, 'wait_us.p95': 0 } })));

for (const width of [1440, 1280, 768, 360]) {
  test(`${width} wide: rows of figures are even, tables that are cut say that they scroll, and keys are broken between their words`, { skip }, () =>
    open({ viewport: { width, height: 900 } }, async (page) => {
      await until(page, () => document.querySelectorAll('#figures > div').length === 10 && document.querySelectorAll('#upstream-table tbody tr').length === 2);
      await page.locator('#more').evaluate((more) => { more.open = true; });
      const rows = await page.locator('#figures > div').evaluateAll((all) => Object.values(all.reduce((counts, each) => ({ ...counts, [each.offsetTop]: (counts[each.offsetTop] ?? 0) + 1 }), {})));
      assert.deepEqual(new Set(rows), new Set([width > 600 ? 5 : 2]));
      const boxes = await page.locator('.scroll').evaluateAll((all) => all.map((box) => ({ cut: box.scrollWidth > box.clientWidth, said: box.previousElementSibling.checkVisibility() })));
      assert.equal(boxes.length, 3);
      boxes.forEach(({ cut, said }) => assert.equal(said, cut));
      if (width === 360) {
        assert.ok(boxes.every(({ cut }) => cut));
        // The names of rows stay in sight.
        const left = await page.locator('.scroll').first().evaluate((box) => {
          box.scrollLeft = 1000;
          return box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left;
        });
        assert.ok(left >= 0 && left < 3, `${left}`);
      }
      const broken = await page.locator('.field .key, #advice a, #also a').evaluateAll((keys) => keys.flatMap((key) => [...key.childNodes].filter((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return part.nodeType === Node.TEXT_NODE && new Set([...range.getClientRects()].map((each) => each.top)).size > 1;
      }).map((part) => part.textContent)));
      assert.deepEqual(broken, []);
      assert.ok(await page.locator('.field .key wbr').count() > 50);
    }, hostile));
}

const screenshots = process.env.WEIR_SCREENSHOTS;
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 360]) {
    test(`axe-core finds nothing in the ${colorScheme} page, ${width} wide, and nothing sticks out`, { skip }, async () => {
      await setLimit(LIMIT);
      await open({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
        await untilRejecting(page);
        await page.locator('#more').evaluate((more) => { more.open = true; });
        await page.locator('[id="limit-queue_limits.max_bytes"]').fill('1');
        await page.evaluate(axe);
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))]), []);
        assert.ok(found.passes.some((each) => each.id === 'color-contrast'), 'it has looked at the contrast');
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        if (screenshots) {
          await page.locator('#more').evaluate((more) => { more.open = false; });
          await mkdir(screenshots, { recursive: true });
          await page.screenshot({ path: path.join(screenshots, `operator-page-${colorScheme}-${width}.png`), fullPage: true });
        }
      });
    });
  }
}
