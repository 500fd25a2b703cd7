// An MCP server that answers each call after 20 ms with what it was asked, as a process of its own that can be stopped.
import http from 'node:http';

const seen = new Map();
http
  .createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const message = JSON.parse(body);
      const token = message.params?.arguments?.token;
      if (token) seen.set(token, (seen.get(token) ?? 0) + 1);
      const twice = [...seen.values()].filter((count) => count > 1).length;
      const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { token, twice } });
      setTimeout(() => response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) }).end(answer), 20);
    });
    request.on('error', () => {});
  })
  .listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
