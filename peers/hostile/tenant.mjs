// A well-behaved tenant, as a process of its own so that nobody else's work delays its clock: calls of both eras at an
// even pace, over HTTP or TCP, with TLS or without. Its parent takes what was seen since it asked before.
import { HttpClients } from './http-client.mjs';
import { LineClients } from './line-client.mjs';

const { speaks, millis, perSecond, ...where } = JSON.parse(process.argv[2]);
const clients = speaks === 'lines' ? new LineClients(where) : new HttpClients(where);
let window = fresh();
let sending = true;

function fresh() {
  return { sent: 0, served: 0, latencies: [], failures: {} };
}

let last = 0;
async function call(era) {
  const id = ++last;
  const into = window;
  const begun = performance.now();
  into.sent++;
  let failure;
  try {
    const message = { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'work', arguments: { millis } } };
    const told = await clients.call(era, message);
    if (told.id === id && told.result) {
      into.served++;
      into.latencies.push(performance.now() - begun);
      return;
    }
    failure = told.error ? `${told.error.code} ${told.error.message}` : JSON.stringify(told).slice(0, 100);
  } catch (error) {
    failure = error.code ?? error.message;
  }
  failure = `${era}: ${failure.replace(/\d+ ms/g, 'N ms')}`;
  into.failures[failure] = (into.failures[failure] ?? 0) + 1;
}

for (let tries = 1, opened = false; !opened; tries++) {
  // A gateway that has just been started compiles its code.
  opened = await clients.open().then(
    () => true,
    (error) => {
      if (tries === 10) throw error;
      return false;
    },
  );
}
const began = performance.now();
let due = 0;
setInterval(() => {
  const now = ((performance.now() - began) * perSecond) / 1000;
  for (; sending && due < now; due++) call(due % 2 ? 'session' : 'stateless');
}, 5);
process.send({ ready: true });

process.on('message', ({ stop }) => {
  const taken = window;
  window = fresh();
  sending &&= !stop;
  // Those on their way at the end of a window count where they began.
  const failed = () => Object.values(taken.failures).reduce((a, b) => a + b, 0);
  const wait = () => (taken.sent > taken.served + failed() ? setTimeout(wait, 20) : process.send(taken));
  wait();
});
process.on('disconnect', () => process.exit(0));
