// What hostile clients do over HTTP, a class each.
import { INITIALIZE } from '../lib.mjs';
import { Hostile } from './hostile.mjs';

const BODY_BYTES = 1024 * 1024;
const HALF = Buffer.alloc(BODY_BYTES / 2, 'x');

function call(name, id, millis, pad = '') {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: { millis, pad } } });
}

class HttpClient extends Hostile {
  head(method, length, more = '') {
    const era = this.stateless ? 'MCP-Protocol-Version: 2026-07-28\r\n' : 'MCP-Protocol-Version: 2025-06-18\r\n';
    const body = length === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
    const accept = 'Accept: application/json, text/event-stream\r\n';
    const first = `${method} ${this.world.path} HTTP/1.1\r\nHost: localhost\r\n`;
    return `${first}X-API-Key: ${this.key}\r\n${accept}${era}${body}${more}\r\n`;
  }

  post(body, more = '') {
    if (this.connected) this.socket.write(this.head('POST', Buffer.byteLength(body), more) + body);
  }
}

/** Reads all that it is told and looks at nothing. */
class Flood extends HttpClient {
  reads = true;
}

/** Asks for an answer without an end and reads nothing of it. Every other one never leaves: only the gateway can end it. */
class NeverRead extends HttpClient {
  begin() {
    this.socket.pause();
    if (this.number % 3 === 0) this.socket.write(this.head('GET', undefined, 'X-Loud: 1\r\n'));
    else this.post(call('big', this.number));
    // A socket that is not read is not told of its end.
    if (this.number % 2) this.timer = setTimeout(() => this.leave(100), 40_000);
  }
}

/** Reads a byte a second. */
class TrickleRead extends HttpClient {
  options() {
    return this.world.secure ? {} : this.trickling();
  }

  begin() {
    this.tricklesBeneath();
    if (this.number % 3 === 0) this.socket.write(this.head('GET', undefined, 'X-Loud: 1\r\n'));
    else this.post(call('big', this.number));
  }
}

/** Sends its head a byte a second. */
class TrickleHead extends Flood {
  begin() {
    this.trickle(this.head('POST', 100, `X-Pad: ${'p'.repeat(1_000)}\r\n`));
  }
}

/** Announces 1 MiB and sends a byte a second. */
class TrickleBody extends Flood {
  begin() {
    this.socket.write(this.head('POST', BODY_BYTES));
    this.trickle(call('work', 1, 0, 'p'.repeat(2_000)));
  }
}

/** Sends half of 1 MiB, and waits. */
class HalfBody extends Flood {
  begin() {
    this.socket.write(this.head('POST', BODY_BYTES));
    this.socket.write(HALF);
  }
}

/** Sends calls of 1 MiB whole. */
class WholeBody extends Flood {
  act() {
    if (!this.connected || this.socket.writableLength > 0) return;
    this.post(call('work', ++this.acted, 200, 'p'.repeat(BODY_BYTES - 200)));
  }
}

class Initialize extends Flood {
  act() {
    this.post(JSON.stringify(INITIALIZE));
  }
}

class Ping extends Flood {
  act() {
    this.post('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  }
}

/** Opens streams and leaves again. */
class Get extends Flood {
  act() {
    if (!this.connected) return;
    this.socket.write(this.head('GET'));
    this.timer = setTimeout(() => this.leave(500), 1_500);
  }
}

/** Ends sessions that there are not. */
class Delete extends Flood {
  act() {
    const session = `Mcp-Session-Id: none-${this.number}-${++this.acted}\r\n`;
    if (this.connected) this.socket.write(this.head('DELETE', undefined, session));
  }
}

/** Subscribes, and leaves some seconds later. */
class Listen extends Flood {
  act() {
    this.post('{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}');
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.connected) this.leave(500);
    }, 3_000);
  }
}

/** Calls, and leaves before the work is done. */
class Leave extends Flood {
  act() {
    if (!this.connected) return;
    this.post(call('work', ++this.acted, 300), 'Mcp-Method: tools/call\r\nMcp-Name: work\r\n');
    this.timer = setTimeout(() => this.leave(20), 30);
  }
}

/** Opens a session; calls and cancels in it for ever, the calls on one connection and the cancellations on another. */
class Cancel extends Flood {
  open() {
    super.open();
    this.other?.destroy();
    const other = this.connect();
    other.on('error', () => {});
    other.on('data', () => {});
    this.other = other;
  }

  close() {
    super.close();
    this.other?.destroy();
    this.session = undefined;
  }

  ended(socket) {
    this.other?.destroy();
    this.session = undefined;
    super.ended(socket);
  }

  begin() {
    this.post(JSON.stringify(INITIALIZE));
  }

  told(data) {
    this.session ??= /mcp-session-id: ?(\S+)/i.exec(data.toString('latin1'))?.[1];
  }

  act() {
    if (!this.connected || !this.session) return;
    const id = ++this.acted;
    const session = `Mcp-Session-Id: ${this.session}\r\n`;
    this.post(call('work', id, 300), session);
    this.timer = setTimeout(() => {
      const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
      if (this.other?.writable) this.other.write(this.head('POST', body.length, session) + body);
    }, 30);
  }
}

/** Calls on a new connection each time, many at once, and waits for the answers. */
class Reconnect extends Flood {
  act() {
    if (!this.connected) return;
    this.post(call('work', ++this.acted, 100));
    this.timer = setTimeout(() => this.leave(10), 1_000);
  }
}

/** Sends fifty calls in one body. */
class Batch extends Flood {
  act() {
    this.post(`[${Array.from({ length: 50 }, (_, i) => call('work', i, 100)).join(',')}]`);
  }
}

export const HTTP_PATTERNS = {
  neverRead: NeverRead,
  trickleRead: TrickleRead,
  trickleHead: TrickleHead,
  trickleBody: TrickleBody,
  halfBody: HalfBody,
  wholeBody: WholeBody,
  initialize: Initialize,
  ping: Ping,
  get: Get,
  delete: Delete,
  listen: Listen,
  leave: Leave,
  cancel: Cancel,
  reconnect: Reconnect,
  batch: Batch,
};
