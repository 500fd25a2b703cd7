// What a user meets who configures nothing: the gateway with all its defaults before real and awkward servers, each row the
// same calls without the gateway first or beside it. Rows run at the same time, each with servers and gateways of its own.
// Counts are asserted; times are only reported, but for bounds that a loud machine does not reach.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import path from 'node:path';
import { answer, call, eventually, everything, gateway, here, post, session, start } from '../lib.mjs';

const HTTP_TOO_LATE = 'late';
const rows = [];

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

const millis = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function row(what, direct, weir) {
  rows.push(`| ${what} | ${direct} | ${weir} |`);
}

/** Ends what a test started. */
function own(t, started) {
  t.after(() => started.stop('SIGKILL'));
  return started;
}

async function small(t, mode, port = 0) {
  const server = own(t, await start(process.execPath, [path.join(here, 'defaults/server.mjs'), mode, String(port)], { ready: /listening on \d+/ }));
  const found = Number(/listening on (\d+)/.exec(server.output)[1]);
  return { ...server, port: found, url: `http://127.0.0.1:${found}/mcp` };
}

async function sdk(t) {
  const java = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin/java') : 'java';
  const libraries = ['weir-cli.jar', 'lib/*', 'demo/*'].map((each) => path.join(here, '../weir-cli/target', each)).join(path.delimiter);
  const server = own(t, await start(java, ['-Xmx512m', '-cp', libraries, path.join(here, 'defaults/SdkUpstream.java')], { ready: /listening on \d+/ }));
  return `http://127.0.0.1:${/listening on (\d+)/.exec(server.output)[1]}/mcp`;
}

/** One call: why it was not answered, if it was not, and how long it took. */
async function timed(url, message, headers = {}, patience = 0) {
  const begun = performance.now();
  const abort = patience ? { signal: AbortSignal.timeout(patience) } : {};
  let reason;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify(message),
      ...abort,
    });
    const body = await answer(response);
    reason = body.result && !body.result.isError ? undefined : (body.error?.data?.reason ?? body.error?.message ?? 'an error of the tool');
  } catch (error) {
    reason = error.name === 'TimeoutError' ? HTTP_TOO_LATE : `broken: ${error.cause?.code ?? error.message}`;
  }
  return { begun, reason, millis: performance.now() - begun };
}

/** Calls on a schedule, whatever is answered, until the time is over or a promise is kept; all that became of them. */
async function openLoop(perSecond, seconds, make) {
  const calls = [];
  const begun = performance.now();
  for (let i = 0; i < perSecond * seconds; i++) {
    await sleep(Math.max(0, begun + (i * 1_000) / perSecond - performance.now()));
    calls.push(make(i));
  }
  return Promise.all(calls);
}

const reasons = (ended) => {
  const counted = {};
  for (const each of ended.filter(({ reason }) => reason)) counted[each.reason] = (counted[each.reason] ?? 0) + 1;
  return counted;
};

function outcome(ended) {
  const failed = Object.entries(reasons(ended)).map(([reason, count]) => `, ${count} ${reason}`).join('');
  return `${ended.filter(({ reason }) => !reason).length} of ${ended.length} answered${failed}`;
}

const answeredMillis = (ended) => ended.filter(({ reason }) => !reason).map((each) => each.millis);

/** Looks at the circuit until it is told to end. */
function watchCircuit(weir) {
  const seen = new Set();
  const timer = setInterval(async () => {
    const { queues } = await weir.stats().catch(() => ({ queues: [] }));
    queues.forEach(({ circuit }) => seen.add(circuit));
  }, 200);
  return () => {
    clearInterval(timer);
    return [...seen].filter((state) => state !== 'closed');
  };
}

const long = (id, seconds) => call(id, 'trigger-long-running-operation', { duration: seconds, steps: 1 });

async function parallel(url, count, seconds) {
  const headers = await session(url);
  return Promise.all(Array.from({ length: count }, (_, id) => timed(url, long(id, seconds), headers)));
}

after(() => {
  console.log(['| calls | directly | through Weir |', '| --- | --- | --- |', ...rows.sort()].join('\n'));
});

