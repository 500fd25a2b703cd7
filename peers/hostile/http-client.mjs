// A well-behaved client over HTTP: keeps its connections, and gives each answer so much time.
import http from 'node:http';
import https from 'node:https';
import { INITIALIZE } from '../lib.mjs';

const PATIENCE = 5_000;
const ERAS = {
  session: { 'MCP-Protocol-Version': '2025-06-18' },
  stateless: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'work' },
};

export class HttpClients {
  constructor({ port, path, key, secure }) {
    Object.assign(this, { port, path, key, client: secure ? https : http });
    const agent = () => new this.client.Agent({ keepAlive: true, maxSockets: 64 });
    this.agents = { session: agent(), stateless: agent() };
  }

  async open() {
    const opened = await this.#post('session', INITIALIZE);
    this.session = opened.headers['mcp-session-id'];
    await this.#post('session', { jsonrpc: '2.0', method: 'notifications/initialized' }, { 'Mcp-Session-Id': this.session });
  }

  /** The JSON of the answer. */
  async call(era, message) {
    const answer = await this.#post(era, message, era === 'session' ? { 'Mcp-Session-Id': this.session } : {});
    if (answer.status !== 200) throw new Error(`status ${answer.status} ${answer.text.slice(0, 100)}`);
    return JSON.parse(/^data: (.*)$/m.exec(answer.text)?.[1] ?? answer.text);
  }

  #post(era, message, more = {}) {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify(message);
      const all = {
        ...{ 'X-API-Key': this.key, 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
        ...{ ...ERAS[era], 'Content-Length': Buffer.byteLength(body), ...more },
      };
      const where = { port: this.port, host: '127.0.0.1', method: 'POST', path: this.path, rejectUnauthorized: false };
      const request = this.client.request({ ...where, agent: this.agents[era], headers: all }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on('error', reject);
      });
      const late = setTimeout(() => request.destroy(new Error('no answer in time')), PATIENCE);
      request.on('close', () => clearTimeout(late));
      request.on('error', reject);
      request.end(body);
    });
  }
}
