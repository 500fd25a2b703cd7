// Counts what the servers that a gateway starts (stdio-server.mjs) have at work, as a process of its own.
import net from 'node:net';

const children = new Map();
let most = 0;

const running = () => [...children.values()].reduce((sum, each) => sum + each, 0);

const listening = net.createServer((socket) => {
  children.set(socket, 0);
  socket.on('data', (data) => {
    for (const each of data.toString('latin1')) {
      children.set(socket, children.get(socket) + (each === '+' ? 1 : -1));
      most = Math.max(most, running());
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => children.delete(socket));
});
listening.listen(0, '127.0.0.1', () => process.send({ port: listening.address().port }));

process.on('message', () => {
  process.send({ most, running: { work: running(), big: 0 }, streams: 0, sessions: 0, children: children.size });
  most = running();
});
process.on('disconnect', () => process.exit(0));
