// Keeps the device page and the reader page in the browser, so that they work offline. Nothing is fetched from elsewhere.

const VERSION = "unbuilt"; // set when the site is written: another one for every change of a file
const FILES = []; // the same
const CACHE = `clapmark-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((name) => new Request(name, { cache: "no-cache" })))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("clapmark-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  event.respondWith(answer(request, address));
});

// Answer from what is kept; what is not, such as the documentation, comes from the server. What changes while
// `clapmark play` runs is always asked for.
async function answer(request, address) {
  const cache = await caches.open(CACHE);
  const path = address.pathname.endsWith("/") ? `${address.pathname}index.html` : address.pathname;
  const kept = await cache.match(new URL(path, address.origin).href, { ignoreSearch: true });
  if (kept && path.endsWith("/bridge.json")) return fetch(request).catch(() => kept);
  return kept ?? fetch(request);
}
