// The whole life of a client with oauth4webapi, which checks each response against the RFCs.
import * as oauth from "oauth4webapi";

import { browse, hear, readKey, refusal, say } from "./conversation.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const settings = await hear();
const issuer = new URL(settings.issuer);
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }),
);
const client = { client_id: settings.client_id };
const credential = settings.key ? await readKey(settings.key) : settings.client_secret;
const authentication = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  private_key_jwt: oauth.PrivateKeyJwt,
  none: oauth.None,
}[settings.auth_method](credential);

const verifier = oauth.generateRandomCodeVerifier();
const state = `${oauth.generateRandomState()} &=+%/"\\~`;
const where = new URL(server.authorization_endpoint);
where.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: settings.redirect_uri,
  response_type: "code",
  scope: "profile notes:read",
  resource: settings.resource,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
});
const answer = oauth.validateAuthResponse(server, client, await browse(where), state);
const first = await oauth.processAuthorizationCodeResponse(
  server,
  client,
  await oauth.authorizationCodeGrantRequest(
    server, client, authentication, answer, settings.redirect_uri, verifier, insecure,
  ),
);
const get = (path, token) =>
  oauth.protectedResourceRequest(token, "GET", new URL(path, issuer), undefined, undefined, insecure);
const me = await get("/api/me", first.access_token);

async function refresh(token, parameters) {
  const response = await oauth.refreshTokenGrantRequest(
    server, client, authentication, token, { additionalParameters: parameters, ...insecure },
  );
  return oauth.processRefreshTokenResponse(server, client, response);
}

async function introspect(token) {
  if (settings.auth_method === "none") return null;
  const response = await oauth.introspectionRequest(server, client, authentication, token, insecure);
  return oauth.processIntrospectionResponse(server, client, response);
}

const second = await refresh(first.refresh_token, { scope: "profile" });
const refused = await get("/api/notes", second.access_token).catch(
  (error) => error.cause[0].parameters,
);
const alive = await introspect(second.access_token);
await oauth.processRevocationResponse(
  await oauth.revocationRequest(
    server, client, authentication, second.refresh_token, insecure,
  ),
);
const dead = await introspect(second.access_token);

say({
  user: (await me.json()).username,
  scope: first.scope,
  narrowed_scope: second.scope,
  refused: refused.error,
  alive,
  dead,
  refresh_after_revocation: await refusal(refresh(second.refresh_token)),
});
process.exit(0);
