// A real authorization server: anyone may register, log in under any name, and be given tokens for any resource.
import Provider from 'oidc-provider';

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  features: {
    devInteractions: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // What clients of revision 2025-03-26 ask for, who name no resource.
      defaultResource: (context, client, oneOf) => oneOf ?? 'http://unnamed.example/',
      getResourceServerInfo: (context, resource) => ({ scope: 'mcp', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
      useGrantedResource: () => true,
    },
  },
  scopes: ['openid', 'offline_access', 'mcp'],
  clientBasedCORS: () => true,
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

provider.listen(port, '127.0.0.1', () => console.log(`authority listening on port ${port}`));