describe('the gateway with its defaults', { concurrency: true }, () => {
  test('60 parallel calls of 20 s', { timeout: 200_000 }, async (t) => {
    const server = own(t, await everything());
    const weir = own(t, await gateway(server.url));
    const direct = await parallel(server.url, 60, 20);
    const through = await parallel(weir.url, 60, 20);
    row('1. server-everything: 60 parallel calls of 20 s', outcome(direct), outcome(through));
    assert.deepEqual(reasons(through), {});
  });

  test('64 parallel calls of 45 s, and quick ones of another client beside them', { timeout: 200_000 }, async (t) => {
    const server = own(t, await everything());
    const weir = own(t, await gateway(server.url));
    const quick = async (url, seconds) => {
      const headers = await session(url);
      return openLoop(10, seconds, (id) => timed(url, call(id, 'echo', { message: 'hello' }), headers));
    };
    const both = async (url) => {
      await quick(url, 3); // A JVM's first requests say nothing of those after them.
      const alone = percentile(answeredMillis(await quick(url, 10)), 0.95);
      const [slow, beside] = await Promise.all([parallel(url, 64, 45), quick(url, 45)]);
      return { slow, beside, alone, busy: percentile(answeredMillis(beside), 0.95) };
    };
    const told = ({ slow, beside, alone, busy }) => `slow: ${outcome(slow)}; quick: ${outcome(beside)}, `
      + `p95 ${millis(alone)} alone, ${millis(busy)} beside (${(busy / alone).toFixed(1)} x)`;
    const direct = await both(server.url);
    const circuit = watchCircuit(weir);
    const through = await both(weir.url);
    row('2. server-everything: 64 parallel calls of 45 s, 10 quick ones a second beside', told(direct), told(through));
    assert.deepEqual(circuit(), []);
    assert.deepEqual(reasons(through.slow), {});
    assert.deepEqual(reasons(through.beside), {});
    assert.ok(through.busy <= Math.max(5 * through.alone, 500), `${through.busy} ms beside ${through.alone} ms`);
  });

  test('100 healthy calls a second of the official Java SDK', { timeout: 200_000 }, async (t) => {
    const url = await sdk(t);
    const weir = own(t, await gateway(url));
    const load = async (to) => {
      const headers = await session(to);
      return openLoop(100, 30, (id) => timed(to, call(id, 'slow', { ms: 500 }), headers, 60_000));
    };
    const told = (ended) => `${outcome(ended)}, p95 ${millis(percentile(answeredMillis(ended), 0.95))}`;
    const direct = await load(url);
    const circuit = watchCircuit(weir);
    const through = await load(weir.url);
    row('3. Java SDK server: 100 calls a second of 500 ms for 30 s', told(direct), told(through));
    assert.deepEqual(circuit(), []);
    assert.deepEqual(reasons(through), {});
  });

  test('three tools of 1 ms, 300 ms and 15 s', { timeout: 200_000 }, async (t) => {
    const server = await small(t, 'parallel');
    const weir = own(t, await gateway(server.url));
    const tools = [['quick', 1, 30], ['middle', 300, 10], ['slow', 15_000, 1]];
    const load = async (url) => (await Promise.all(tools.map(([name, ms, rate]) => openLoop(rate, 30, (id) => timed(url, call(`${name} ${id}`, name, { ms })))))).flat();
    const direct = await load(server.url);
    const circuit = watchCircuit(weir);
    const through = await load(weir.url);
    row('4. three tools (1 ms, 300 ms, 15 s) on a server that copes, 30 s', outcome(direct), outcome(through));
    assert.deepEqual(circuit(), []);
    assert.deepEqual(reasons(through), {});
  });

  /** Five calls a second all the time; a promise of all that became of them when it is told to end. */
  function steady(url) {
    const calls = [];
    let id = 0;
    const timer = setInterval(() => calls.push(timed(url, call(id++, 'work', { ms: 50 }), {}, 30_000).then((ended) => {
      done.push(ended);
      return ended;
    })), 200);
    const done = [];
    return {
      done,
      end: () => {
        clearInterval(timer);
        return Promise.all(calls);
      },
    };
  }

  /** Takes the server away and brings it back; when that was noticed, and used. */
  async function outage(t, what, away, back) {
    const server = await small(t, 'parallel');
    const weir = own(t, await gateway(server.url));
    const load = steady(weir.url);
    assert.ok(await eventually(() => load.done.filter(({ reason }) => !reason).length >= 10), 'it works at first');
    await away(server);
    const gone = performance.now();
    const refused = () => load.done.find(({ begun, reason, millis: taken }) => begun > gone && reason && reason !== HTTP_TOO_LATE && taken < 1_000);
    const noticed = await eventually(refused, 30_000);
    assert.ok(noticed, `${what}: a call is refused quickly`);
    await sleep(8_000);
    const during = load.done.filter(({ begun, reason }) => begun >= noticed.begun && reason);
    await back(server);
    const returned = performance.now();
    const used = await eventually(() => load.done.find(({ begun, reason }) => begun > returned && !reason), 30_000);
    const all = await load.end();
    assert.ok(used, `${what}: its return is used`);
    row(
      what,
      '',
      `noticed after ${millis(noticed.begun - gone)}; ${all.filter(({ begun, reason }) => begun < noticed.begun && begun > gone && reason).length} calls lost before; `
        + `then refused within ${millis(percentile(during.map((each) => each.millis), 0.5))} (p50), ${millis(percentile(during.map((each) => each.millis), 0.95))} (p95) as ${Object.keys(reasons(during)).join(', ')}; used ${millis(used.begun - returned)} after its return`,
    );
    assert.ok(during.length > 0 && during.every(({ reason }) => !reason.startsWith('broken')), `every one is told why: ${JSON.stringify(reasons(during))}`);
    assert.ok(used.begun - returned < 10_000, `used after ${used.begun - returned} ms`);
  }

  test('a server that dies and comes back', { timeout: 200_000 }, (t) => outage(
    t,
    '6a. a server that is killed, and started again; 5 calls a second',
    (server) => server.stop('SIGKILL'),
    async (server) => { await small(t, 'parallel', server.port); },
  ));

  test('a server that hangs and goes on', { timeout: 200_000 }, (t) => outage(
    t,
    '6b. a server that takes connections and never answers, and goes on; 5 calls a second',
    async (server) => process.kill(server.child.pid, 'SIGSTOP'),
    async (server) => process.kill(server.child.pid, 'SIGCONT'),
  ));
});

