// One run of the hostile suite: a well-behaved tenant alone, then beside hostile connections of every kind. It says what it
// saw; violations() says what of that must not be.
import path from 'node:path';
import { eventually, here } from '../lib.mjs';
import { HOSTILE_CHILDREN, HOSTILE_SERVER, callers, unanswered } from './misbehaviour.mjs';
import { certificate, connections, cpu, folder, gateway, helper, keysOf, median, percentile, sleep } from './rig.mjs';
import { commandLines, mcpFile, processesOf, thrown } from './rig.mjs';

/** Of 9,000 hostile connections, how many do what; of some kinds, how often a second one of them acts. */
const PLAN = {
  neverRead: 1_500, trickleRead: 1_500, trickleHead: 1_500, trickleBody: 1_500, halfBody: 300, wholeBody: 60,
  initialize: 340, ping: 400, get: 400, delete: 300, listen: 400, leave: 300, cancel: 150, reconnect: 200, batch: 150,
};
const RATES = {
  wholeBody: 8, initialize: 40, ping: 60, get: 30, delete: 40, listen: 30, leave: 60, cancel: 60, reconnect: 30, batch: 2,
};
const MIB = 1024 * 1024;
/** Until all hostile connections are open. */
const OPENING_MILLIS = 16_000;
const WORKERS = 3;
const ADDRESSES_PER_WORKER = 6;
/** Of calls, and of answers without an end: an operator gives what may take long a capacity of its own. */
const CAPACITY = 16;
const BIG_CAPACITY = 8;
/**
 * The most that the server may have at once. Calls that are left take 300 ms, and those that are answered 100 to 200: their
 * slots are held for that, so half as many again may be running.
 */
const MAX_JOBS = (CAPACITY * 3) / 2 + BIG_CAPACITY;
const SETTINGS = [
  `upstreams.default.capacity=${CAPACITY}`,
  `upstreams.default.tools.big.capacity=${BIG_CAPACITY}`,
  'edge.session_idle_timeout_ms=20000',
  'queue_limits.cleanup_interval_ms=5000',
];
/** Room for so many connections, at the cost of what may wait and of slow clients: by default 256 MiB take fewer. */
const ROOM = [
  'edge.max_connections=9500',
  'queue_limits.global_max_bytes=20971520',
  'edge.max_buffered_answer_bytes=18874368',
];
/** Well within the share of one of four tenants. */
const TENANT = { millis: 100, perSecond: 24 };
const STDIO_SERVER = path.join(here, 'hostile', 'stdio-server.mjs');
/** Of the servers that the gateway starts: each tenant has room for a session, and for its requests without one. */
const MAX_CHILDREN = 12;
const CHILDREN = [
  `upstreams.default.children.max=${MAX_CHILDREN}`,
  `upstreams.default.children.max_per_tenant=${MAX_CHILDREN / 4}`,
  'upstreams.default.children.starts_per_sec=2',
  'upstreams.default.children.idle_timeout_ms=10000',
];

/** What clients and servers are connected by, and the heap that has room for as many. */
export const TRANSPORTS = {
  http: { heap: '256m' },
  tls: { heap: '384m', secure: true },
  tcp: { heap: '256m', lines: true },
  'tcp-tls': { heap: '768m', lines: true, secure: true },
  stdio: { heap: '384m', stdio: true },
};

/**
 * @param options transport, action, eras, windows and quietWindows, windowMillis, settings, scale (which part of the
 *     connections there is), heap in MiB as "256m", and what else gateway() takes
 * @returns what was seen
 */
