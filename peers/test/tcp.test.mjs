// Clients over TCP, a JSON-RPC message a line: the official client behind a pipe into a socket, in front of servers over HTTP and over stdio.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { GENEROUS, INITIALIZE, call, eventually, everything, freePort, gatewayWith, here } from '../lib.mjs';

const name = { name: 'peer', version: '1' };
const stdio = [process.execPath, path.join(here, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'stdio'];
const open = [];

after(async () => {
  for (const each of open) await each.stop();
});

/** A gateway that also listens on TCP. */
async function listening(options, command) {
  const port = await freePort();
  const gateway = await gatewayWith([...GENEROUS.flatMap((each) => ['--set', each]), '--tcp', `127.0.0.1:${port}`, ...options], command);
  open.push(gateway);
  return { gateway, port };
}

/** The official client; the process that it starts does nothing but pass bytes between its pipes and a socket. */
async function official(port, capabilities = {}) {
  const bridge = `const s = require('net').connect(${port}, '127.0.0.1'); process.stdin.pipe(s); s.pipe(process.stdout); s.on('close', () => process.exit());`;
  const client = new Client(name, { capabilities });
  return { client, connect: () => client.connect(new StdioClientTransport({ command: process.execPath, args: ['-e', bridge] })) };
}

/** A client of a bare socket: what it sends are messages, and what it gets are lines. */
async function lines(port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  const got = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    send: (...messages) => socket.write(messages.map((each) => `${JSON.stringify(each)}\n`).join('')),
    next: async () => {
      const { value, done } = await got.next();
      return done ? undefined : JSON.parse(value);
    },
  };
}

async function tour(port) {
  const { client, connect } = await official(port, { elicitation: {} });
  await connect();
  const progress = [];
  const seen = {
    server: client.getServerVersion(),
    tools: (await client.listTools()).tools.map((each) => each.name).sort(),
    echo: (await client.callTool({ name: 'echo', arguments: { message: 'hëllo ☃' } })).content,
    long: (await client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } }, undefined, { onprogress: (each) => progress.push(each.progress) })).content,
    // The last comes right before the response: a client that gets both in one piece of a pipe may not tell of it.
    progress: progress.slice(0, 2),
  };
  await client.close();
  return seen;
}

test('the TypeScript client sees the same over TCP, whatever the server is reached by', async () => {
  const http = await everything();
  open.push(http);
  const overHttp = await listening(['--upstream', http.url]);
  const overStdio = await listening([], stdio);
  const seen = await tour(overStdio.port);
  assert.equal(seen.echo[0].text, 'Echo: hëllo ☃');
  assert.deepEqual(seen.progress, [1, 2]);
  assert.ok(seen.tools.length > 5);
  assert.deepEqual(await tour(overHttp.port), seen);
  assert.ok(await eventually(async () => (await overStdio.gateway.stats()).edge.children === 0));
  assert.ok(await eventually(async () => (await overHttp.gateway.stats()).edge.sessions === 0));
});

/** The official server over TCP: a process of its own for each connection, and between the two nothing but bytes. */
async function serverOverTcp() {
  const server = net.createServer((socket) => {
    const child = spawn(stdio[0], stdio.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.on('error', () => {});
    child.stdin.on('error', () => {});
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    socket.on('close', () => child.kill());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ stop: async () => server.close() });
  return server.address().port;
}

test('the TypeScript client sees the same of a server over TCP, and its connection ends with the session', async () => {
  const overStdio = await listening([], stdio);
  const overTcp = await listening(['--upstream', `tcp://127.0.0.1:${await serverOverTcp()}`]);
  const seen = await tour(overStdio.port);
  assert.ok(seen.tools.length > 5);
  assert.deepEqual(await tour(overTcp.port), seen);
  assert.ok(await eventually(async () => (await overTcp.gateway.stats()).edge.line_connections === 0));
});

test('100 clients with one id: each gets its own answers, and nothing is left of them', async () => {
  const { gateway, port } = await listening(['--set', 'upstreams.default.children.mode=shared'], stdio);
  const clients = await Promise.all(Array.from({ length: 100 }, () => lines(port)));
  await Promise.all(
    clients.map(async (client, index) => {
      client.send(INITIALIZE, { jsonrpc: '2.0', method: 'notifications/initialized' });
      assert.equal((await client.next()).id, INITIALIZE.id);
      for (let round = 0; round < 20; round++) {
        client.send(call(1, 'echo', { message: `${index}/${round}` }));
        let answer = await client.next();
        while (answer.id !== 1) answer = await client.next();
        assert.equal(answer.result.content[0].text, `Echo: ${index}/${round}`);
      }
      client.socket.end();
    }),
  );
  assert.ok(
    await eventually(async () => {
      const { edge, global } = await gateway.stats();
      return edge.connections === 0 && edge.sessions === 0 && global.pending.messages === 0;
    }),
  );
});

test('a client that floods and never reads is disconnected, and another is served', async () => {
  const { gateway, port } = await listening(['--set', 'edge.write_stall_timeout_ms=1000'], stdio);
  const flooding = await lines(port);
  flooding.send(INITIALIZE, { jsonrpc: '2.0', method: 'notifications/initialized' });
  await flooding.next();
  flooding.socket.pause();
  const flood = setInterval(() => {
    if (flooding.socket.writableLength < 1 << 22) flooding.send(...Array.from({ length: 200 }, (_, id) => call(id, 'echo', { message: 'x'.repeat(2_000) })));
  }, 5);
  const other = await lines(port);
  other.send(INITIALIZE, { jsonrpc: '2.0', method: 'notifications/initialized' });
  await other.next();
  for (let id = 0; id < 50; id++) {
    other.send(call(id, 'echo', { message: 'hello' }));
    let answer = await other.next();
    while (answer.id !== id) answer = await other.next();
    assert.equal(answer.result.content[0].text, 'Echo: hello');
  }
  assert.ok(await eventually(async () => (await gateway.stats()).edge.slow_readers > 0));
  clearInterval(flood);
  flooding.socket.destroy();
  other.socket.end();
  assert.ok(await eventually(async () => (await gateway.stats()).edge.buffered_tcp_answer_bytes === 0));
});
