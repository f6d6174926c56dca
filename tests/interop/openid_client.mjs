// The whole life of a client with openid-client.
import * as oauth from "openid-client";

import { browse, hear, readKey, refusal, say } from "./conversation.mjs";

const settings = await hear();
const authenticate = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  private_key_jwt: oauth.PrivateKeyJwt,
  none: oauth.None,
}[settings.auth_method];
const credential = settings.key ? await readKey(settings.key) : settings.client_secret;
const server = await oauth.discovery(
  new URL(settings.issuer),
  settings.client_id,
  undefined,
  authenticate(credential),
  { algorithm: "oauth2", execute: [oauth.allowInsecureRequests] },
);

const verifier = oauth.randomPKCECodeVerifier();
const state = `${oauth.randomState()} &=+%/"\\~`;
const back = await browse(
  oauth.buildAuthorizationUrl(server, {
    redirect_uri: settings.redirect_uri,
    scope: "profile notes:read",
    resource: settings.resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  }),
);
// Checks state and, because the metadata announces it, iss.
const first = await oauth.authorizationCodeGrant(server, back, {
  pkceCodeVerifier: verifier,
  expectedState: state,
});
const api = new URL("/api/me", settings.issuer);
const me = await oauth.fetchProtectedResource(server, first.access_token, api, "GET");
const second = await oauth.refreshTokenGrant(server, first.refresh_token, { scope: "profile" });
const refused = await oauth.fetchProtectedResource(
  server,
  second.access_token,
  new URL("/api/notes", settings.issuer),
  "GET",
).catch((error) => error.cause[0].parameters);

const isPublic = settings.auth_method === "none";
const introspect = async (token) =>
  isPublic ? null : await oauth.tokenIntrospection(server, token);
const alive = await introspect(second.access_token);
await oauth.tokenRevocation(server, second.refresh_token);
const dead = await introspect(second.access_token);

say({
  user: (await me.json()).username,
  scope: first.scope,
  narrowed_scope: second.scope,
  refused: refused.error,
  alive,
  dead,
  refresh_after_revocation: await refusal(oauth.refreshTokenGrant(server, second.refresh_token)),
});
process.exit(0);
