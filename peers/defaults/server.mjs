// A small MCP server over HTTP without sessions. The tool `work` takes the milliseconds in its argument `ms`, one call
// after the other where the first argument is `single` (as a server does that blocks), else all at the same time. It does
// not notice when nobody waits for a call any more. The second argument is the port.
import http from 'node:http';

const isSingle = process.argv[2] === 'single';
let last = Promise.resolve();

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

function work(millis) {
  if (!isSingle) return sleep(millis);
  last = last.then(() => sleep(millis));
  return last;
}

async function result(message) {
  if (message.method === 'initialize') {
    return { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'defaults', version: '1' } };
  }
  if (message.method === 'tools/call') {
    await work(message.params.arguments.ms);
    return { content: [{ type: 'text', text: 'done' }] };
  }
  return {};
}

const server = http.createServer(async (request, response) => {
  response.on('error', () => {});
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = request.method === 'POST' ? JSON.parse(Buffer.concat(chunks)) : {};
  if (request.method !== 'POST') return response.writeHead(405).end();
  if (!('id' in message)) return response.writeHead(202).end();
  const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: await result(message) });
  return response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
});
server.requestTimeout = 0;
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
