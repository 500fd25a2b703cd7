// One promise each, small enough to be held against a twin that breaks it: what is not kept is returned.
import { execFileSync, spawnSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { answer, call, eventually, here, post } from '../lib.mjs';
import { HOSTILE_CHILDREN, HOSTILE_SERVER, MISBEHAVIOURS, callers, unanswered, untried } from './misbehaviour.mjs';
import { JAR, connections, gateway, helper, jdk, sleep } from './rig.mjs';
import { commandLines, folder, keysOf, mcpFile, processesOf, thrown } from './rig.mjs';

const NO_CIRCUIT = 'upstreams.default.circuit_breaker.enabled=false';
/** For how long the gateway is waited for; its twin, which never gets there, for less. */
const patience = ({ classes }, millis = 30_000, ofTwin = 10_000) => (classes ? ofTwin : millis);
const work = (id) => call(id, 'work', { millis: 0 });

function head(length, stateless) {
  const era = stateless ? 'MCP-Protocol-Version: 2026-07-28\r\n' : '';
  const json = `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
  return `POST /mcp HTTP/1.1\r\nHost: localhost\r\n${json}${era}\r\n`;
}

/** Clients that ask for much and read nothing, and never leave: more of them than the server has places. */
export async function unreadAnswers(t, how = {}) {
  const clients = 16;
  const server = await helper(t, 'server');
  const queue = ['upstreams.default.capacity=8', 'upstreams.default.ttl_ms=600000', NO_CIRCUIT];
  const weir = await gateway(t, server.port, [...queue, 'edge.write_stall_timeout_ms=1000'], how);
  const sockets = Array.from({ length: clients }, (_, i) => {
    const body = JSON.stringify(call(i, 'big'));
    const socket = net.connect(weir.port, '127.0.0.1', () => socket.write(head(body.length, i % 2) + body));
    socket.on('error', () => {});
    return socket.pause();
  });
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const found = [];
  const allGone = async () => (await weir.stats()).edge.slow_readers >= clients && connections(weir.port).local === 0;
  if (!(await eventually(allGone, patience(how, 40_000)))) {
    found.push(`${connections(weir.port).local} clients that read nothing are still connected`);
  }
  const { edge } = await weir.stats();
  if (edge.slow_readers !== clients) {
    found.push(`${clients} clients that read nothing were counted as ${edge.slow_readers}`);
  }
  // In the session era a client that is gone has not cancelled: its answer is read to the end.
  const idle = async () => (await weir.stats()).global.flow.in_flight.messages === 0;
  if (found.length === 0 && !(await eventually(idle, 60_000))) {
    found.push('places at the server are held by clients that read nothing');
  }
  await weir.stop();
  return found;
}

/** A server that stops reading for a while: what was sent there comes to its end. */
export async function unreadRequests(t, stateless, how = {}) {
  const stalled = 4;
  const timeout = stateless ? 600_000 : 10_000;
  const held = new Set();
  let reads = false;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    if (reads) serve(socket);
    else held.add(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    held.forEach((socket) => socket.destroy());
    server.close();
  });
  const { port } = server.address();
  const settings = [
    `upstreams.default.request_timeout_ms=${timeout}`,
    `upstreams.default.capacity=${stalled}`,
    'edge.max_body_bytes=16000000',
    NO_CIRCUIT,
  ];
  const weir = await gateway(t, port, settings, { heap: '1g', ...how });
  const inFlight = async () => (await weir.stats()).global.flow.in_flight.messages;
  // More than the kernels of both ends take.
  const body = JSON.stringify(call(1, 'work', { pad: 'p'.repeat(8_000_000) }));
  const clients = Array.from({ length: stalled }, () => {
    const socket = net.connect(weir.port, '127.0.0.1', () => socket.write(head(body.length, stateless) + body));
    socket.on('error', () => {});
    return socket.resume();
  });
  t.after(() => clients.forEach((socket) => socket.destroy()));
  await eventually(async () => held.size >= stalled && (await inFlight()) === stalled, 60_000);
  if (stateless) clients.forEach((socket) => socket.destroy());
  const found = [];
  if (!(await eventually(async () => (await inFlight()) === 0, patience(how, 30_000, stateless ? 10_000 : timeout + 10_000)))) {
    found.push(`${await inFlight()} places are held by a server that reads nothing`);
  }
  // The server's ends stay, half closed, for as long as it does not read: the gateway's ends are what counts.
  if (!(await eventually(() => connections(port).remote === 0, patience(how)))) {
    found.push(`${connections(port).remote} connections to a server that reads nothing are still there`);
  }
  if (found.length > 0) return found;
  reads = true;
  const told = await Promise.race([post(weir.url, work(99)).then(answer), sleep(30_000)]).catch((error) => error);
  if (!told?.result) found.push(`a call after that is not answered: ${JSON.stringify(told?.error ?? String(told))}`);
  await weir.stop();
  return found;
}

/** A server that answers each request of a connection with an empty result. */
function serve(socket) {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const { id } = JSON.parse(text.slice(end + 4, end + 4 + length));
      text = text.slice(end + 4 + length);
      const result = JSON.stringify({ jsonrpc: '2.0', id, result: {} });
      const json = `Content-Type: application/json\r\nContent-Length: ${result.length}\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\n${json}\r\n${result}`);
    }
  });
  socket.resume();
}

/** Calls of nearly 1 MB that wait: what is on the heap for each byte that is counted. */
export async function heldBodies(t, how) {
  const server = await helper(t, 'server');
  const limits = ['queue_limits.max_bytes=100000000', 'queue_limits.global_max_bytes=100000000'];
  const settings = ['upstreams.default.capacity=1', 'upstreams.default.ttl_ms=600000', ...limits, NO_CIRCUIT];
  const weir = await gateway(t, server.port, settings, { heap: '1g', ...how });
  // It is known to be quick, so that many may wait for it.
  for (let i = 0; i < 30; i++) await post(weir.url, work(i)).then(answer);
  const before = arrays(weir.pid);
  const body = JSON.stringify(call(1, 'work', { millis: 600_000, pad: 'p'.repeat(1_000_000) }));
  const clients = Array.from({ length: 40 }, () => {
    const socket = net.connect(weir.port, '127.0.0.1', () => socket.write(head(body.length) + body));
    socket.on('error', () => {});
    return socket.resume();
  });
  t.after(() => clients.forEach((socket) => socket.destroy()));
  const decided = async () => {
    const { flow } = (await weir.stats()).global;
    return flow.offered.messages - 30 === clients.length;
  };
  const found = [];
  if (!(await eventually(decided, 60_000))) found.push('not all calls were decided on');
  const counted = (await weir.stats()).global.flow.queued;
  if (counted.messages < 10) found.push(`${counted.messages} calls wait`);
  const factor = (arrays(weir.pid) - before) / counted.bytes;
  if (!(factor < 1.5)) found.push(`each byte of a call that waits is ${factor.toFixed(2)} times on the heap`);
  await weir.stop();
  return found;
}

/** The bytes of all live arrays of bytes, after a collection. */
function arrays(pid) {
  const histogram = execFileSync(jdk('jcmd'), [String(pid), 'GC.class_histogram'], { encoding: 'utf8' });
  return Number(/^\s*\d+:\s+\d+\s+(\d+)\s+\[B /m.exec(histogram)[1]);
}

/** Clients of both eras that subscribe and leave: their streams end at the server too. */
export async function leftSubscriptions(t, how = {}) {
  const server = await helper(t, 'server');
  const weir = await gateway(t, server.port, [], how);
  const body = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}';
  const sockets = [false, true].map((stateless) => {
    const socket = net.connect(weir.port, '127.0.0.1', () => socket.write(head(body.length, stateless) + body));
    socket.on('error', () => {});
    return socket.resume();
  });
  const found = [];
  if (!(await eventually(async () => (await server.ask()).streams === 2, 60_000))) found.push('the server has no streams');
  sockets.forEach((socket) => socket.destroy());
  if (!(await eventually(async () => (await server.ask()).streams === 0, patience(how, 20_000)))) {
    found.push(`${(await server.ask()).streams} streams that were left are still open at the server`);
  }
  if (found.length === 0 && !(await eventually(async () => (await weir.stats()).global.pending.messages === 0))) {
    found.push('what was left is still pending');
  }
  await weir.stop();
  return found;
}

/** A batch that does not fit beside what is pending, although half of the connection is free: the core's answer. */
export async function pausedBatch(t, { classes } = {}) {
  const classPath = [...(classes ? [classes] : []), JAR].join(path.delimiter);
  const source = path.join(here, 'hostile/PausedBatch.java');
  const asked = spawnSync(jdk('java'), ['-cp', classPath, source], { timeout: patience({ classes }), killSignal: 'SIGKILL' });
  if (asked.error?.code === 'ETIMEDOUT') return ['the offer of a batch that does not fit never comes back'];
  const said = String(asked.stdout).trim();
  return said === 'PAUSED' ? [] : [`a batch that does not fit was ${said || asked.stderr}`];
}

/**
 * Children that misbehave, each in its own way: every request has one outcome before the time limit of requests, and
 * no process of a child is left while the gateway goes on.
 */
export async function misbehavingChildren(t, how = {}) {
  const directory = await folder(t);
  const { keys, file } = await keysOf(directory, ['tenant']);
  const mark = `${process.pid}-${path.basename(directory)}`;
  const servers = await mcpFile(directory, { hostile: HOSTILE_SERVER }, mark);
  const limits = ['upstreams.hostile.request_timeout_ms=600000', 'queue_limits.cleanup_interval_ms=1000'];
  const options = ['--api-keys', file];
  const weir = await gateway(t, undefined, [...HOSTILE_CHILDREN, ...limits], { ...how, servers, options });
  const left = () => processesOf(mark, 'hostile');
  t.after(() => left().forEach((pid) => process.kill(Number(pid), 'SIGKILL')));
  // A call that is never answered ends by that time limit alone.
  const misbehaviours = MISBEHAVIOURS.filter((name) => name !== 'silent');
  const clients = { clients: 4, misbehaviours, patience: patience(how, 30_000, 8_000) };
  const calling = await callers(t, weir, keys.tenant, clients);
  await eventually(async () => Object.values((await calling.ask()).tried).every((count) => count > 0), 60_000);
  const called = await calling.ask({ stop: true });
  const found = [...unanswered(called), ...(how.classes ? [] : untried({ called }))];
  if (!(await eventually(() => left().length === 0, patience(how)))) {
    found.push(`processes are left: ${commandLines(left())}`);
  }
  found.push(...thrown(weir.output));
  await weir.stop();
  return found;
}
