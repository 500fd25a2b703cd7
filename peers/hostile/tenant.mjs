// A well-behaved tenant, as a process of its own so that nobody else's work delays its clock: calls of both eras at an
// even pace. Its parent takes what was seen since it asked before.
import http from 'node:http';
import { INITIALIZE } from '../lib.mjs';

const { port, key, millis, perSecond } = JSON.parse(process.argv[2]);
const PATIENCE = 5_000;
const agents = { session: agent(), stateless: agent() };
let session;
let window = fresh();
let sending = true;

function agent() {
  return new http.Agent({ keepAlive: true, maxSockets: 64 });
}

function fresh() {
  return { sent: 0, served: 0, latencies: [], failures: {} };
}

function headers(era) {
  const own = era === 'session'
    ? { 'MCP-Protocol-Version': '2025-06-18' }
    : { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'work' };
  const accept = 'application/json, text/event-stream';
  return { 'X-API-Key': key, 'Content-Type': 'application/json', Accept: accept, ...own };
}

function post(era, message, more = {}) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(message);
    const all = { ...headers(era), 'Content-Length': Buffer.byteLength(body), ...more };
    const request = http.request(
      { port, host: '127.0.0.1', method: 'POST', path: '/mcp', agent: agents[era], headers: all },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on('error', reject);
      },
    );
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), PATIENCE);
    request.on('close', () => clearTimeout(late));
    request.on('error', reject);
    request.end(body);
  });
}

async function open() {
  const opened = await post('session', INITIALIZE);
  session = opened.headers['mcp-session-id'];
  await post('session', { jsonrpc: '2.0', method: 'notifications/initialized' }, { 'Mcp-Session-Id': session });
}

let last = 0;
async function call(era) {
  const id = ++last;
  const into = window;
  const begun = performance.now();
  into.sent++;
  let failure;
  try {
    const message = { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'work', arguments: { millis } } };
    const answer = await post(era, message, era === 'session' ? { 'Mcp-Session-Id': session } : {});
    const told = answer.status === 200 ? JSON.parse(answer.text) : {};
    if (told.id === id && told.result) {
      into.served++;
      into.latencies.push(performance.now() - begun);
      return;
    }
    failure = told.error
      ? `${told.error.code} ${told.error.message}`
      : `status ${answer.status} ${answer.text.slice(0, 100)}`;
  } catch (error) {
    failure = error.code ?? error.message;
  }
  failure = `${era}: ${failure.replace(/\d+ ms/g, 'N ms')}`;
  into.failures[failure] = (into.failures[failure] ?? 0) + 1;
}

for (let tries = 1; session === undefined; tries++) {
  // A gateway that has just been started compiles its code.
  await open().catch((error) => {
    if (tries === 10) throw error;
  });
}
const began = performance.now();
let due = 0;
setInterval(() => {
  const now = ((performance.now() - began) * perSecond) / 1000;
  for (; sending && due < now; due++) call(due % 2 ? 'session' : 'stateless');
}, 5);
process.send({ ready: true });

process.on('message', ({ stop }) => {
  const taken = window;
  window = fresh();
  sending &&= !stop;
  // Those on their way at the end of a window count where they began.
  const failed = () => Object.values(taken.failures).reduce((a, b) => a + b, 0);
  const wait = () => (taken.sent > taken.served + failed() ? setTimeout(wait, 20) : process.send(taken));
  wait();
});
process.on('disconnect', () => process.exit(0));
