// What hostile clients do over TCP, a class each: lines of JSON-RPC behind a line with the key.
import { INITIALIZE } from '../lib.mjs';
import { Hostile } from './hostile.mjs';

const LINE_BYTES = 1024 * 1024;
const HALF = Buffer.alloc(LINE_BYTES / 2, 'x');
/** Several such answers fill the buffers of both kernels. */
const BIG_BYTES = 500_000;
const BIG_CALLS = 2;
const VERSION = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };

class LineClient extends Hostile {
  /** The line with the key. */
  get authentication() {
    return this.line('weir/authenticate', 0, { api_key: this.key });
  }

  begin() {
    this.socket.write(this.authentication);
    this.authenticated();
  }

  authenticated() {}

  line(method, id, params = {}) {
    const era = this.stateless ? VERSION : {};
    return `${JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params: { ...params, ...era } })}\n`;
  }

  call(name, id, args) {
    return this.line('tools/call', id, { name, arguments: args });
  }

  say(line) {
    if (this.connected) this.socket.write(line);
  }

  /** What most do who want something done: a session, in the era that has them. */
  initialize() {
    if (!this.stateless) this.say(`${JSON.stringify(INITIALIZE)}\n`);
  }
}

/** Reads all that it is told and looks at nothing. */
class Flood extends LineClient {
  reads = true;
}

/** Asks for more than the kernels hold and reads nothing of it. Every other one never leaves: only the gateway can end it. */
class NeverRead extends LineClient {
  authenticated() {
    this.socket.pause();
    for (let id = 1; id <= BIG_CALLS; id++) this.say(this.call('big', id, { bytes: BIG_BYTES }));
    // A socket that is not read is not told of its end.
    if (this.number % 2) this.timer = setTimeout(() => this.leave(100), 40_000);
  }
}

/** Reads a byte a second. */
class TrickleRead extends LineClient {
  options() {
    return this.world.secure ? {} : this.trickling();
  }

  authenticated() {
    this.tricklesBeneath();
    for (let id = 1; id <= BIG_CALLS; id++) this.say(this.call('big', id, { bytes: BIG_BYTES }));
  }
}

/** Sends its key a byte a second. */
class TrickleHead extends Flood {
  begin() {
    this.trickle(this.authentication);
  }
}

/** Sends a call a byte a second. */
class TrickleBody extends Flood {
  authenticated() {
    this.trickle(this.call('work', 1, { millis: 0, pad: 'p'.repeat(2_000) }));
  }
}

/** Sends half of a line of 1 MiB, and waits. */
class HalfBody extends Flood {
  authenticated() {
    this.say(HALF);
  }
}

/** Sends calls of 1 MiB whole. */
class WholeBody extends Flood {
  act() {
    if (!this.connected || this.socket.writableLength > 0) return;
    this.say(this.call('work', ++this.acted, { millis: 200, pad: 'p'.repeat(LINE_BYTES - 300) }));
  }
}

/** Opens sessions, one more on a connection that has one, and leaves now and then for another. */
class Initialize extends Flood {
  act() {
    this.say(`${JSON.stringify(INITIALIZE)}\n`);
    if (++this.acted % 4 === 0) this.timer = setTimeout(() => this.leave(500), 1_000);
  }
}

class Ping extends Flood {
  act() {
    this.say(this.line('ping', 1));
  }
}

/** Has no key, and says nothing at all. */
class Silent extends Flood {
  begin() {}
}

/** Sends lines that are no messages. */
class Garbage extends Flood {
  act() {
    this.say('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work"\n\u0000\u0001 nonsense\n\n[]\n');
  }
}

/** Subscribes, and leaves some seconds later. */
class Listen extends Flood {
  act() {
    this.say(this.line('subscriptions/listen', 1));
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
    this.say(this.call('work', ++this.acted, { millis: 300 }));
    this.timer = setTimeout(() => this.leave(20), 30);
  }
}

/** Calls and cancels for ever. */
class Cancel extends Flood {
  authenticated() {
    this.initialize();
  }

  act() {
    if (!this.connected) return;
    const id = ++this.acted;
    this.say(this.call('work', id, { millis: 300 }));
    this.timer = setTimeout(() => this.say(this.line('notifications/cancelled', undefined, { requestId: id })), 30);
  }
}

/** Calls on a new connection each time, many at once, and waits for the answers. */
class Reconnect extends Flood {
  act() {
    if (!this.connected) return;
    this.say(this.call('work', ++this.acted, { millis: 100 }));
    this.timer = setTimeout(() => this.leave(10), 1_000);
  }
}

/** Sends fifty calls in one line. */
class Batch extends Flood {
  act() {
    this.say(`[${Array.from({ length: 50 }, (_, i) => this.call('work', i, { millis: 100 }).trim()).join(',')}]\n`);
  }
}

/** By the names of those over HTTP that do the like. */
export const LINE_PATTERNS = {
  neverRead: NeverRead,
  trickleRead: TrickleRead,
  trickleHead: TrickleHead,
  trickleBody: TrickleBody,
  halfBody: HalfBody,
  wholeBody: WholeBody,
  initialize: Initialize,
  ping: Ping,
  get: Silent,
  delete: Garbage,
  listen: Listen,
  leave: Leave,
  cancel: Cancel,
  reconnect: Reconnect,
  batch: Batch,
};
