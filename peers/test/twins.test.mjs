// Promises of the gateway that were broken once, held against the gateway as it is and against twins that break them again:
// what cannot catch its twin would not have caught the defect.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heldBodies, leftSubscriptions, pausedBatch, unreadAnswers, unreadRequests } from '../hostile/checks.mjs';
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
