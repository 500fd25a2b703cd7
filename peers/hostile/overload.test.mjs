// 9,000 hostile connections beside a well-behaved tenant, with a heap of 256 MiB. WEIR_HOSTILE=long takes five minutes an
// action, with the time limits as they are by default.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overload, summary, violations } from './overload.mjs';

const long = process.env.WEIR_HOSTILE === 'long';
const actions = (process.env.WEIR_HOSTILE_ACTIONS ?? 'refuse,drop,drop_oldest,disconnect').split(',');
const brief = ['edge.write_stall_timeout_ms=2000', 'edge.header_timeout_ms=4000', 'edge.body_timeout_ms=6000'];
const times = long
  ? { windows: 60, windowMillis: 5_000 }
  : { windows: 5, windowMillis: 2_000, settings: brief };

for (const action of actions) {
  test(`hostile clients, ${action}: the gateway stays within its bounds and serves the others`, async (t) => {
    const facts = await overload(t, { action, eras: ['session', 'stateless'], ...times });
    summary(facts).forEach((line) => t.diagnostic(line));
    assert.deepEqual(violations(facts), []);
  });
}
