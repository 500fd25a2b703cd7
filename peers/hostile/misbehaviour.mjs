// A server whose children misbehave, each in its own way, and what is expected of the gateway for those who call it.
import path from 'node:path';
import { here } from '../lib.mjs';
import { helper } from './rig.mjs';

/** What a child of a session does, one of them (stdio-child.mjs). */
export const MISBEHAVIOURS = [
  'garbage', 'endless', 'flood', 'deaf', 'exit', 'half', 'close', 'silent', 'twice', 'fork', 'escape', 'orphan', 'mute',
];

/**
 * As for the other hostile programs, their share of the processors is not what the gateway is judged by. Where Linux
 * shares processors between sessions of processes, each child is such a session, and nice alone has no effect.
 */
const LOW_PRIORITY = '{ echo 10 > /proc/self/autogroup; } 2>/dev/null; exec nice -n 10 "$@"';

/** Its children ignore the end of their input and SIGTERM. */
export const HOSTILE_SERVER = [
  'sh', '-c', LOW_PRIORITY, 'hostile', process.execPath, path.join(here, 'stdio-child.mjs'), 'stubborn',
];

/** Time limits that end each misbehaviour soon, and no circuit breaker, which would keep calls from children. */
export const HOSTILE_CHILDREN = [
  'upstreams.hostile.capacity=8',
  'upstreams.hostile.ttl_ms=5000',
  'upstreams.hostile.request_timeout_ms=8000',
  'upstreams.hostile.abandoned_hold_ms=2000',
  'upstreams.hostile.circuit_breaker.enabled=false',
  'upstreams.hostile.children.max=6',
  'upstreams.hostile.children.starts_per_sec=2',
  'upstreams.hostile.children.start_timeout_ms=3000',
  'upstreams.hostile.children.stop_timeout_ms=500',
  'upstreams.hostile.children.idle_timeout_ms=5000',
];

/** More clients than there may be children. With those limits, a request has its outcome long before that. */
const CALLERS = { clients: 8, address: '127.0.9.1', patience: 30_000, misbehaviours: MISBEHAVIOURS };

/** Starts clients with that key (callers.mjs), which call until they are stopped. */
export function callers(t, weir, key, how = {}) {
  return helper(t, 'callers', { ...CALLERS, port: weir.port, path: '/hostile/mcp', key, ...how });
}

/** Requests that have not exactly one outcome. */
export function unanswered({ sent, results, errors, missing, examples }) {
  if (sent > 0 && missing === 0 && results + errors === sent) return [];
  const all = `of ${sent} requests to children that misbehave ${results + errors} have one outcome`;
  return [`${all}: ${examples.join('; ')}`];
}

/** Misbehaviours that no child was asked for: the run says nothing about them. The machine may have been too slow. */
export function untried({ called }) {
  const names = Object.entries(called?.tried ?? {}).filter(([, count]) => count === 0).map(([name]) => name);
  return names.length > 0 ? [`no child was asked for: ${names.join(', ')}`] : [];
}
