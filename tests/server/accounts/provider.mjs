// A real OpenID Connect provider (oidc-provider) for test_single_sign_on.py: node provider.mjs PORT REDIRECT_URI
// Whoever types a name is that person; the name is the claim preferred_username. Asks for PKCE and a client secret.
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "zhulian",
      client_secret: "a secret of this test",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "name"] },
  pkce: { required: () => true },
  cookies: { keys: ["only for this test"] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, name: "王丽" }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
