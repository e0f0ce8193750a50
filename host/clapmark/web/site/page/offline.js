// Keeps the pages for later: they work without a network once they were opened with one.

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(new URL("../sw.js", import.meta.url), { type: "classic" }).catch(() => {
    // private windows and strict settings refuse it: the pages work, but only online
    document.documentElement.dataset.offline = "no";
  });
}
