// Starts what the hostile tests need, each a process of its own, and looks at what a gateway's process holds.
import { execFileSync, fork, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort, here } from '../lib.mjs';

export const root = path.dirname(here);
/** Another build can be judged by the same tests. */
export const JAR = process.env.WEIR_JAR ?? path.join(root, 'weir-cli/target/weir-cli.jar');
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export const jdk = (tool) => (process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', tool) : tool);

export const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Runs what takes a test's context, and ends what that started before another begins. */
export async function scoped(run) {
  const endings = [];
  try {
    return await run({ after: (ending) => endings.unshift(ending) });
  } finally {
    for (const ending of endings) await ending();
  }
}

/** A folder that is gone when the test has ended. */
export async function folder(t) {
  const made = await mkdtemp(path.join(os.tmpdir(), 'weir-hostile-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A key for each tenant, and the file of the gateway that holds their hashes. */
export async function keysOf(directory, tenants) {
  const keys = Object.fromEntries(tenants.map((tenant) => [tenant, randomBytes(24).toString('hex')]));
  const file = path.join(directory, 'keys');
  const hash = (key) => createHash('sha256').update(key).digest('hex');
  await writeFile(file, tenants.map((tenant) => `${tenant}:sha256:${hash(keys[tenant])}\n`).join(''), { mode: 0o600 });
  return { keys, file };
}

/** A process of one of the modules beside this one; asks are answered in order. */
export async function helper(t, name, config) {
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const child = fork(path.join(here, 'hostile', `${name}.mjs`), config ? [JSON.stringify(config)] : [], { stdio });
  running.add(child);
  child.on('exit', () => running.delete(child));
  const waiting = [];
  child.on('message', (message) => waiting.shift()?.resolve(message));
  child.on('exit', (code) => waiting.splice(0).forEach((each) => each.reject(new Error(`${name} ended with ${code}`))));
  const next = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  t.after(() => child.kill('SIGKILL'));
  const hello = await next();
  const ask = (what = {}) => {
    const answer = next();
    child.send(what);
    return answer;
  };
  return { ...hello, ask, pid: child.pid };
}

/** The files of a certificate that the gateway's clients need not trust, and of its key. */
export function certificate(directory) {
  const [pem, key] = ['certificate.pem', 'key.pem'].map((name) => path.join(directory, name));
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', pem], { stdio: 'pipe' });
  return { pem, key };
}

/**
 * The gateway with so much heap, in front of an HTTP server's port or of the servers of a file (mcpFile), which it
 * starts; classes ahead of the jar take the place of the jar's. With lines, clients connect to its port for TCP.
 */
export async function gateway(t, upstream, settings, { heap = '256m', options = [], classes, lines, servers } = {}) {
  if (!existsSync(JAR)) execFileSync(path.join(root, 'weir'), ['--version']);
  const [http, admin, tcp] = [await freePort(), await freePort(), lines && (await freePort())];
  const classPath = [...(classes ? [classes] : []), JAR].join(path.delimiter);
  const java = [
    ...['-XX:+ExitOnOutOfMemoryError', `-Xmx${heap}`, '-cp', classPath, 'io.weir.cli.Weir', 'gateway'],
    ...(servers ? ['--mcp-config', servers] : ['--upstream', `http://127.0.0.1:${upstream}/mcp`]),
    ...['--http', `127.0.0.1:${http}`, '--admin', `127.0.0.1:${admin}`],
    ...(lines ? ['--tcp', `127.0.0.1:${tcp}`] : []),
    ...options,
    ...settings.flatMap((each) => ['--set', each]),
  ];
  const child = spawn(jdk('java'), java, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const made = { port: tcp || http, admin, pid: child.pid, output: '', url: `http://127.0.0.1:${http}/mcp` };
  made.ended = new Promise((resolve) => child.on('exit', (code, signal) => {
    running.delete(child);
    made.dead = { code, signal };
    resolve(made.dead);
  }));
  const take = (data) => (made.output = (made.output + data).slice(0, 1_000_000));
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  t.after(() => child.kill('SIGKILL'));
  const late = Date.now() + 60_000;
  while (!/^queue .*\n/m.test(made.output) || !(await healthy(admin))) {
    if (made.dead || Date.now() > late) throw new Error(`the gateway did not start: ${made.output}`);
    await sleep(50);
  }
  made.stop = () => {
    child.kill('SIGKILL');
    return made.ended;
  };
  made.stats = async () => (await fetch(`http://127.0.0.1:${admin}/stats`)).json();
  made.memory = () => memory(child.pid);
  return made;
}

async function healthy(admin) {
  try {
    return (await fetch(`http://127.0.0.1:${admin}/healthz`)).ok;
  } catch {
    return false;
  }
}

/** What is resident now and was at most, in bytes. */
function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)[1]) * 1024;
  return { now: bytes('VmRSS'), most: bytes('VmHWM') };
}

/** The CPU time that a process has taken, in seconds. */
export function cpu(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

const MARK = 'WEIR_HOSTILE_SERVER';

/** A file of servers that the gateway starts, commands by name. Their processes have a mark in their environment. */
export async function mcpFile(directory, commands, mark) {
  const server = ([name, [command, ...args]]) => [name, { command, args, env: { [MARK]: `${mark}-${name}` } }];
  const file = path.join(directory, 'mcp.json');
  await writeFile(file, JSON.stringify({ mcpServers: Object.fromEntries(Object.entries(commands).map(server)) }));
  return file;
}

/**
 * The processes of the server of that name, with those that they started, whatever their group and parent are now. A
 * process that has ended, and that its parent has not waited for, has no environment.
 */
export function processesOf(mark, name) {
  const wanted = `${MARK}=${mark}-${name}`;
  const isOf = (pid) => procFile(pid, 'environ').split('\0').includes(wanted);
  return readdirSync('/proc').filter((each) => /^\d+$/.test(each)).filter(isOf);
}

export function commandLines(pids) {
  return pids.map((pid) => procFile(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 100)).join('; ');
}

/** Nothing where the process has ended, or is another user's. */
function procFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Exceptions in a gateway's log, each by the line before its frames. */
export function thrown(output) {
  const traces = [...output.matchAll(/^(.*)\n\s+at [\w.$/]+\(/gm)];
  return traces.slice(0, 5).map(([, line]) => `in the log: ${line.slice(0, 300)}`);
}

const ESTABLISHED = '01';

/** How many established connections have that local port, and how many that remote one, of this machine. */
export function connections(port) {
  let [local, remote] = [0, 0];
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, from, to, state] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED) continue;
      if (from.endsWith(wanted)) local++;
      if (to.endsWith(wanted)) remote++;
    }
  }
  return { local, remote };
}

/** The value that so much of the values is not above. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (values) => percentile(values, 0.5);
