// The device's buttons by mouse, touch and keyboard. `press(button, at)` and `release(button, at)` are called once each,
// with the time at which the finger moved, in milliseconds since 1970: the moment is the first press, however busy the page is.

const KEYS = { a: "A", b: "B", c: "C", " ": "A" };

function timeOf(event) {
  return performance.timeOrigin + event.timeStamp;
}

export function watchKeys(press, release) {
  const holders = new Map(); // button to what holds it: a pointer's or a key's name

  const down = (button, holder, event) => {
    const element = document.querySelector(`.key[data-key="${button}"]`);
    if (!element || element.hidden || holders.has(button)) return;
    holders.set(button, holder);
    element.classList.add("is-down");
    press(button, timeOf(event));
  };
  const up = (holder, event) => {
    for (const [button, other] of holders) {
      if (other !== holder) continue;
      holders.delete(button);
      document.querySelector(`.key[data-key="${button}"]`).classList.remove("is-down");
      release(button, timeOf(event));
    }
  };

  for (const element of document.querySelectorAll(".key")) {
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId); // the finger may slide off
      down(element.dataset.key, `pointer ${event.pointerId}`, event);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(name, (event) => up(`pointer ${event.pointerId}`, event));
    }
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const focused = document.activeElement;
    const isKey = focused?.classList.contains("key");
    if (!isKey && focused?.closest("input:not([type=radio], [type=checkbox]), select, textarea")) return;
    let button = KEYS[event.key.toLowerCase()];
    if (isKey && (event.key === " " || event.key === "Enter")) button = focused.dataset.key;
    else if (event.key === " " && focused?.closest("button, input, a, summary")) return; // it works the control
    if (!button) return;
    event.preventDefault();
    down(button, `key ${event.code}`, event);
  });
  document.addEventListener("keyup", (event) => up(`key ${event.code}`, event));
  window.addEventListener("blur", (event) => {
    for (const holder of [...holders.values()]) up(holder, event);
  });
}
