// A real OpenID Connect provider (npm's certified oidc-provider) with a sign-in page that believes everybody.
//
// It takes its settings as JSON on standard input and says where it listens on standard output, then serves until
// it is stopped. Whoever signs in types who they are, as the claims that the provider will then vouch for.

import { readFileSync } from "node:fs";
import http from "node:http";
import Provider from "oidc-provider";

const given = JSON.parse(readFileSync(0, "utf8"));
const people = new Map();

const server = http.createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://localhost:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: given.client_id,
      client_secret: given.client_secret,
      redirect_uris: [given.redirect_uri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      require_auth_time: true,
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: given.only_userinfo ?? false,
  cookies: { keys: ["only for tests"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, IdToken: 600, Session: 3600, Interaction: 600, Grant: 600 },
  // Consent is for what one does not own; here the organisation owns both.
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});
provider.on("server_error", (_context, error) => console.error(error));

const page = (uid) => `<!DOCTYPE html><html lang="en"><title>Provider</title><h1>Provider</h1>
<form method="post" action="/interaction/${uid}">
<label>Claims <input name="claims"></label><button name="do" value="sign-in">Sign in</button>
<button name="do" value="stop">Stop</button></form>`;

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end(page(details.uid));
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  if (form.get("do") === "stop") {
    await provider.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  const { sub, ...claims } = JSON.parse(form.get("claims"));
  people.set(sub, claims);
  await provider.interactionFinished(request, response, { login: { accountId: sub } });
}

const callback = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) return callback(request, response);
  return interact(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
console.log(issuer);
