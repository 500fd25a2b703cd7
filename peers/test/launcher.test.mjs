// The launcher ./weir: what it loads, and what it prints where.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { here } from '../lib.mjs';

const root = path.dirname(here);
const weir = (...args) => promisify(execFile)(path.join(root, 'weir'), args);

test('the jars of the demo are not on the class path of other commands', async () => {
  await weir('--version');
  const lib = await readdir(path.join(root, 'weir-cli/target/lib'));
  const demo = await readdir(path.join(root, 'weir-cli/target/demo'));
  const heavy = /^(mcp|jetty|reactor|reactive|jackson-databind|jakarta|json-schema|weir-demo)/;

  assert.deepEqual(lib.filter((jar) => heavy.test(jar)), []);
  assert.ok(demo.some((jar) => jar.startsWith('weir-demo')) && demo.some((jar) => jar.startsWith('mcp-core')));
  assert.deepEqual(demo.filter((jar) => lib.includes(jar)), []);
});

test('the demo ends with 0, with every check right', async () => {
  const { stdout } = await weir('demo', '--exit');

  const checks = stdout.split('\n').filter((line) => / (ok|WRONG)$/.test(line));
  assert.ok(checks.length >= 10);
  assert.deepEqual(checks.filter((line) => line.endsWith('WRONG')), []);
  assert.ok(stdout.split('\n').every((line) => line.length <= 80));
  assert.ok(!/[\r\u001b]/.test(stdout));
});

test('a key goes to standard error, and its line alone to standard output', async () => {
  const { stdout, stderr } = await weir('key', 'acme');

  assert.match(stdout, /^acme:sha256:[0-9a-f]{64}\n$/);
  assert.match(stderr, /weir_/);
});
