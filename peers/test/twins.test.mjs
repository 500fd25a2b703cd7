// Promises of the gateway that were broken once, held against the gateway as it is and against twins that break them again:
// what cannot catch its twin would not have caught the defect.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heldBodies, leftSubscriptions, misbehavingChildren, pausedBatch } from '../hostile/checks.mjs';
import { unreadAnswers, unreadRequests } from '../hostile/checks.mjs';
import { unanswered, untried } from '../hostile/misbehaviour.mjs';
import { outcome } from '../hostile/outcome.mjs';
import { thrown } from '../hostile/rig.mjs';
import { twin } from '../hostile/twin.mjs';

const GATEWAY = 'weir-gateway/src/main/java/io/weir/gateway';

describe('clients that do not read are disconnected, and give their place back', () => {
  test('the gateway', async (t) => assert.deepEqual(await unreadAnswers(t), []));

  test('its twin that closes behind what is not flushed is caught', async (t) => {
    const classes = await twin(t, `${GATEWAY}/edge/ClientConnection.java`, 'ConnectionReset.now(channel);', 'channel.close();');
    const found = await unreadAnswers(t, { classes });
    assert.match(found.join('; '), /clients that read nothing are still connected/);
    t.diagnostic(found.join('; '));
  });
});

describe('a server that does not read loses its connections, and holds no place', () => {
  for (const stateless of [false, true]) {
    const era = stateless ? 'stateless' : 'session';
    test(`the gateway, ${era}`, async (t) => assert.deepEqual(await unreadRequests(t, stateless), []));

    test(`its twin that closes behind what is not flushed is caught, ${era}`, async (t) => {
      const classes = await twin(
        t,
        `${GATEWAY}/upstream/UpstreamConnection.java`,
        'ConnectionReset.now(channel, gone);',
        'channel.close().addListener(closed -> gone.run());',
      );
      const found = await unreadRequests(t, stateless, { classes });
      assert.match(found.join('; '), /a server that reads nothing/);
      t.diagnostic(found.join('; '));
    });
  }
});

describe('a body that waits is on the heap once', () => {
  test('the gateway', async (t) => assert.deepEqual(await heldBodies(t), []));

  test('its twin that keeps what it received beside the body is caught', async (t) => {
    const method = '    private void add(Buffer chunk, Consumer<Failure> failed) {\n';
    const keeping = `    private final java.util.List<Buffer> kept = new java.util.ArrayList<>();\n\n${method}        kept.add(chunk.copy());\n`;
    const classes = await twin(t, `${GATEWAY}/proxy/Body.java`, method, keeping);
    const found = await heldBodies(t, { classes });
    assert.match(found.join('; '), /each byte of a call that waits is (2|[1-9]\d*)\.\d+ times on the heap/);
    t.diagnostic(found.join('; '));
  });
});

describe('a subscription that was left ends at the server', () => {
  test('the gateway', async (t) => assert.deepEqual(await leftSubscriptions(t), []));

  test('its twin that waits for the end of a stream that was left is caught', async (t) => {
    const classes = await twin(t, `${GATEWAY}/proxy/Forwarding.java`, ' || stream != null || resumable) {', ' || resumable) {');
    const found = await leftSubscriptions(t, { classes });
    assert.match(found.join('; '), /streams that were left are still open/);
    t.diagnostic(found.join('; '));
  });
});

describe('requests to children that misbehave have one outcome each, and no process of such a child is left', () => {
  test('the gateway', async (t) => assert.deepEqual(await misbehavingChildren(t), []));

  test('its twin that tells nobody of the end of a child is caught', async (t) => {
    const text = 'listener.broken(child == null ? why.ofOneSession() : why, false);';
    const classes = await twin(t, `${GATEWAY}/lineupstream/LineRequest.java`, text, '');
    const found = await misbehavingChildren(t, { classes });
    assert.match(found.join('; '), /(exit|half|endless|deaf): nothing within \d+ ms/);
    t.diagnostic(found.join('; '));
  });

  test('its twin that ends a process group alone is caught', async (t) => {
    const script = 'weir-gateway/src/main/resources/io/weir/gateway/child/process-groups.sh';
    const classes = await twin(t, script, '; kill_marked "WEIR_CHILD=$mark"; echo', '; echo');
    const found = await misbehavingChildren(t, { classes });
    assert.match(found.join('; '), /processes are left: .*trap/);
    t.diagnostic(found.join('; '));
  });

  test('an outcome is one response, of that request', () => {
    const result = '{"jsonrpc":"2.0","id":1,"result":{}}';
    const refused = '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}';
    const event = (data) => `event: message\ndata: ${data}\n\n`;
    assert.equal(outcome(1, 200, result), 'result');
    const progress = '{"jsonrpc":"2.0","method":"notifications/progress"}';
    assert.equal(outcome(1, 200, event(progress) + event(result)), 'result');
    assert.equal(outcome(1, 404, refused), 'error');
    for (const text of ['', result.replace('"id":1', '"id":2'), refused, event(result) + event(result)]) {
      assert.match(outcome(1, 200, text), /^[02] responses, with status 200/, text);
    }
    for (const text of [result.slice(0, 20), event(result.slice(0, 20))]) assert.match(outcome(1, 200, text), /cut off/);
  });

  test('what is missing from a run is found', () => {
    const whole = { sent: 2, results: 1, errors: 1, missing: 0, examples: [] };
    assert.deepEqual(unanswered(whole), []);
    const part = { ...whole, results: 0, missing: 1, examples: ['exit: 0 responses'] };
    assert.match(unanswered(part).join(), /of 2 .* 1 have one outcome: exit/);
    assert.match(unanswered({ ...whole, sent: 3 }).join(), /of 3 .* 2 have one outcome/);
    assert.match(unanswered({ ...whole, sent: 0, results: 0, errors: 0 }).join(), /of 0/);
    assert.deepEqual(untried({ called: { tried: { exit: 1, half: 0 } } }), ['no child was asked for: half']);
    assert.deepEqual(thrown('queue default\nWARN a line of a child\n'), []);
    const trace = 'ERROR a line could not be handled\njava.lang.IllegalStateException: no\n\tat io.weir.A.b(A.java:1)\n';
    assert.deepEqual(thrown(trace), ['in the log: java.lang.IllegalStateException: no']);
  });
});

describe('what is paused and does not fit a connection that is half free is told so', () => {
  test('the core', async (t) => assert.deepEqual(await pausedBatch(t), []));

  test('its twin that offers it again at once is caught', async (t) => {
    const classes = await twin(
      t,
      'weir-core/src/main/java/io/weir/core/admission/Admission.java',
      'target.wakeIfDrained(activeConfig);\n                    return decision;',
      'target.wakeIfDrained(activeConfig);\nif (!rules.connection.isHalfFree(target.pending())) return decision;\ncontinue;',
    );
    const found = await pausedBatch(t, { classes });
    assert.match(found.join('; '), /never comes back/);
    t.diagnostic(found.join('; '));
  });
});