export async function overload(t, { transport = 'http', action, eras, windows, quietWindows = windows, windowMillis, settings = [], scale, heap, ...how }) {
  const directory = await folder(t);
  const { keys, file } = await keysOf(directory, ['honest', 'mallory', 'mordred', 'morgana', 'agravain']);
  const { lines = false, secure = false, stdio = false } = TRANSPORTS[transport];
  const server = await helper(t, stdio ? 'children' : 'server');
  const files = secure ? certificate(directory) : {};
  const mark = `${process.pid}-${server.port}`;
  const servers = { default: [process.execPath, STDIO_SERVER, String(server.port)], hostile: HOSTILE_SERVER };
  const front = lines ? 'tcp' : 'http';
  const tls = secure ? [`${front}.tls_certificate=${files.pem}`, `${front}.tls_key=${files.key}`] : [];
  const weir = await gateway(
    t,
    server.port,
    // A smaller heap cannot have that room: it refuses connections.
    [
      `queue_limits.backpressure_action=${action}`,
      ...SETTINGS, ...(parseInt(heap) < 256 ? [] : ROOM), ...tls, ...(stdio ? [...CHILDREN, ...HOSTILE_CHILDREN] : []),
      ...settings,
    ],
    { ...how, heap, lines, servers: stdio && (await mcpFile(directory, servers, mark)), options: ['--api-keys', file] },
  );
  const reached = { port: weir.port, path: stdio ? '/default/mcp' : '/mcp', speaks: lines ? 'lines' : 'http', secure };
  const tenant = await helper(t, 'tenant', { ...reached, key: keys.honest, ...TENANT });
  const watch = async (count) => {
    const seen = [];
    for (let i = 0; i < count; i++) {
      await sleep(windowMillis);
      seen.push(await tenant.ask());
    }
    return seen;
  };

  await watch(2); // its code is compiled
  const quiet = await watch(quietWindows);
  await server.ask();

  const { honest, agravain, ...hostileKeys } = keys;
  const attackers = await Promise.all(Array.from({ length: WORKERS }, (_, worker) => helper(t, 'attackers', {
    ...reached,
    keys: Object.values(hostileKeys),
    addresses: Array.from({ length: ADDRESSES_PER_WORKER }, (_, i) => `127.0.${worker + 1}.${i + 1}`),
    eras,
    plan: Object.fromEntries(Object.entries(PLAN).map(([name, count]) => [name, Math.ceil((count * scale) / WORKERS)])),
    rates: Object.fromEntries(Object.entries(RATES).map(([name, rate]) => [name, (rate * scale) / WORKERS])),
  })));
  const calling = stdio ? { callers: await callers(t, weir, agravain) } : {};
  const processes = { gateway: weir, server, tenant, ...attackers, ...calling };
  const used = () => Object.entries(processes).map(([name, { pid }]) => [name, weir.dead ? 0 : cpu(pid)]);
  const opening = await watch(Math.ceil((secure ? 2 : 1) * OPENING_MILLIS / windowMillis));
  const [before, began] = [Object.fromEntries(used()), performance.now()];
  const loaded = await watch(windows);
  const seconds = (performance.now() - began) / 1000;
  const cpus = used().map(([name, each]) => `${name} ${((each - before[name]) / seconds).toFixed(2)}`);
  const attacked = await Promise.all(attackers.map((each) => each.ask()));
  const served = await server.ask();
  const [memory, during] = weir.dead ? [] : [weir.memory(), await weir.stats()];

  await Promise.all(attackers.map((each) => each.ask({ stop: true })));
  const called = await calling.callers?.ask({ stop: true });
  await tenant.ask({ stop: true });
  const stopped = performance.now();
  let left = ['all'];
  while (!weir.dead && left.length > 0 && performance.now() - stopped < 60_000) {
    await sleep(500);
    left = held({
      stats: await weir.stats(),
      server: await server.ask(),
      clients: connections(weir.port),
      upstreams: stdio ? undefined : connections(server.port),
      streams: lines ? 1 : 0,
      hostile: processesOf(mark, 'hostile'),
    });
  }
  const { dead } = weir;
  const leftAfter = performance.now() - stopped;
  await weir.stop();
  const orphans = () => Object.keys(servers).flatMap((name) => processesOf(mark, name));
  if (!(await eventually(() => orphans().length === 0, 5_000))) {
    left.push(`processes of a gateway that was killed: ${commandLines(orphans())}`);
  }
  return {
    quiet,
    loaded,
    opening,
    cpus,
    attacked: attacked.reduce((sum, each) => merge(sum, each)),
    called,
    served,
    memory,
    ceiling: ceiling(weir.output),
    during,
    left,
    leftAfter,
    dead,
    output: weir.output,
  };
}

function merge(a, b) {
  if (typeof a !== 'object') return a + b;
  return Object.fromEntries(Object.keys(a).map((key) => [key, merge(a[key], b[key])]));
}

/** What is held although nobody asks for anything any more. The tenant's session and its idle connections may stay. */
function held({ stats, server, clients, upstreams, streams, hostile }) {
  const counts = {
    'pending messages': stats.global.pending.messages,
    'pending bytes': stats.global.pending.bytes,
    'control messages': stats.global.control.messages,
    'in flight': stats.global.flow.in_flight.messages,
    queued: stats.global.flow.queued.messages,
    'in flight in the queues': stats.queues.reduce((sum, queue) => sum + queue.in_flight, 0),
    "the server's jobs": server.running.work + server.running.big,
    // The session of a client over TCP has a stream.
    "the server's streams": server.streams - streams,
    "the server's sessions": server.sessions - 1,
    "clients' connections": clients.local - 128,
    "the server's connections": (upstreams?.local ?? 0) - 64,
    // Of the tenant's session and of its requests without one.
    'children': (server.children ?? 0) - 2,
    'children that the gateway counts': stats.edge.children - 2,
    'processes of children that misbehave': hostile.length,
  };
  return Object.entries(counts).filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
}

