// A well-behaved client over TCP: one connection an era, and each answer is given so much time.
import net from 'node:net';
import readline from 'node:readline';
import tls from 'node:tls';
import { INITIALIZE } from '../lib.mjs';

const PATIENCE = 5_000;
const STATELESS = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };

export class LineClients {
  constructor(where) {
    this.where = where;
    this.lines = {};
  }

  async open() {
    await this.#connected('session');
    await this.#connected('stateless');
  }

  /** The answer. */
  async call(era, message) {
    const params = era === 'stateless' ? { ...message.params, _meta: STATELESS } : message.params;
    return (await this.#connected(era)).request({ ...message, params });
  }

  /** A connection with its key and, if its era has sessions, a session. A gateway may have closed the one before. */
  async #connected(era) {
    if (!this.lines[era]?.isOpen) {
      this.lines[era] = undefined;
      this.opening ??= {};
      this.opening[era] ??= this.#connect(era).finally(() => (this.opening[era] = undefined));
      this.lines[era] = await this.opening[era];
    }
    return this.lines[era];
  }

  async #connect(era) {
    const line = new Line(this.where);
    const params = { api_key: this.where.key };
    await line.request({ jsonrpc: '2.0', id: 'key', method: 'weir/authenticate', params });
    if (era === 'session') {
      await line.request(INITIALIZE);
      line.say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    }
    return line;
  }
}

class Line {
  #waiting = new Map();
  isOpen = true;

  constructor({ port, secure }) {
    const where = { port, host: '127.0.0.1' };
    this.socket = secure ? tls.connect({ ...where, rejectUnauthorized: false }) : net.connect(where);
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isOpen = false;
      for (const { reject } of this.#waiting.values()) reject(new Error('the connection was closed'));
      this.#waiting.clear();
    });
    readline.createInterface({ input: this.socket }).on('line', (text) => {
      const message = JSON.parse(text);
      this.#waiting.get(message.id)?.resolve(message);
      this.#waiting.delete(message.id);
    });
  }

  say(message) {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  request(message) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(message.id);
        reject(new Error('no answer in time'));
      }, PATIENCE);
      const over = (then) => (what) => {
        clearTimeout(late);
        then(what);
      };
      this.#waiting.set(message.id, { resolve: over(resolve), reject: over(reject) });
      this.say(message);
    });
  }
}
