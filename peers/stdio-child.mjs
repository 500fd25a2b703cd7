// A stdio server that says who asked: in its response, in progress, and in a notification of its log.
import readline from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

function call({ id, params }) {
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
