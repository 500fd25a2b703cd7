// The MCP server behind the gateway, as a process of its own: both eras, tools that go on when nobody waits for them (as
// most servers' do), answers without an end, streams. It counts what runs at once; its parent asks for the counts.
import http from 'node:http';
import crypto from 'node:crypto';

const BIG_BYTES = 64 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const NOTE = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'y'.repeat(1_000) } });
const EVENTS = { 1: Buffer.from(`data: ${NOTE}\n\n`), 64: Buffer.from(`data: ${NOTE}\n\n`.repeat(64)) };

const sessions = new Set();
const running = { work: 0, big: 0 };
let most = 0;
let streams = 0;
let sockets = 0;
const seen = {};

function begin(tool) {
  running[tool]++;
  most = Math.max(most, running.work + running.big);
}

function json(response, message, headers = {}) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length, ...headers }).end(body);
}

/** Takes as long as it was asked to, whatever becomes of the connection. */
function work(response, id, millis) {
  begin('work');
  setTimeout(() => {
    running.work--;
    json(response, { id, result: { content: [{ type: 'text', text: 'done' }] } });
  }, millis);
}

/** Writes as fast as it is read. It cannot go on without its connection. */
function big(response, id, bytes) {
  begin('big');
  // A short one is a message, which a client over TCP gets whole.
  if (bytes) {
    running.big--;
    return json(response, { id, result: { content: [{ type: 'text', text: 'x'.repeat(bytes) }] } });
  }
  let left = BIG_BYTES;
  let over = false;
  response.on('close', () => {
    over = true;
    running.big--;
  });
  const write = () => {
    while (!over && left > 0) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once('drain', write);
        return;
      }
    }
    if (!over) response.end();
  };
  response.writeHead(200, { 'Content-Type': 'application/json' });
  write();
}

/** An event now and then, and many for who asks for many: one that reads nothing has a full buffer soon. */
function stream(response, loud) {
  streams++;
  const events = loud ? 64 : 1;
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': open\n\n');
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) {
      response.write(EVENTS[events]);
    }
  }, 1_000);
  response.on('close', () => {
    streams--;
    clearInterval(timer);
  });
}

function serve(request, response, body) {
  const id = request.headers['mcp-session-id'];
  response.on('error', () => {});
  count(request.method);
  if (request.method === 'GET') return stream(response, 'x-loud' in request.headers);
  if (request.method === 'DELETE') {
    response.writeHead(sessions.delete(id) ? 200 : 404).end();
    return undefined;
  }
  const message = JSON.parse(body);
  if (Array.isArray(message)) {
    const requests = message.filter((each) => 'id' in each && each.method);
    const answers = requests.map(({ id: asked }) => ({ jsonrpc: '2.0', id: asked, result: {} }));
    return response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers));
  }
  count(message.method);
  if (message.method === 'initialize') {
    const made = crypto.randomUUID();
    sessions.add(made);
    const result = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'hostile', version: '1' } };
    return json(response, { id: message.id, result }, { 'Mcp-Session-Id': made });
  }
  if (!('id' in message) || !message.method) return response.writeHead(202).end();
  if (message.method === 'subscriptions/listen') return stream(response, false);
  if (message.method === 'tools/call' && message.params.name === 'big') return big(response, message.id, message.params.arguments.bytes);
  if (message.method === 'tools/call') return work(response, message.id, message.params.arguments.millis);
  return json(response, { id: message.id, result: {} });
}

function count(what) {
  seen[what] = (seen[what] ?? 0) + 1;
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (data) => chunks.push(data));
  request.on('error', () => {});
  request.on('end', () => serve(request, response, Buffer.concat(chunks)));
});
server.on('connection', (socket) => {
  sockets++;
  socket.on('error', () => {});
  socket.on('close', () => sockets--);
});
server.keepAliveTimeout = 60_000;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }));

process.on('message', () => {
  process.send({ most, running: { ...running }, streams, sockets, sessions: sessions.size, seen });
  most = running.work + running.big;
});
process.on('disconnect', () => process.exit(0));
