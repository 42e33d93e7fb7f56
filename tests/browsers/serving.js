/** Files and texts over plain http, as in a network of one's own: pages there have no `crypto.subtle`. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

// Pages of this name are no secure context, as those of `localhost` and 127.0.0.1 are; `inBrowser` leads it to 127.0.0.1.
export const HOST = "ledger.test";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json", ".css": "text/css" };

/**
 * Serves until `close` is called. `folders` are file URLs by the start of an address (`/src/`), `texts` texts or bytes by a
 * whole address (`/page.html`), `statuses` what an address of them answers in place of 200. Gives `{ url, close }`; the URL has no slash at its end.
 */
export async function serve({ folders = {}, texts = {}, statuses = {} }) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, `http://${HOST}`); // without `..`, whatever was asked
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    try {
      const body = texts[pathname] ?? (await readFile(fileOf(folders, decodeURIComponent(pathname))));
      return response.writeHead(statuses[pathname] ?? 200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream" }).end(body);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => new Promise((closed) => server.close(closed).closeAllConnections());
  return { url: `http://${HOST}:${server.address().port}`, close };
}

function fileOf(folders, pathname) {
  const start = Object.keys(folders).find((name) => pathname.startsWith(name));
  return new URL(`.${join("/", pathname.slice(start.length))}`, folders[start]);
}
