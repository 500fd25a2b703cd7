// Starts real servers and the gateway on free ports of the loopback interface, and ends them again.
import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { promisify } from 'node:util';

export const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const running = new Set();

process.on('exit', () => running.forEach((child) => kill(child, 'SIGKILL')));

function kill(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

/** A free port; somebody else may take it before it is used, which a test would tell. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a process in a group of its own, and resolves once its output matches. */
export async function start(command, args, { env = {}, ready, cwd = root } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const started = { child, output: '' };
  started.ended = new Promise((resolve) => child.on('exit', (code, signal) => {
    running.delete(child);
    resolve({ code, signal });
  }));
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command} did not start:\n${started.output}`)), 120_000);
    const take = (data) => {
      started.output += data;
      if (ready.test(started.output)) {
        clearTimeout(late);
        resolve();
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    started.ended.then(({ code }) => reject(new Error(`${command} ended with ${code}:\n${started.output}`)));
  });
  started.stop = async (signal = 'SIGTERM') => {
    kill(child, signal);
    return started.ended;
  };
  return started;
}

/** server-everything over Streamable HTTP. */
export async function everything() {
  const port = await freePort();
  const server = await start(
    process.execPath,
    ['-r', path.join(here, 'loopback.cjs'), path.join(here, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
    { env: { PORT: String(port) }, ready: /listening on port/ },
  );
  return { ...server, url: `http://127.0.0.1:${port}/mcp` };
}

/** The gateway in front of one URL; settings are SECTION.KEY=VALUE. */
export function gateway(upstream, ...settings) {
  return gatewayWith(['--upstream', upstream, ...settings.flatMap((setting) => ['--set', setting])]);
}

/** The gateway with options of its own, and in front of a command if there is one; on a port of its own if none is given. */
export async function gatewayWith(options, command = [], port = undefined) {
  const [http, admin] = [port ?? await freePort(), await freePort()];
  const args = ['gateway', ...options, '--http', `127.0.0.1:${http}`, '--admin', `127.0.0.1:${admin}`, ...(command.length > 0 ? ['--', ...command] : [])];
  const process = await start(path.join(root, 'weir'), args, { ready: /^queue .*\n/m });
  const stats = async () => (await fetch(`http://127.0.0.1:${admin}/stats`)).json();
  // The same object, whose output grows.
  return Object.assign(process, { port: http, admin, url: `http://127.0.0.1:${http}/mcp`, stats });
}

/** Limits that no test of transparency comes near. */
export const GENEROUS = ['queue_limits.max_messages=10000', 'backpressure.max_messages_per_sec=100000', 'backpressure.tenant_max_messages_per_sec=1000000'];

/** Polls until a value is true; the last value otherwise. */
export async function eventually(look, millis = 20_000) {
  const end = Date.now() + millis;
  let value = await look();
  while (!value && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    value = await look();
  }
  return value;
}

/** One JSON-RPC message over bare HTTP. */
export function post(url, message, headers = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'i',
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'peer', version: '1' } },
};

/** Opens a session over bare HTTP; returns the headers that go with it. */
export async function session(url) {
  const opened = await post(url, INITIALIZE);
  await opened.text();
  const headers = { 'Mcp-Session-Id': opened.headers.get('mcp-session-id'), 'MCP-Protocol-Version': '2025-06-18' };
  await (await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers)).text();
  return headers;
}

export const call = (id, name, args = {}) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });

/** The JSON-RPC answer in a response, whether it came as JSON or as an event. */
export async function answer(response) {
  const text = await response.text();
  const data = text.split('\n').filter((line) => line.startsWith('data: {'));
  return JSON.parse(data.length > 0 ? data[data.length - 1].slice(6) : text);
}

/** Where Chromium is, for playwright; or why a test in a browser is to be skipped, which is told. */
export async function chromiumFor(what) {
  for (const name of process.env.WEIR_CHROMIUM ? [process.env.WEIR_CHROMIUM] : ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return { executablePath: (await promisify(execFile)('sh', ['-c', 'command -v "$0"', name])).stdout.trim(), skip: false };
    } catch {
      // The next one.
    }
  }
  const skip = `left out: ${what}. It needs Chromium: apt-get install chromium (Debian), or its path in WEIR_CHROMIUM`;
  console.error(skip);
  return { skip };
}
