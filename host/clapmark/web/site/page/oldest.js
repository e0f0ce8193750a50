// For browsers that cannot run the page: plain script, no module, no new syntax. main.js sets `clapmarkStarted`.
window.addEventListener("load", function () {
  window.setTimeout(function () {
    if (window.clapmarkStarted) return;
    var notice = document.getElementById("notice");
    notice.className = "warning";
    notice.textContent =
      "This browser could not start the page. It needs JavaScript modules, module workers and WebAssembly: " +
      "Firefox 114, Chrome or Edge 91, Safari 15.4, or newer. If yours is, a setting or an extension blocks one of them.";
  }, 3000);
});
