// Access tokens that another library (jose) signs: what the gateway accepts and refuses, and keys that are replaced.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { GENEROUS, INITIALIZE, everything, eventually, gateway, post } from '../lib.mjs';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://mcp.example.com/mcp';
const keys = {};
let published = [];
let fetched = 0;
let issuer;
let server;
let front;

async function keyPair(id, algorithm) {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  keys[id] = { ...pair, id, algorithm, jwk: { ...(await exportJWK(pair.publicKey)), kid: id } };
}

function token(key, { claims = {}, header = {}, audience = AUDIENCE, from = ISSUER, subject = 'acme', expires = '1h' } = {}) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.id, ...header })
    .setIssuer(from)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key.privateKey);
}

const asked = async (bearer) => {
  const response = await post(front.url, INITIALIZE, { Authorization: `Bearer ${bearer}` });
  await response.text();
  return response;
};

before(async () => {
  for (const [id, algorithm] of [['rsa', 'RS256'], ['pss', 'PS256'], ['ec', 'ES256'], ['next', 'ES256'], ['ed', 'EdDSA'], ['big', 'ES384']]) await keyPair(id, algorithm);
  published = [keys.rsa.jwk, keys.pss.jwk, keys.ec.jwk, keys.ed.jwk, keys.big.jwk];
  issuer = http.createServer((request, response) => {
    fetched++;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ keys: published }));
  });
  await new Promise((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  server = await everything();
  front = await gateway(
    server.url,
    `tenants.jwt_jwks_url=http://127.0.0.1:${issuer.address().port}/jwks`,
    `tenants.jwt_issuer=${ISSUER}`,
    `tenants.jwt_audience=${AUDIENCE}`,
    'edge.max_initialize_per_sec_per_address=1000',
    ...GENEROUS,
  );
});

after(async () => {
  for (const each of [front, server]) await each?.stop();
  issuer?.close();
});

for (const id of ['rsa', 'pss', 'ec']) {
  test(`a token of ${id} proves its tenant`, async () => {
    const response = await asked(await token(keys[id], { subject: `tenant-${id}` }));
    assert.equal(response.status, 200);
    assert.ok((await front.stats()).tenants.some((each) => each.tenant === `tenant-${id}`));
  });
}

test('tokens that prove nothing are refused with a challenge', async () => {
  const secret = new TextEncoder().encode(await exportSPKI(keys.rsa.publicKey));
  const hmac = new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).setIssuer(ISSUER).setAudience(AUDIENCE).setSubject('acme').setExpirationTime('1h').sign(secret);
  const bad = {
    'alg none': new UnsecuredJWT({}).setIssuer(ISSUER).setAudience(AUDIENCE).setSubject('acme').setExpirationTime('1h').encode(),
    'HMAC with the public key': await hmac,
    'EdDSA, which is not configured': await token(keys.ed),
    'ES384, which is not configured': await token(keys.big),
    'a key that is not published': await token(keys.next),
    'the id of another key': await token(keys.next, { header: { kid: 'ec' } }),
    'another issuer': await token(keys.rsa, { from: 'https://other.example' }),
    'another audience': await token(keys.rsa, { audience: 'https://other.example/mcp' }),
    expired: await token(keys.rsa, { expires: Math.floor(Date.now() / 1000) - 31 }),
    'a type of another use': await token(keys.rsa, { header: { typ: 'dpop+jwt' } }),
  };
  for (const [what, text] of Object.entries(bad)) {
    const response = await asked(text);
    assert.equal(response.status, 401, what);
    assert.match(
      response.headers.get('www-authenticate'),
      /^Bearer realm="weir", resource_metadata="http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource\/mcp", error="invalid_token", error_description="[^"]+"$/,
      what,
    );
  }
});

test('a key that is published while the gateway runs is fetched when a token names it, and not for each token', async () => {
  published = [keys.next.jwk];
  const accepted = await eventually(async () => (await asked(await token(keys.next))).status === 200, 30_000);
  assert.ok(accepted);
  assert.ok(fetched <= 4, `fetched ${fetched} times`);
  assert.equal((await asked(await token(keys.rsa))).status, 401, 'the withdrawn key');
});
