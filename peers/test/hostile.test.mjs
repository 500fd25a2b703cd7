// Hostile clients and broken servers: refused clearly, harmless to others, and no permit leaks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GENEROUS, answer, call, eventually, gateway, gatewayWith, post } from '../lib.mjs';

const OK = '{"jsonrpc":"2.0","id":1,"result":{}}';
let seen = [];
let upstream;
let weir;

/** A server that answers at once, and remembers what arrived. */
before(async () => {
  upstream = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(OK);
    });
  });
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const short = ['edge.header_timeout_ms=2000', 'edge.body_timeout_ms=3000', 'edge.write_stall_timeout_ms=3000'];
  weir = await gateway(`http://127.0.0.1:${upstream.address().port}/mcp`, ...GENEROUS, ...short);
});

after(async () => {
  await weir?.stop();
  upstream?.close();
});

/** Sends raw bytes and resolves with all that comes back until the gateway closes. */
function raw(bytes, millis = 8_000) {
  return new Promise((resolve) => {
    const socket = net.connect(weir.port, '127.0.0.1');
    let text = '';
    let closed = false;
    const end = () => {
      clearTimeout(late);
      socket.destroy();
      resolve({ text, closed });
    };
    const late = setTimeout(end, millis);
    socket.on('data', (data) => (text += data));
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
      end();
    });
    socket.write(bytes);
  });
}

const HEAD = 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const chunk = (body) => `${body.length.toString(16)}\r\n${body}\r\n`;
const INNER = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

