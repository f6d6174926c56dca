// A device and a machine with openid-client: the device grant, polled, and client credentials.
import * as oauth from "openid-client";

import { hear, refusal, say } from "./conversation.mjs";

const settings = await hear();
const discover = ({ client_id, client_secret }, authenticate) =>
  oauth.discovery(new URL(settings.issuer), client_id, undefined, authenticate(client_secret), {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
  });

const device = await discover(settings.device, oauth.None);
const codes = await oauth.initiateDeviceAuthorization(device, { scope: "profile" });
say({ link: codes.verification_uri_complete });
const tokens = await oauth.pollDeviceAuthorizationGrant(device, codes);
const again = refusal(
  oauth.genericGrantRequest(device, "urn:ietf:params:oauth:grant-type:device_code", {
    device_code: codes.device_code,
  }),
);

const machine = await discover(settings.machine, oauth.ClientSecretBasic);
const own = await oauth.clientCredentialsGrant(machine, { scope: "notes:read" });

say({
  device: { scope: tokens.scope, has_refresh_token: Boolean(tokens.refresh_token) },
  device_code_again: await again,
  machine: { scope: own.scope, has_refresh_token: Boolean(own.refresh_token) },
});
process.exit(0);
