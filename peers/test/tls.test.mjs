// TLS over HTTP and TCP: openssl, the TypeScript client, a certificate that is replaced under load, and clients' certificates.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { GENEROUS, INITIALIZE, everything, eventually, freePort, gateway, here } from '../lib.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-tls-'));
const file = (name) => path.join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** A certificate authority. */
function authority(name) {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30',
    '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`));
}

/** A certificate for localhost of that authority, valid for some days, or not any more if those are fewer than none. */
function issue(ca, name, days = 30) {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`,
    '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', file(`${name}.csr`), '-CA', file(`${ca}.pem`), '-CAkey', file(`${ca}.key`),
    '-CAcreateserial', '-days', String(days), '-extfile', file('names'), '-out', file(`${name}.pem`));
}

let server;
let front;
let mutual;
let tcp;
let mutualTcp;

before(async () => {
  authority('ca');
  authority('clients');
  issue('ca', 'server');
  issue('ca', 'next');
  issue('ca', 'second');
  issue('clients', 'client');
  issue('ca', 'stranger');
  issue('clients', 'old', -1);
  server = await everything();
  const tls = (name) => [`http.tls_certificate=${file(`${name}.pem`)}`, `http.tls_key=${file(`${name}.key`)}`, ...GENEROUS];
  const overTcp = (port, name) => [`tcp.listen=127.0.0.1:${port}`, `tcp.tls_certificate=${file(`${name}.pem`)}`, `tcp.tls_key=${file(`${name}.key`)}`];
  [tcp, mutualTcp] = [await freePort(), await freePort()];
  front = await gateway(server.url, ...tls('server'), ...overTcp(tcp, 'server'));
  mutual = await gateway(
    server.url, ...tls('second'), `http.tls_client_ca=${file('clients.pem')}`,
    ...overTcp(mutualTcp, 'second'), `tcp.tls_client_ca=${file('clients.pem')}`,
  );
});

after(async () => {
  for (const each of [front, mutual, server]) await each?.stop();
  rmSync(folder, { recursive: true });
});

/** What openssl says of a connection with those options, on which one request is sent. */
function sClient(port, ...options) {
  return new Promise((resolve) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-CAfile', file('ca.pem'), '-verify_return_error', '-quiet', '-ign_eof', ...options]);
    let output = '';
    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { output += data; });
    child.stdin.on('error', () => {});
    child.stdin.write('GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    child.on('exit', (code) => resolve({ code, output }));
  });
}

test('openssl s_client connects with TLS 1.2 and 1.3, and with nothing older', async () => {
  for (const version of ['-tls1_2', '-tls1_3']) {
    const { output } = await sClient(front.port, version);
    assert.match(output, /HTTP\/1.1 404/, version);
  }
  const { code, output } = await sClient(front.port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
  assert.notEqual(code, 0);
  assert.match(output, /alert protocol version|unsupported protocol/);
});

/** One run of the official TypeScript client in a process of its own, which trusts that CA. */
function client(port, trusted) {
  const script = `
    import { Client } from '@modelcontextprotocol/sdk/client/index.js';
    import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
    const client = new Client({ name: 'tls', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL('https://localhost:${port}/mcp')));
    const result = await client.callTool({ name: 'echo', arguments: { message: 'over TLS' } });
    console.log(result.content[0].text);
    await client.close();`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: here, env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted }, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

test('the TypeScript client calls a tool over TLS, and refuses a CA that it does not know', async () => {
  assert.match(client(front.port, file('ca.pem')), /over TLS/);
  assert.throws(() => client(front.port, file('clients.pem')));
  // Node leaves without a word; openssl says why.
  assert.notEqual((await sClient(front.port, '-CAfile', file('clients.pem'))).code, 0);
  assert.ok(await eventually(() => /does not accept the certificate in http.tls_certificate/.test(front.output)), front.output);
});

/** One POST on a connection of its own; the certificate that the gateway showed. */
function initialize(port, options = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: 'localhost', port, path: '/mcp', method: 'POST', agent: false, ca: openssl('x509', '-in', file('ca.pem')), ...options,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    }, (response) => {
      const shown = response.socket.getPeerCertificate().subject.CN;
      response.on('error', reject);
      response.on('data', () => {});
      response.on('end', () => (response.statusCode === 200 ? resolve(shown) : reject(new Error(String(response.statusCode)))));
    });
    request.on('error', reject);
    request.end(JSON.stringify(INITIALIZE));
  });
}

test('a certificate is replaced under load without a failed request', async () => {
  const ca = openssl('x509', '-in', file('ca.pem'));
  const shown = [];
  const failures = [];
  let over = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!over) {
      await initialize(front.port, { ca }).then((name) => shown.push(name), (error) => failures.push(error));
    }
  });
  assert.ok(await eventually(() => shown.includes('server')));
  renameSync(file('next.key'), file('server.key'));
  renameSync(file('next.pem'), file('server.pem'));
  assert.ok(await eventually(() => shown.filter((name) => name === 'next').length > 20));
  over = true;
  await Promise.all(load);
  assert.deepEqual(failures, []);
  assert.deepEqual([...new Set(shown)], ['server', 'next']);
  assert.match(front.output, /files of TLS have changed; new connections use them: CN=next/);
});

test('with tls_client_ca, a client without a valid certificate of it is refused, and the log says why', async () => {
  const own = (name) => ({ cert: openssl('x509', '-in', file(`${name}.pem`)), key: openssl('pkey', '-in', file(`${name}.key`)) });
  assert.equal(await initialize(mutual.port, own('client')), 'second');
  await assert.rejects(initialize(mutual.port));
  await assert.rejects(initialize(mutual.port, own('stranger')));
  await assert.rejects(initialize(mutual.port, own('old')));
  for (const why of [/sent no certificate, which http.tls_client_ca requires/, /sent a certificate that is not of a CA in http.tls_client_ca/, /sent a certificate that has expired/]) {
    assert.ok(await eventually(() => why.test(mutual.output)), mutual.output);
  }
  assert.equal((await mutual.stats()).edge.tls_handshakes_failed, 3);
});

/** What openssl is started with as a client over TCP: a line in is a line out. */
const lineClient = (port, ...options) => ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-CAfile', file('ca.pem'), '-verify_return_error', '-quiet', ...options];

/** Opens a session through openssl and lists the tools; rejects if openssl ends before that. */
async function tools(port, ...options) {
  const child = spawn('openssl', lineClient(port, ...options));
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  child.stdin.on('error', () => {});
  const got = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (id) => {
    for (let line = await got.next(); !line.done; line = await got.next()) {
      const message = JSON.parse(line.value);
      if (message.id === id) return message.result;
    }
    throw new Error(`openssl ended: ${said}`);
  };
  const send = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  try {
    send(INITIALIZE);
    const { serverInfo } = await answer(INITIALIZE.id);
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    return { serverInfo, names: (await answer(2)).tools.map((each) => each.name) };
  } finally {
    child.kill();
  }
}

test('over TCP, openssl s_client opens a session and lists the tools with TLS 1.2 and 1.3, and with nothing older', async () => {
  for (const version of ['-tls1_2', '-tls1_3']) {
    const { serverInfo, names } = await tools(tcp, version);
    assert.match(serverInfo.name, /everything/, version);
    assert.ok(names.includes('echo'), version);
  }
  await assert.rejects(tools(tcp, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'), /alert protocol version|unsupported protocol/);
});

test('over TCP, the TypeScript client calls a tool through openssl', async () => {
  const client = new Client({ name: 'tls', version: '1' });
  await client.connect(new StdioClientTransport({ command: 'openssl', args: lineClient(tcp), stderr: 'ignore' }));
  assert.deepEqual((await client.callTool({ name: 'echo', arguments: { message: 'over TLS' } })).content, [{ type: 'text', text: 'Echo: over TLS' }]);
  await client.close();
});

test('over TCP, a client that does not trust the certificate refuses it, and one that sends plain text is refused', async () => {
  await assert.rejects(tools(tcp, '-CAfile', file('clients.pem')), /verify error|certificate verify failed/);
  assert.ok(await eventually(() => /does not accept the certificate in tcp.tls_certificate/.test(front.output)), front.output);
  const plain = net.connect(tcp, '127.0.0.1', () => plain.write(`${JSON.stringify(INITIALIZE)}\n`));
  plain.on('error', () => {});
  plain.resume();
  await new Promise((resolve) => plain.on('close', resolve));
  assert.ok(await eventually(() => /did not speak TLS: tcp.tls_certificate requires it/.test(front.output)), front.output);
});

test('over TCP with tls_client_ca, a certificate of it names the tenant, and every other client is refused', async () => {
  const own = (name) => ['-cert', file(`${name}.pem`), '-key', file(`${name}.key`)];
  const failed = (await mutual.stats()).edge.tls_handshakes_failed;
  assert.ok((await tools(mutualTcp, ...own('client'))).names.includes('echo'));
  assert.ok((await mutual.stats()).tenants.some(({ tenant }) => tenant === 'client'));
  await assert.rejects(tools(mutualTcp));
  await assert.rejects(tools(mutualTcp, ...own('stranger')));
  await assert.rejects(tools(mutualTcp, ...own('old')));
  for (const why of [/sent no certificate, which tcp.tls_client_ca requires/, /sent a certificate that is not of a CA in tcp.tls_client_ca/]) {
    assert.ok(await eventually(() => why.test(mutual.output)), mutual.output);
  }
  assert.equal((await mutual.stats()).edge.tls_handshakes_failed, failed + 3);
});