describe('smuggling', () => {
  const vectors = {
    'two different lengths': `${HEAD}Content-Length: 5\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'two equal lengths': `${HEAD}Content-Length: ${BODY.length}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'a list of lengths': `${HEAD}Content-Length: ${BODY.length}, ${BODY.length}\r\n\r\n${BODY}`,
    'a signed length': `${HEAD}Content-Length: +${BODY.length}\r\n\r\n${BODY}`,
    'a length and chunks': `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
    'chunks and a length': `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'an unknown transfer encoding': `${HEAD}Transfer-Encoding: xchunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'two transfer encodings': `${HEAD}Transfer-Encoding: identity, chunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'two Transfer-Encoding lines': `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'a tab before chunked': `${HEAD}Transfer-Encoding:\x0bchunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'a space before the colon': `${HEAD}Content-Length : ${BODY.length}\r\n\r\n${BODY}`,
    'a space in a name': `${HEAD}Content Length: ${BODY.length}\r\n\r\n${BODY}`,
    'a folded header': `${HEAD}X-A: b\r\n Content-Length: 3\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'a folded transfer encoding': `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'a bare CR': `${HEAD}X-A: b\rContent-Length: 3\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'a bare LF in a header': `${HEAD}X-A: b\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'bare LFs throughout': INNER.replaceAll('\r\n', '\n'),
    'a NUL': `${HEAD}X-A: b\0c\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    'a chunk size with a sign': `${HEAD}Transfer-Encoding: chunked\r\n\r\n+${chunk(BODY)}0\r\n\r\n`,
    'a chunk size with 0x': `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x${chunk(BODY)}0\r\n\r\n`,
    'a chunk size that overflows': `${HEAD}Transfer-Encoding: chunked\r\n\r\n1${'0'.repeat(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    'a chunk longer than its size': `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\n${BODY}\r\n0\r\n\r\n`,
    'a chunk ended by a bare LF': `${HEAD}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\n${BODY}\n0\n\n`,
    'a bare control character in a chunk extension': `${HEAD}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)};a=\x01b\r\n${BODY}\r\n0\r\n\r\n`,
    'a trailer': `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk(BODY)}0\r\nContent-Length: 5\r\n\r\n`,
    'no Host': INNER.replace('Host: 127.0.0.1\r\n', ''),
    'two Hosts': INNER.replace('Host: 127.0.0.1\r\n', 'Host: 127.0.0.1\r\nHost: localhost\r\n'),
    'two Origins': INNER.replace('Host:', 'Origin: http://localhost\r\nOrigin: http://localhost\r\nHost:'),
    'a foreign Host': INNER.replace('Host: 127.0.0.1', 'Host: evil.example'),
    'a foreign Origin': INNER.replace('Host:', 'Origin: http://evil.example\r\nHost:'),
    'an absolute target of another host than Host': INNER.replace('/mcp', 'http://example.com/mcp'),
    'chunks in HTTP/1.0': `${HEAD.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`,
    'HTTP/2 in the clear': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a head that is too large': `${HEAD}X-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    'a body with an encoding': INNER.replace('Host:', 'Content-Encoding: gzip\r\nHost:'),
    'a body that is announced too large': `${HEAD}Content-Length: 99999999\r\n\r\n`,
  };
  for (const [title, bytes] of Object.entries(vectors)) {
    test(`${title}: refused, closed, and never forwarded`, async () => {
      seen = [];
      const { text, closed } = await raw(bytes);
      assert.match(text, /^HTTP\/1\.1 (4\d\d|501|505) /);
      assert.equal(text.match(/HTTP\/1\.1 /g).length, 1, 'one answer alone');
      assert.match(text, /"error":\{"code":-?\d+,"message":"[^"]{10,}"/);
      assert.ok(closed, 'the connection is closed');
      assert.deepEqual(seen, []);
    });
  }

  test('what is well formed goes through, whole and in pieces', async () => {
    seen = [];
    const { text } = await raw(INNER.replace('Host:', 'Connection: close\r\nHost:'));
    assert.match(text, /^HTTP\/1\.1 200 /);
    const chunked = `${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(BODY.slice(0, 9))}${chunk(BODY.slice(9))}0\r\n\r\n`;
    assert.match((await raw(chunked)).text, /^HTTP\/1\.1 200 /);
    assert.deepEqual(seen.map((each) => each.body), [BODY, BODY]);
    assert.equal(seen[1].headers['content-length'], String(BODY.length));
  });
});

describe('slow clients', () => {
  const attacks = {
    header: ['-H', '-i', '1'],
    body: ['-B', '-i', '1', '-s', '8192'],
    read: ['-X', '-w', '1', '-y', '8', '-n', '5', '-z', '1'],
  };
  for (const [title, options] of Object.entries(attacks)) {
    test(`slowhttptest's slow ${title} attack leaves another client served`, async () => {
      let attacking = true;
      const attack = new Promise((resolve, reject) =>
        execFile(
          'slowhttptest',
          [...options, '-c', '300', '-r', '150', '-l', '10', '-u', weir.url, '-t', 'POST', '-f', 'application/json'],
          { timeout: 40_000 },
          (error, stdout) => {
            attacking = false;
            if (error?.code === 'ENOENT') reject(new Error('slowhttptest is missing: apt-get install slowhttptest'));
            else resolve(stdout);
          },
        ));
      let served = 0;
      while (attacking) {
        const response = await post(weir.url, BODY);
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), JSON.parse(OK));
        served++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await attack;
      console.log(`slow ${title}: ${served} calls of another client, all served`);
      assert.ok(served > 50);
      assert.ok(await eventually(async () => (await weir.stats()).global.pending.messages === 0));
    });
  }

  test('a client that never finishes its head, or its body, is disconnected', async () => {
    assert.ok((await raw(HEAD, 6_000)).closed);
    assert.ok((await raw(`${HEAD}Content-Length: 500\r\n\r\n{`, 7_000)).closed);
  });
});

describe('broken servers', () => {
  const faults = {
    garbage: (socket) => socket.end('this is not HTTP at all\r\n\r\n'),
    'a reset': (socket) => socket.resetAndDestroy(),
    'a close without an answer': (socket) => socket.end(),
    'half an answer': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"js'),
    'half a head': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Ty'),
  };
  for (const [title, fault] of Object.entries(faults)) {
    test(`${title}: the client is told, with its id, and nothing leaks`, async () => {
      const broken = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => fault(socket));
      });
      await new Promise((resolve) => broken.listen(0, '127.0.0.1', resolve));
      const file = `http://127.0.0.1:${broken.address().port}/mcp`;
      const front = await gateway(file, ...GENEROUS);
      try {
        const response = await post(front.url, call(77, 'echo')).then(answer).catch((error) => error);
        if (title === 'half an answer') {
          assert.ok(response instanceof Error || response.error, 'the answer is not whole, and does not look so');
        } else {
          assert.equal(response.id, 77);
          assert.equal(response.error.code, -31502);
          assert.match(response.error.message, /Upstream 'default' /);
        }
        const flow = (await front.stats()).global.flow;
        assert.equal(flow.in_flight.messages, 0);
        assert.equal(flow.failed.messages, 1);
      } finally {
        await front.stop('SIGKILL');
        broken.close();
      }
    });
  }
});