/** The most that the process may have resident, by what the gateway says when it starts. Nothing if it does not say so. */
function ceiling(output) {
  const [, number, unit] = /resident +at most ([\d.]+) ([KMG]iB)/.exec(output) ?? [];
  return number && Number(number) * { KiB: 1024, MiB: MIB, GiB: 1024 * MIB }[unit];
}

function sum(windows, of) {
  return windows.reduce((total, each) => total + of(each), 0);
}

/** The tenant's latency that one in a hundred of its calls passes: of each window, and of these the middle one. */
export function p99(windows) {
  return median(windows.map((each) => percentile(each.latencies, 0.99)));
}

export function summary(facts) {
  if (facts.dead) return [];
  const share = (sum(facts.loaded, (each) => each.served) / sum(facts.loaded, (each) => each.sent)) * 100;
  const failures = {};
  for (const each of [...facts.opening, ...facts.loaded]) {
    for (const [what, count] of Object.entries(each.failures)) failures[what] = (failures[what] ?? 0) + count;
  }
  const windows = [...facts.opening, ...facts.loaded].map((each) => `${each.served}/${each.sent}`);
  const mib = (bytes) => `${Math.round(bytes / MIB)} MiB`;
  const sent = sum(facts.loaded, (each) => each.sent);
  const [loud, quiet] = [p99(facts.loaded).toFixed(0), p99(facts.quiet).toFixed(0)];
  const stated = facts.ceiling ? mib(facts.ceiling) : 'no stated ceiling';
  return [
    `served ${share.toFixed(2)} % of ${sent}, p99 ${loud} ms (quiet: ${quiet} ms)`,
    `served of sent, by window: ${windows.join(' ')}`,
    `failures ${JSON.stringify(failures)}`,
    `at most ${facts.served.most} jobs at once; resident ${mib(facts.memory.most)} of ${stated}`,
    `processors: ${facts.cpus.join(', ')}`,
    `hostile: ${JSON.stringify(facts.attacked)}`,
    ...(facts.called ? [`of children that misbehave: ${JSON.stringify(facts.called)}`] : []),
    `the server saw ${JSON.stringify(facts.served)}`,
    `left after ${(facts.leftAfter / 1000).toFixed(1)} s: ${facts.left.join(', ') || 'nothing'}`,
    `queues ${JSON.stringify(facts.during.queues)}`,
    `edge ${JSON.stringify(facts.during.edge)}`,
  ];
}

/** What was promised of the service to others and is not so. Another program on the machine can bring this about too. */
export function disservice(facts) {
  if (facts.dead) return [];
  const found = [];
  const share = sum(facts.loaded, (each) => each.served) / sum(facts.loaded, (each) => each.sent);
  if (!(share >= 0.99)) found.push(`the tenant was served ${(share * 100).toFixed(2)} % of its calls`);
  const [loud, quiet] = [p99(facts.loaded), p99(facts.quiet)];
  if (!(loud <= 2 * quiet)) {
    found.push(`the tenant's p99 is ${loud.toFixed(0)} ms; without the hostile clients it is ${quiet.toFixed(0)} ms`);
  }
  return found;
}

/** Bounds that hold on any machine, and were passed. */
export function violations(facts) {
  if (facts.dead) return [`the gateway ended with ${facts.dead.code ?? facts.dead.signal}: ${facts.output.slice(-500)}`];
  const found = [];
  if (facts.served.children > MAX_CHILDREN) {
    found.push(`the gateway had ${facts.served.children} children, and may have ${MAX_CHILDREN}`);
  }
  if (facts.served.most > MAX_JOBS) {
    found.push(`the server had ${facts.served.most} jobs at once, and may have ${MAX_JOBS}`);
  }
  if (facts.ceiling === undefined) found.push('the gateway states no ceiling of its memory');
  else if (facts.memory.most > facts.ceiling) {
    found.push(`${facts.memory.most} bytes were resident, and the gateway stated at most ${facts.ceiling}`);
  }
  if (facts.left.length > 0) found.push(`a minute after: ${facts.left.join(', ')}`);
  found.push(...(facts.called ? unanswered(facts.called) : []), ...thrown(facts.output));
  return found;
}
