// A stdio server that says who asked: in its response, in progress, and in a notification of its log. Tools in
// MISBEHAVES misbehave, and a client with the name 'mute' gets no response to initialize. As 'stubborn' it ignores the end
// of its input and SIGTERM.
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import readline from 'node:readline';

const stubborn = process.argv.includes('stubborn');

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const result = (id, content = []) => say({ jsonrpc: '2.0', id, result: { content } });

/** Processes that ignore what asks them to end: in the group of this one, in a session of their own, and there without a parent. */
const STAYS = "trap '' TERM HUP INT; while :; do sleep 1; done";
const LEAVES_BEHIND = {
  fork: ['sh', '-c', STAYS],
  escape: ['setsid', 'sh', '-c', STAYS],
  orphan: ['setsid', 'sh', '-c', `sh -c "$0" & exit 0`, STAYS],
};

const PART = 'x'.repeat(64 * 1024);
const GARBAGE = Buffer.from('this is no JSON\n[1,2\n\0\xff\n{"jsonrpc":"2.0","id":123456,"result":{}}\n\n', 'latin1');
const FLOOD = 'a line of a flood to standard error, of which the last few are of use\n';

/** Ends when nobody reads any more: else this process would go on after its gateway. */
function writeForever(error) {
  if (error) process.exit(1);
  else process.stdout.write(PART, writeForever);
}

const MISBEHAVES = {
  silent() {},
  /** Blocks its only thread, so that it reads nothing and runs no handler of a signal. */
  deaf() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  exit() {
    process.exit(7);
  },
  half(id) {
    process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"resu`, () => process.exit(3));
  },
  /** The end of the output, and no end of the process. */
  close() {
    process.stdout.on('error', () => {});
    closeSync(1);
  },
  /** A line without an end. */
  endless() {
    writeForever();
  },
  garbage(id) {
    for (let i = 0; i < 500; i++) process.stdout.write(GARBAGE);
    result(id);
  },
  flood(id) {
    for (let i = 0; i < 20_000; i++) process.stderr.write(FLOOD);
    result(id);
  },
  twice(id) {
    result(id);
    result(id);
  },
};
for (const [name, [command, ...args]] of Object.entries(LEAVES_BEHIND)) {
  MISBEHAVES[name] = (id) => {
    spawn(command, args, { stdio: 'ignore' });
    result(id);
  };
}

function call({ id, params }) {
  const misbehave = MISBEHAVES[params.name];
  if (misbehave) {
    misbehave(id);
    return;
  }
  const who = params.arguments?.who;
  const progressToken = params._meta?.progressToken;
  const answer = () => {
    if (progressToken !== undefined) {
      say({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1, message: who } });
      say({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: who } });
    }
    result(id, [{ type: 'text', text: who }]);
  };
  if (params.arguments?.wait) setTimeout(answer, params.arguments.wait);
  else answer();
}

function initialize({ id, params }) {
  if (params.clientInfo?.name === 'mute') return;
  const info = { capabilities: { tools: {}, logging: {} }, serverInfo: { name: 'child', version: '1' } };
  say({ jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25', ...info } });
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === 'initialize') initialize(message);
  else if (message.method === 'tools/call') call(message);
  else if (message.method && message.id !== undefined) say({ jsonrpc: '2.0', id: message.id, result: {} });
});

if (stubborn) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 60_000);
}
