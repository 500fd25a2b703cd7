// The page of 'weir simulate' and of 'weir replay' in a real browser without a network: keyboard, announcements, axe-core,
// gaps, marks, hostile names, narrow screens, print, and no script at all.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { chromiumFor, here } from '../lib.mjs';

const run = promisify(execFile);
const weir = path.join(path.dirname(here), 'weir');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LONG = 'n'.repeat(4096);
const SCENARIO = `
name: outage
description: "</script><script>alert(1)</script>"
duration: 30s
queue_limits: {max_messages: 20}
upstream:
  servers: 4
  service_time: {default: exponential 5ms, slow: exponential 20ms}
  changes:
    - {at: 6s, slowdown: 2}
    - {at: 10s, slowdown: 1, state: down}
    - {at: 15s, state: up}
clients:
  agents: {tenants: 12, connections: 24, rate: 300/s, deadline: 2s}
  odd: {tenant: "</script><img src=x onerror=alert(1)>\\u202E\\u0007 & 'q' \\"", operation: slow, connections: 2, rate: 30/s, deadline: 2s}
  long: {tenant: ${LONG}, rate: 200/s, deadline: 2s}
faults:
  - {at: 20s, action: reset}
  - {at: 22s, action: update, set: {queue_limits.max_messages: 10}}
  - {at: 25s, action: disconnect, clients: agents}
`;
const BINS = 60; // of 500 ms
const QUIET = [25, 28]; // from 12.5 s to 14 s: the server is down, and nothing is answered
const MARKS = [6, 10, 15, 20, 22, 25];

const { executablePath, skip } = await chromiumFor('the report page in a browser');

let folder;
let browser;
const pages = {};

before(async () => {
  if (skip) {
    return;
  }
  folder = await mkdtemp(path.join(os.tmpdir(), 'weir-page-'));
  const file = (name) => path.join(folder, name);
  await writeFile(file('outage.yaml'), SCENARIO);
  await run(weir, ['simulate', file('outage.yaml'), '--html', file('simulate.html'), '--decision-log', file('log.jsonl')]);
  await run(weir, ['replay', file('log.jsonl'), '--profile', 'development', '--html', file('replay.html')]);
  pages.simulate = pathToFileURL(file('simulate.html')).href;
  pages.replay = pathToFileURL(file('replay.html')).href;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});

after(async () => {
  await browser?.close();
  if (folder) {
    await rm(folder, { recursive: true });
  }
});

/** Opens a page without a network, and ends with an error if it complains, asks for anything or opens a dialog. */
async function open(which, options, look) {
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 }, ...options });
  const wrong = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => wrong.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== pages[which] && request.url() !== 'data:,') {
        wrong.push(`request: ${request.url()}`);
      }
    });
    await page.goto(pages[which]);
    await look(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

const plotOf = (page, title) => page.locator('.plot', { has: page.getByRole('heading', { name: title, exact: true, level: 3 }) });
const cells = (plot) => plot.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));

