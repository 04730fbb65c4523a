// node http-proxy in front of two upstreams, one of them TLS; it sets the Authorization header and no more.
"use strict";
const fs = require("fs");
const http = require("http");
const https = require("https");
const httpProxy = require("http-proxy");

const [, , authorization, certificate, ...routes] = process.argv;
for (let place = 0; place < routes.length; place += 2) {
  const [port, target] = routes.slice(place, place + 2);
  const isTls = target.startsWith("https:");
  const agent = isTls
    ? new https.Agent({ keepAlive: true, ca: fs.readFileSync(certificate) })
    : new http.Agent({ keepAlive: true });
  const proxy = httpProxy.createProxyServer({ target, agent, headers: { authorization } });
  proxy.on("error", (_error, _request, response) => response.writeHead(502).end());
  http.createServer((request, response) => proxy.web(request, response)).listen(Number(port), "127.0.0.1");
}