test('a server that never answers: the client is told when its time has passed', async () => {
  const silent = net.createServer((socket) => socket.on('error', () => {}));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'weir-peers-')), 'weir.yaml');
  await writeFile(file, `upstreams:\n  silent:\n    url: http://127.0.0.1:${silent.address().port}/mcp\n    request_timeout_ms: 1500\n`);
  const front = await gatewayWith(['--config', file]);
  const told = await answer(await post(front.url, call(78, 'echo')));
  assert.equal(told.id, 78);
  assert.equal(told.error.code, -31504);
  assert.match(told.error.message, /The server 'silent' did not finish within 1500 ms/);
  assert.equal((await front.stats()).global.flow.in_flight.messages, 0);
  await front.stop('SIGKILL');
  silent.close();
});

describe('clients that leave', () => {
  for (const [era, version, closes] of [['stateless', '2026-07-28', true], ['session', '2025-06-18', false]]) {
    test(`in the ${era} era the upstream's exchange is ${closes ? 'closed at once' : 'left to finish'}`, async () => {
      let closed = false;
      let finish;
      const slow = createServer((request, response) => {
        request.resume();
        response.on('close', () => (closed ||= !response.writableFinished));
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': working\n\n');
        finish = () => response.end(`data: ${OK}\n\n`);
      });
      await new Promise((resolve) => slow.listen(0, '127.0.0.1', resolve));
      const front = await gateway(`http://127.0.0.1:${slow.address().port}/mcp`, ...GENEROUS);
      try {
        const aborting = new AbortController();
        const response = await fetch(front.url, {
          method: 'POST',
          signal: aborting.signal,
          headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream', 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'echo' },
          body: JSON.stringify(call(1, 'echo')),
        });
        await response.body.getReader().read();
        assert.equal((await front.stats()).global.pending.messages, 1);
        aborting.abort();
        if (closes) {
          assert.ok(await eventually(() => closed), 'the upstream sees the end');
        } else {
          assert.ok(await eventually(async () => (await front.stats()).edge.clients_gone === 1));
          assert.equal(closed, false);
          assert.equal((await front.stats()).global.pending.messages, 1, 'the permit is held while the server works');
          finish();
        }
        assert.ok(await eventually(async () => (await front.stats()).global.pending.messages === 0));
        const flow = (await front.stats()).global.flow;
        assert.equal(flow[closes ? 'cancelled' : 'completed'].messages, 1);
      } finally {
        await front.stop('SIGKILL');
        slow.closeAllConnections();
        slow.close();
      }
    });
  }
});

test('SIGTERM under load: everyone is answered, and the gateway exits with 0', async () => {
  const slow = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => setTimeout(() => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result: {} }));
    }, 1_000));
  });
  await new Promise((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const front = await gateway(`http://127.0.0.1:${slow.address().port}/mcp`, ...GENEROUS);
  const calls = Array.from({ length: 100 }, (_, id) => post(front.url, call(id, 'echo')).then(answer));
  assert.ok(await eventually(async () => (await front.stats()).global.pending.messages === 100));
  const ended = front.stop('SIGTERM');
  const answers = await Promise.all(calls);
  assert.deepEqual(answers.map((each) => each.id).sort((a, b) => a - b), Array.from({ length: 100 }, (_, id) => id));
  assert.deepEqual(answers.filter((each) => !each.result), []);
  assert.deepEqual(await ended, { code: 0, signal: null });
  slow.close();
});

test('refusal.http_status=429: the same body, and Retry-After', async () => {
  const front = await gateway(`http://127.0.0.1:${upstream.address().port}/mcp`, 'refusal.http_status=429', 'queue_limits.max_messages=0');
  const response = await post(front.url, call(5, 'echo'));
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('content-type'), 'application/json');
  const body = await response.json();
  assert.equal(body.id, 5);
  assert.equal(body.error.code, -31429);
  const notification = await post(front.url, { jsonrpc: '2.0', method: 'notifications/progress', params: {} });
  assert.equal(notification.status, 429);
  await front.stop();
});
