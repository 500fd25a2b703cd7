// 9,000 hostile connections beside a well-behaved tenant, with a heap of 256 MiB or what the transport needs, over each one.
// By default there are half as many connections, since the clients share the machine's two cores with what they attack; and a
// quarter in front of a stdio server, whose children do so as well. Beside that server is one whose children misbehave.
// Another tenant calls it: each of its requests has one outcome, and nothing is left of those children.
// WEIR_HOSTILE=long takes all of them for five minutes each, all actions over HTTP and all transports, with the time limits as they are by
// default. WEIR_HOSTILE_RUNS names some alone, such as "tcp:drop,stdio:refuse".
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untried } from './misbehaviour.mjs';
import { TRANSPORTS, disservice, overload, summary, violations } from './overload.mjs';
import { scoped } from './rig.mjs';

const long = process.env.WEIR_HOSTILE === 'long';
const LONG = 'http:refuse,http:drop,http:drop_oldest,http:disconnect,tcp:refuse,tcp:drop,tcp:disconnect,tcp:pause,tls:refuse,tcp-tls:refuse,stdio:refuse';
const SHORT = 'http:refuse,tcp:drop,tls:disconnect,stdio:refuse';
const runs = (process.env.WEIR_HOSTILE_RUNS ?? (long ? LONG : SHORT)).split(',').map((each) => each.split(':'));
const brief = ['edge.write_stall_timeout_ms=2000', 'edge.header_timeout_ms=4000', 'edge.body_timeout_ms=6000'];
const times = long
  ? { quietWindows: 12, windows: 60, windowMillis: 5_000 }
  : { windows: 5, windowMillis: 2_000, settings: brief };
/** Which part of the connections there is. */
const scale = (transport) => Number(process.env.WEIR_HOSTILE_SCALE ?? (long ? 1 : transport === 'stdio' ? 0.25 : 0.5));

for (const [transport, action] of runs) {
  test(`hostile clients, ${transport}, ${action}: the gateway stays within its bounds and serves the others`, async (t) => {
    const heap = process.env.WEIR_HOSTILE_HEAP ?? TRANSPORTS[transport].heap;
    // The machine may have other work for a while: service that was too slow may be shown in another run.
    let slow = ['not run yet'];
    for (let run = 1; run <= 3 && slow.length > 0; run++) {
      const facts = await scoped((run) => overload(run, { transport, action, eras: ['session', 'stateless'], heap, scale: scale(transport), ...times }));
      summary(facts).forEach((line) => t.diagnostic(line));
      assert.deepEqual(violations(facts), []);
      slow = [...disservice(facts), ...untried(facts)];
      slow.forEach((line) => t.diagnostic(`run ${run}: ${line}`));
    }
    assert.deepEqual(slow, []);
  });
}
