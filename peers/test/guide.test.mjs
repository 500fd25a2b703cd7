// The programs of docs/clients.md for TypeScript and Python, against a real gateway.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { everything, gateway, here } from '../lib.mjs';

const CALLS = 6;
let server;
let tight;
let folder;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weir-guide-'));
  server = await everything();
});

after(async () => {
  for (const each of [tight, server]) await each?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function block(language) {
  const page = await readFile(path.join(here, '../docs/clients.md'), 'utf8');
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\`\n`, 's').exec(page)[1];
}

/** A gateway that takes two requests of a session a second, four at once. */
async function slow() {
  await tight?.stop();
  tight = await gateway(server.url, 'backpressure.max_messages_per_sec=2', 'backpressure.burst_multiplier=1.0');
  return tight;
}

async function refused() {
  return (await tight.stats()).global.flow.refused.messages;
}

/** The program without its types, of which it has only "any" and "Promise<any>". */
const untyped = (program) => program.replace(/: (any|Promise<any>)(?=[,) ={])/g, '');

test('TypeScript: calls that are refused succeed at the time they are given', async () => {
  const { url } = await slow();
  const file = path.join(folder, 'retry.mjs');
  await writeFile(file, untyped(await block('ts')));
  const { callTool } = await import(pathToFileURL(file).href);
  const client = new Client({ name: 'guide', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const call = (message) => callTool(client, { name: 'echo', arguments: { message } }, 20);

  const results = await Promise.all(Array.from({ length: CALLS }, (_, i) => call(`hello ${i}`)));

  assert.deepEqual(results.map((each) => each.content[0].text), Array.from({ length: CALLS }, (_, i) => `Echo: hello ${i}`));
  assert.ok((await refused()) > 0);
  await assert.rejects(
    Promise.all(Array.from({ length: CALLS }, () => callTool(client, { name: 'echo', arguments: { message: 'x' } }, 1))),
    (error) => error.code === -31429 && error.data.reason === 'rate',
  );
  await client.close();
});

test('Python: calls that are refused succeed at the time they are given', async () => {
  const { url } = await slow();
  const file = path.join(folder, 'retry.py');
  await writeFile(file, `${await block('python')}

import concurrent.futures
import sys

opened = open_session(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(${CALLS}) as pool:
    calls = [pool.submit(call_tool, sys.argv[1], opened, i + 1, "echo", {"message": f"hello {i}"}, 20)
             for i in range(${CALLS})]
    for call in calls:
        print(call.result()["content"][0]["text"])
`);

  const { stdout } = await promisify(execFile)('python3', [file, url]);

  assert.deepEqual(stdout.trim().split('\n'), Array.from({ length: CALLS }, (_, i) => `Echo: hello ${i}`));
  assert.ok((await refused()) > 0);
});
