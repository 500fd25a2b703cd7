// Clients whose children misbehave (stdio-child.mjs), as a process of its own: a session asks its child for one
// misbehaviour, sends more calls meanwhile, and ends. The outcome of every request is waited for.
import http from 'node:http';
import { INITIALIZE, call } from '../lib.mjs';
import { outcome } from './outcome.mjs';

const { port, path, key, address, misbehaviours, clients, patience } = JSON.parse(process.argv[2]);
const SESSION = { 'MCP-Protocol-Version': '2025-06-18' };
const STATELESS = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call' };
/** One of these calls is taken by the gateway's socket at once, however slow this process is. */
const PAD = 'p'.repeat(40_000);
/** Together they are more than a pipe takes, and what a child has read of it before it reads no more: 64 KiB each. */
const LONG_CALLS = 4;
const PAUSE = 100;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE));

const counts = { sent: 0, results: 0, errors: 0 };
const missing = [];
/** How often each was chosen, and how often a child was asked for it. */
const chosen = Object.fromEntries(misbehaviours.map((name) => [name, 0]));
const tried = { ...chosen };
/** Errors by their text without numbers. */
const failures = {};
let lastId = 0;
let turns = 0;
let stopped = false;

/** One HTTP request on a connection of its own: none is lost because the gateway just closed one that was idle. */
function send(method, headers, body = '') {
  return new Promise((resolve, reject) => {
    const all = { 'X-API-Key': key, Accept: 'application/json, text/event-stream', ...headers };
    if (body) Object.assign(all, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    const where = { host: '127.0.0.1', port, path, localAddress: address };
    const request = http.request({ ...where, method, agent: false, headers: all }, (response) => {
      const { statusCode: status, headers: { 'mcp-session-id': session } } = response;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status, session, text }));
      response.on('error', reject);
    });
    const late = setTimeout(() => request.destroy(new Error(`nothing within ${patience} ms`)), patience);
    request.on('close', () => clearTimeout(late));
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends a request and notes what became of it; nothing is thrown. */
async function track(what, sending, outcomeOf) {
  const begun = performance.now();
  counts.sent++;
  try {
    const answer = await sending;
    const came = outcomeOf(answer);
    if (came === 'result') counts.results++;
    else if (came === 'error') noteError(answer.text);
    else missing.push(`${what}: ${came}`);
    return answer;
  } catch (error) {
    missing.push(`${what}: ${error.code ?? error.message} after ${Math.round(performance.now() - begun)} ms`);
    return {};
  }
}

function noteError(text) {
  counts.errors++;
  const kind = String(/"message":"([^"]*)/.exec(text)?.[1].replace(/\d+/g, 'N').slice(0, 90));
  failures[kind] = (failures[kind] ?? 0) + 1;
}

function ask(what, message, headers) {
  const sending = send('POST', headers, JSON.stringify(message));
  return track(what, sending, ({ status, text }) => outcome(message.id, status, text));
}

/** Ends a session, which may have ended: any status answers that. */
function leave(what, headers) {
  return track(what, send('DELETE', headers), ({ status }) => (status < 400 ? 'result' : 'error'));
}

/** What was chosen least. */
function choose() {
  const name = misbehaviours.reduce((least, each) => (chosen[each] < chosen[least] ? each : least));
  chosen[name]++;
  return name;
}

/**
 * The misbehaviour, and calls that come behind it. Each is on a connection of its own: without a pause, long calls could
 * be answered before it, and the others leave room in the pipe of a child that reads no more.
 */
async function callsOf(name, headers) {
  const first = ask(name, call(++lastId, name), headers);
  await pause();
  return Promise.all([
    first,
    ask(`a call after ${name}`, call(++lastId, 'echo', { who: 'me' }), headers),
    ...Array.from({ length: LONG_CALLS }, () => {
      return ask(`a long call after ${name}`, call(++lastId, 'echo', { who: 'me', pad: PAD }), headers);
    }),
  ]);
}

async function inSession() {
  const name = choose();
  const params = { ...INITIALIZE.params, clientInfo: { name, version: '1' } };
  const opened = await ask(`initialize, ${name}`, { ...INITIALIZE, id: ++lastId, params }, SESSION);
  // Where there are too many children, nothing was asked of one.
  if (opened.session || (name === 'mute' && !/no free child/.test(opened.text))) tried[name]++;
  else chosen[name]--;
  if (!opened.session) return;
  const headers = { ...SESSION, 'Mcp-Session-Id': opened.session };
  await callsOf(name, headers);
  await leave(`the end of a session of ${name}`, headers);
}

/** Clients without a session share a child of their tenant: what one of them asks for, others bear too. */
async function withoutSession() {
  const name = misbehaviours[turns++ % misbehaviours.length];
  await callsOf(name, { ...STATELESS, 'Mcp-Name': name });
}

async function client(number) {
  while (!stopped) {
    await (number % 4 === 3 ? withoutSession() : inSession());
    await pause();
  }
}

const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
process.send({ ready: true });

function report() {
  process.send({ ...counts, missing: missing.length, examples: missing.slice(0, 10), tried, failures });
}

process.on('message', ({ stop }) => {
  stopped ||= stop;
  if (stop) all.then(report);
  else report();
});
process.on('disconnect', () => process.exit(0));
