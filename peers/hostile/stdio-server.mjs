// An MCP server over stdio that the gateway starts, with the tools of server.mjs. What begins and ends is told to a port, where
// it is counted over all of them (children.mjs).
import net from 'node:net';
import readline from 'node:readline';

const BIG_BYTES = 1024 * 1024;
const counter = net.connect(Number(process.argv[2]), '127.0.0.1');
counter.on('error', () => {});
counter.unref();

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const answer = (id, text) => say({ id, result: { content: [{ type: 'text', text }] } });

/** Takes as long as it was asked to, cancelled or not, as most servers do. */
function call(id, { name, arguments: args }) {
  counter.write('+');
  setTimeout(() => {
    counter.write('-');
    answer(id, name === 'big' ? 'x'.repeat(args.bytes ?? BIG_BYTES) : 'done');
  }, args.millis ?? 0);
}

function received({ id, method, params }) {
  if (id === undefined || !method) return;
  if (method === 'initialize') {
    say({ id, result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'hostile', version: '1' } } });
  } else if (method === 'tools/call') {
    call(id, params);
  } else if (method !== 'subscriptions/listen') {
    say({ id, result: {} });
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => received(JSON.parse(line)));
