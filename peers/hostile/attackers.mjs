// Hostile connections, as a process of its own: so many of each kind (http-patterns.mjs, line-patterns.mjs), from its own
// addresses, paced so that the machine measures the gateway and not the attack.
import os from 'node:os';
import { reset } from './hostile.mjs';
import { HTTP_PATTERNS } from './http-patterns.mjs';
import { LINE_PATTERNS } from './line-patterns.mjs';

const { port, path, speaks, secure, keys, addresses, eras, plan, rates } = JSON.parse(process.argv[2]);
const PATTERNS = speaks === 'lines' ? LINE_PATTERNS : HTTP_PATTERNS;
const TICK = 50;
/** Those that attack have machines of their own: what they take of this one is not to be what the gateway is judged by. */
os.setPriority(10);
/** Each handshake of TLS takes both sides about a millisecond. */
const OPENED_PER_TICK = secure ? 8 : 25;
const all = [];
const opening = [];
const counts = { opened: 0, ended: 0, acts: 0 };
let stopped = false;

/** What every pattern is given: how to say that its connection ended, and how to open another. */
const world = {
  port,
  path,
  secure,
  counts,
  sockets: new Set(),
  again(hostile, millis = 1_000 + Math.random() * 2_000) {
    if (!stopped) setTimeout(() => opening.push(hostile), millis);
  },
};

let number = 0;
for (const [name, count] of Object.entries(plan)) {
  const list = [];
  for (let i = 0; i < count; i++, number++) {
    const [address, key, era] = [addresses, keys, eras].map((each) => each[number % each.length]);
    const made = new PATTERNS[name](world, { address, key, era, number });
    list.push(made);
    opening.push(made);
  }
  all.push({ name, list, next: 0, owed: 0, perTick: ((rates[name] ?? 0) * TICK) / 1000 });
}
opening.sort(() => Math.random() - 0.5);

const pacer = setInterval(() => {
  for (const hostile of opening.splice(0, OPENED_PER_TICK)) hostile.open();
  for (const kind of all) {
    for (kind.owed += kind.perTick; kind.owed >= 1; kind.owed--) {
      kind.list[kind.next++ % kind.list.length]?.act();
      counts.acts++;
    }
  }
}, TICK);

process.on('message', ({ stop }) => {
  if (stop && !stopped) {
    stopped = true;
    clearInterval(pacer);
    for (const { list } of all) for (const hostile of list) hostile.close();
    // Those as well that a pattern has opened twice: nobody else would close them before they are idle for too long.
    for (const socket of world.sockets) reset(socket);
  }
  const open = Object.fromEntries(all.map(({ name, list }) => [name, list.filter((each) => each.isOpen()).length]));
  process.send({ ...counts, open });
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
