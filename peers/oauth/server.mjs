// An MCP server of the official SDK that takes nothing but tokens of the authorization server AUTHORITY for one of the
// resources AUDIENCES. It knows nothing of a gateway but these: its challenge and its metadata name its own URL. With
// LEGACY it is of revision 2025-03-26, which knows the metadata of authorization servers alone.
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';

const { PORT: port, AUTHORITY: authority, NAME: name } = process.env;
const audience = process.env.AUDIENCES.split(' ');
const url = new URL(`http://127.0.0.1:${port}/mcp`);
const oauthMetadata = await (await fetch(`${authority}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));

const verifier = {
  async verifyAccessToken(token) {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer: authority, audience });
      return { token, clientId: payload.client_id, scopes: payload.scope?.split(' ') ?? [], expiresAt: payload.exp, extra: payload };
    } catch (error) {
      throw new InvalidTokenError(error.message);
    }
  },
};

const app = express();
if (process.env.LEGACY) app.get('/.well-known/oauth-authorization-server', (request, response) => response.json(oauthMetadata));
else app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: url, resourceName: name, scopesSupported: ['mcp'] }));
app.post('/mcp', requireBearerAuth({ verifier, requiredScopes: ['mcp'], resourceMetadataUrl: process.env.LEGACY ? undefined : getOAuthProtectedResourceMetadataUrl(url) }), express.json(), async (request, response) => {
  const server = new McpServer({ name, version: '1' });
  server.tool('whoami', async ({ authInfo }) => ({ content: [{ type: 'text', text: `${name}: ${authInfo.extra.sub} for ${authInfo.extra.aud}` }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.all('/mcp', (request, response) => response.status(405).end());
app.listen(Number(port), '127.0.0.1', () => console.log(`server listening on port ${port}`));
