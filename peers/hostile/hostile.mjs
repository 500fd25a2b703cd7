// A hostile client, whatever it speaks: a raw socket, so that nothing is read, sent or closed but what its pattern does.
import net from 'node:net';
import tls from 'node:tls';

/** Ends a connection at once, whatever is still to be sent. */
export function reset(socket) {
  // With TLS, Node would keep the connection for as long as it is not read.
  (socket.beneath ?? socket).resetAndDestroy();
  socket.destroy();
}

/** One hostile client: opens, acts when the pacer says so, and opens again when it was disconnected. */
export class Hostile {
  constructor(world, { address, key, era, number }) {
    Object.assign(this, { world, address, key, era, number, acted: 0 });
  }

  get stateless() {
    return this.era === 'stateless';
  }

  connect(options) {
    const { port, secure } = this.world;
    const where = { port, host: '127.0.0.1', localAddress: this.address, ...options };
    const socket = net.connect(where);
    if (!secure) return socket;
    socket.on('error', () => {});
    return Object.assign(tls.connect({ socket, rejectUnauthorized: false }), { beneath: socket });
  }

  /** Sends a text a byte a second, again and again. */
  trickle(text) {
    let at = 0;
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      if (this.connected) this.socket.write(text[at++ % text.length]);
      else clearInterval(this.timer);
    }, 1_000);
  }

  /** Options of a socket of which a byte a second is read. */
  trickling() {
    const later = () => {
      const { socket } = this;
      this.timer = setTimeout(() => socket.resume(), 1_000);
      return false;
    };
    return { onread: { buffer: Buffer.alloc(1), callback: later } };
  }

  /** With TLS, what comes at once is read each second. */
  tricklesBeneath() {
    const { socket } = this;
    if (this.world.secure) {
      socket.on('data', () => {
        socket.pause();
        this.timer = setTimeout(() => socket.resume(), 1_000);
      });
    }
  }

  /** Options of its socket. */
  options() {
    return {};
  }

  open() {
    const socket = this.connect(this.options());
    this.socket = socket;
    this.connected = false;
    this.world.counts.opened++;
    this.world.sockets.add(socket);
    socket.on('error', () => {});
    socket.on(this.world.secure ? 'secureConnect' : 'connect', () => {
      if (this.socket !== socket) return;
      this.connected = true;
      this.begin();
    });
    socket.on('close', () => {
      this.world.sockets.delete(socket);
      this.ended(socket);
    });
    if (this.reads) socket.on('data', (data) => this.told(data));
  }

  ended(socket) {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.connected = false;
    this.world.counts.ended++;
    this.world.again(this);
  }

  close() {
    const socket = this.socket;
    this.socket = undefined;
    this.connected = false;
    clearTimeout(this.timer);
    clearInterval(this.timer);
    if (socket) reset(socket);
  }

  isOpen() {
    return this.socket !== undefined && this.connected;
  }

  /** Leaves, and comes back soon. */
  leave(millis) {
    this.close();
    this.world.again(this, millis);
  }

  begin() {}

  act() {}

  told() {}
}
