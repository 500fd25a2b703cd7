// A stdio server that says who asked: in its response, in progress, and in a notification of its log. As 'stubborn' it ignores the
// end of its input and SIGTERM.
import { spawn } from 'node:child_process';
import readline from 'node:readline';

const stubborn = process.argv.includes('stubborn');

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Processes that ignore what asks them to end: in the group of this one, in a session of their own, and there without a parent. */
const STAYS = "trap '' TERM HUP INT; while :; do sleep 1; done";
const LEAVES_BEHIND = {
  fork: ['sh', '-c', STAYS],
  escape: ['setsid', 'sh', '-c', STAYS],
  orphan: ['setsid', 'sh', '-c', `sh -c "$0" & exit 0`, STAYS],
};

function call({ id, params }) {
  const words = LEAVES_BEHIND[params.name];
  if (words) {
    spawn(words[0], words.slice(1), { stdio: 'ignore' });
    say({ jsonrpc: '2.0', id, result: { content: [] } });
    return;
  }
  const who = params.arguments?.who;
  const progressToken = params._meta?.progressToken;
  const answer = () => {
    if (progressToken !== undefined) {
      say({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1, message: who } });
      say({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: who } });
    }
    say({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: who }] } });
  };
  if (params.arguments?.wait) setTimeout(answer, params.arguments.wait);
  else answer();
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === 'initialize') {
    const result = { protocolVersion: '2025-11-25', capabilities: { tools: {}, logging: {} }, serverInfo: { name: 'child', version: '1' } };
    say({ jsonrpc: '2.0', id: message.id, result });
  } else if (message.method === 'tools/call') {
    call(message);
  } else if (message.method && message.id !== undefined) {
    say({ jsonrpc: '2.0', id: message.id, result: {} });
  }
});

if (stubborn) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 60_000);
}