for (const which of ['simulate', 'replay']) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core finds nothing in the ${colorScheme} page of ${which}, wide or narrow`, { skip }, () =>
      open(which, { colorScheme }, async (page) => {
        await page.evaluate(() => document.querySelectorAll('#plot-1 details, .source').forEach((each) => each.setAttribute('open', '')));
        await page.locator('.area').first().focus();
        await page.keyboard.press('ArrowRight');
        await page.evaluate(axe);
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
          assert.deepEqual(found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))]), []);
          assert.ok(found.passes.some((each) => each.id === 'color-contrast'), 'it has looked at the contrast');
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'nothing sticks out');
        }
      }));
  }
}

test('the keyboard moves over the bins of every plot, and their values are announced and shown', { skip }, () =>
  open('simulate', {}, async (page) => {
    const areas = await page.locator('.area').count();
    assert.equal(await page.locator('.area[tabindex="0"][role=slider]').count(), areas);
    assert.ok(areas >= 12, `${areas} plots`);

    const plot = plotOf(page, 'Latency');
    const rows = await cells(plot);
    assert.equal(rows.length, BINS);
    for (let i = 0; i < 50 && !(await plot.locator('.area').evaluate((area) => area === document.activeElement)); i++) {
      await page.keyboard.press('Tab');
    }
    const expect = async (key, bin) => {
      await page.keyboard.press(key);
      const [time, ...values] = rows[bin];
      const texts = values.map((value) => (value === 'no data' ? value : `${value} ms`));
      assert.equal(await plot.locator('.area').getAttribute('aria-valuenow'), String(bin), key);
      assert.equal(await plot.locator('.area').getAttribute('aria-valuetext'), time);
      assert.equal(await plot.locator('[aria-live=polite]').textContent(), `${time}: p50 ${texts[0]}; p95 ${texts[1]}; p99 ${texts[2]}`);
      assert.deepEqual(await plot.locator('.legend b').allTextContents(), texts);
      const left = await plot.locator('.cursor').evaluate((cursor) => parseFloat(cursor.style.left));
      assert.ok(Math.abs(left - (100 * (bin + 0.5)) / rows.length) < 0.01, `the cursor is at ${left} %`);
    };
    await expect('ArrowRight', 1);
    await expect('ArrowLeft', 0);
    await expect('ArrowLeft', 0);
    await expect('End', rows.length - 1);
    await expect('ArrowRight', rows.length - 1);
    await expect('PageDown', rows.length - 11);
    await expect('Home', 0);
    await expect('PageUp', 10);
    const outline = await plot.locator('.area').evaluate((area) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(area);
      return [outlineStyle, parseFloat(outlineWidth)];
    });
    assert.equal(outline[0], 'solid');
    assert.ok(outline[1] >= 2, 'the focus is visible');
  }));

test('a gap is a gap, and zero is zero', { skip }, () =>
  open('simulate', {}, async (page) => {
    const latency = plotOf(page, 'Latency');
    const throughput = await cells(plotOf(page, 'Throughput'));
    const rows = await cells(latency);
    for (let bin = QUIET[0]; bin < QUIET[1]; bin++) {
      assert.deepEqual(rows[bin].slice(1), ['no data', 'no data', 'no data']);
      assert.equal(throughput[bin][3], '0', 'answered in time');
    }
    const step = 1000 / rows.length;
    const lines = await latency.locator('.area path.line').evaluateAll((paths) => paths.map((each) => each.getAttribute('d')));
    assert.equal(lines.length, 3);
    for (const line of lines) {
      const parts = line.split('M').slice(1).map((part) => part.split('L').map((point) => parseFloat(point)));
      assert.ok(parts.length >= 2, 'the line is broken');
      for (const part of parts) {
        part.slice(1).forEach((x, i) => assert.ok(x - part[i] < 1.01 * step, `a line from ${part[i]} to ${x}`));
      }
    }
  }));

test('changes and faults are listed, and marked where they were', { skip }, () =>
  open('simulate', {}, async (page) => {
    const listed = await page.locator('.marks li').allTextContents();
    assert.deepEqual(listed.map((text) => parseFloat(text)), MARKS);
    assert.match(listed[1], /down/);
    assert.match(listed[4], /queue_limits\.max_messages = 10/);
    for (const area of await page.locator('.area').all()) {
      const box = await area.boundingBox();
      const marks = await area.locator('path.mark').evaluateAll((paths) => paths.map((each) => each.getBoundingClientRect().x));
      assert.deepEqual(marks.map((x) => Math.round(((x - box.x) / box.width) * 30)), MARKS);
      assert.deepEqual(await area.locator('.tag').allTextContents(), MARKS.map((mark, i) => String(i + 1)));
    }
  }));

test('hostile names are text', { skip }, async () => {
  for (const which of ['simulate', 'replay']) {
    await open(which, {}, async (page) => {
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.locator('script').count(), 1);
      const names = await page.locator('.legend bdi').allTextContents();
      assert.ok(names.some((name) => name.includes('(4,096 characters)')), 'the long name is shortened');
      assert.ok(!/[\u202e\u0007]/.test(await page.content()));
      assert.match(await page.content(), /others/);
    });
  }
  await open('simulate', {}, async (page) => {
    assert.equal(await page.locator('header p').nth(1).textContent(), '</script><script>alert(1)</script>');
    assert.ok((await page.locator('.source pre').textContent()).includes(LONG), 'the scenario is whole');
  });
});

test('without scripts, figures, plots, marks and tables are there, and no word of a keyboard', { skip }, () =>
  open('simulate', { javaScriptEnabled: false }, async (page) => {
    for (const label of ['Offered', 'Answered in time', 'Rejected', 'Most pending']) {
      assert.ok(await page.locator('dt', { hasText: label }).first().isVisible(), label);
    }
    assert.ok(await page.locator('#plot-1 svg').first().isVisible());
    assert.ok(await page.locator('.marks li').first().isVisible());
    assert.ok(!(await page.locator('.keys').isVisible()));
    assert.equal(await page.locator('[role=slider]').count(), 0);
    await page.locator('#plot-1 summary').click();
    assert.ok(await page.locator('#plot-1 tbody tr').first().isVisible());
  }));

test('a replay compares, says how far it can be trusted, and marks what the log tells', { skip }, () =>
  open('replay', {}, async (page) => {
    for (const figures of await page.locator('.headlines > div').all()) {
      assert.deepEqual(await figures.locator('.column').allTextContents(), ['as logged', 'replayed']);
    }
    assert.match(await page.locator('.statements').textContent(), /upstream upstream: .*in flight/);
    assert.match(await page.locator('.marks').textContent(), /20 s.*queue of a connection reset, 27 times/);
  }));

test('it prints in light colours', { skip }, () =>
  open('simulate', { colorScheme: 'dark' }, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.notEqual(await ground(), 'rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'print' });
    assert.equal(await ground(), 'rgb(255, 255, 255)');
    assert.ok((await page.pdf({ format: 'A4' })).length > 10_000);
  }));