// Alone: beside the others, the two JVMs and the server would share two processors with ten more, and the start would be measured.
describe('the gateway with its defaults, and nothing beside it', () => {
  test('a server that does one call at a time, offered four times what it can do', { timeout: 200_000 }, async (t) => {
    const [seconds, patience, ms] = [30, 2_000, 200];
    const load = async (prepare) => {
      const server = await small(t, 'single');
      const url = await prepare(server);
      const cancel = (id) => post(url, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }).then((r) => r.text(), () => {});
      return openLoop(20, seconds, async (id) => {
        const ended = await timed(url, call(id, 'work', { ms }), { 'X-Request-Timeout-Ms': String(patience) }, patience);
        if (ended.reason === HTTP_TOO_LATE) await cancel(id);
        return ended;
      });
    };
    const [direct, weir, byHand] = await Promise.all([
      load(async (server) => server.url),
      load(async (server) => own(t, await gateway(server.url)).url),
      load(async (server) => own(t, await gateway(server.url, 'upstreams.default.capacity=1')).url),
    ]);
    const can = (seconds * 1_000) / ms;
    const useful = (ended) => answeredMillis(ended).filter((each) => each <= patience).length;
    const told = (ended) => `${((100 * useful(ended)) / can).toFixed(0)} % of what it can do (${outcome(ended)})`;
    row('5. one call of 200 ms at a time, 20 a second, deadline 2 s', told(direct), `${told(weir)}; with \`capacity: 1\`: ${told(byHand)}`);
    assert.ok(useful(byHand) >= 0.7 * can, `${useful(byHand)} with capacity 1`);
    assert.ok(useful(weir) >= 0.4 * can, `${useful(weir)} with the defaults`);
    assert.ok(useful(weir) > 2 * useful(direct), 'the gateway helps');
  });
});
