// The device page: one worker with the device, and everything that a person sees of it.

import { journalText } from "../device/journal_text.js";
import { showBoard, showOutputs, showPicture } from "./face.js";
import { watchKeys } from "./keys.js";
import { allowSound, buzz, setSound } from "./sound.js";

const MOST_SERIAL = 60_000; // characters that the page keeps of the serial line
const CHOICE = "clapmark-board";

const element = (id) => document.getElementById(id);
const replays = () => import("./replay.js"); // as a schedule's code, loaded when it is needed
let worker = null;
let board = "tdisplay";
let wanted = null; // what to do with the script that the worker returns
let serialText = "";
let isSerialDirty = false;
let isJournalDirty = true;
let isJournalAsked = false;
let frame = null; // the next one, if something is to be drawn in it

window.clapmarkStarted = true;

function say(text) {
  element("notice").textContent = text;
}

function send(message, transfer = []) {
  worker.postMessage(message, transfer);
}

function startWorker() {
  worker?.terminate();
  worker = new Worker(new URL("../device/worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => onMessage[data.type]?.(data);
  worker.onerror = (event) => {
    event.preventDefault();
    say("The device cannot start: this browser refuses WebAssembly or module workers, or a file of the page is missing. " +
      "Allow WebAssembly for this page (strict settings and some extensions block it), or use another browser. " + (event.message ?? ""));
  };
}

// Start this browser's device, or the replay of the page's address.
async function start() {
  say("");
  element("help").replaceChildren();
  let replay = null;
  try {
    if (location.hash) replay = await (await replays()).replayIn(location.hash);
  } catch (error) {
    say(error.message);
  }
  if (replay) board = replay.board;
  if (replay) say("The replay plays; the device is at its end in some seconds.");
  startWorker();
  serialText = "";
  isSerialDirty = isJournalDirty = true;
  isJournalAsked = false;
  element("own").hidden = !replay;
  element("power").setAttribute("aria-pressed", "true");
  element("power").textContent = "On";
  element("speed").value = "1";
  element("cable").checked = true;
  for (const radio of document.querySelectorAll("input[name=board]")) radio.checked = radio.value === board;
  send({ type: "start", board, replay });
}

const onMessage = {
  started({ board: name, buttons, outputs, hasBattery, isKept, isReplay }) {
    showBoard(name, buttons, outputs);
    showOutputs({});
    element("battery-row").hidden = !hasBattery;
    element("usb").classList.add("is-plugged");
    element("state").textContent = isReplay
      ? "This is a replay, on a device of its own. It is forgotten when you leave."
      : isKept ? "This browser keeps the device; its flash survives when you close the page." : "This device is not kept.";
    document.documentElement.dataset.device = isReplay ? "replay" : "own";
  },
  picture(picture) {
    showPicture(picture);
    showHelp(picture.help);
    document.documentElement.dataset.pictures = String(Number(document.documentElement.dataset.pictures ?? 0) + 1);
    isJournalDirty = true;
    drawLogsSoon();
  },
  outputs({ outputs, tones }) {
    showOutputs(outputs);
    if ("buzzer" in outputs) buzz(outputs.buzzer, tones.buzzer ?? 0);
  },
  serial({ bytes }) {
    serialText = (serialText + new TextDecoder("latin1").decode(bytes)).slice(-MOST_SERIAL);
    isSerialDirty = true;
    drawLogsSoon();
  },
  journal({ bytes }) {
    isJournalAsked = false;
    element("journal").textContent = journalText(bytes) || "Empty.";
    drawLogsSoon();
  },
  notice({ text }) {
    say(text);
  },
  failed({ text }) {
    say(`${text}\nNothing that the device has shown as saved is lost. "New device" starts again from nothing.`);
  },
  arrived() {
    say("");
    document.documentElement.dataset.device = "arrived";
  },
  async script({ text, board: name, isComplete }) {
    const address = await (await replays()).linkTo(name, text);
    if (!address) {
      say("That is too much for a link. Start with a new device, and do it again from there.");
      return;
    }
    wanted?.(address);
    if (!isComplete) say("The link begins with a new device; this one has done more than the link can hold.");
  },
  renewed() {
    if (location.hash) history.replaceState(null, "", location.pathname);
    start();
  },
};

function showHelp(text) {
  const rows = text.split("\n").filter(Boolean).map((line) => line.split("\t"));
  element("help").replaceChildren(
    ...rows.filter(([key]) => !document.querySelector(`.key[data-key="${key}"]`).hidden).map(([key, short, held]) => {
      const row = document.createElement("div");
      const name = document.createElement("dt");
      const what = document.createElement("dd");
      name.textContent = key;
      what.textContent = held ? `${short}; hold: ${held}` : short;
      row.append(name, what);
      return row;
    }),
  );
}

// Show what is open of the serial line and the journal: once a frame, however fast the device runs.
function drawLogsSoon() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    if (element("serial-box").open) showSerial();
    if (element("journal-box").open) askForJournal();
  });
}

function askForJournal() {
  if (!isJournalDirty || isJournalAsked) return;
  isJournalDirty = false;
  isJournalAsked = true;
  send({ type: "journal" });
}

function showSerial() {
  if (!isSerialDirty) return;
  isSerialDirty = false;
  const box = element("serial");
  const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 20;
  box.textContent = serialText.replaceAll("\r", "");
  if (isAtEnd) box.scrollTop = box.scrollHeight;
}

async function putSchedule(file) {
  try {
    const { readSchedule } = await import("./schedule_file.js");
    const { packFile } = await import("../device/schedule_steps.js");
    const bytes = await readSchedule(file);
    send({ type: "schedule", packed: await packFile(bytes), clock: clockRequest() });
    say(`${file.name}: ${bytes.length / 180 - 1} talks go over the cable to the device, and the time of this computer.`);
  } catch (error) {
    say(error.message);
  }
}

function clockRequest() {
  return `time utc=${Date.now()} err=50 offset=${-60 * new Date().getTimezoneOffset()}`;
}

watchKeys(
  (button, at) => {
    allowSound();
    send({ type: "down", button, at });
  },
  (button, at) => send({ type: "up", button, at }),
);
element("boards").addEventListener("change", ({ target }) => {
  board = target.value;
  try {
    localStorage.setItem(CHOICE, board);
  } catch {
    // storage denied: the choice is forgotten
  }
  if (location.hash) history.replaceState(null, "", location.pathname);
  start();
});
element("reset").addEventListener("click", () => send({ type: "act", action: { kind: "reset" } }));
element("power").addEventListener("click", ({ currentTarget }) => {
  const isOn = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", String(isOn));
  currentTarget.textContent = isOn ? "On" : "Off";
  send({ type: "power", isOn });
});
element("renew").addEventListener("click", () => {
  if (window.confirm("Erase this device's flash in this browser, with all its bookmarks?")) {
    element("help").replaceChildren();
    send({ type: "renew" });
  }
});
element("battery").addEventListener("input", ({ target }) => {
  element("volts").textContent = `${(target.value / 1000).toFixed(2)} V`;
});
element("battery").addEventListener("change", ({ target }) => {
  send({ type: "act", action: { kind: "battery", millivolts: Number(target.value) } });
});
element("cable").addEventListener("change", ({ target }) => {
  element("usb").classList.toggle("is-plugged", target.checked);
  send({ type: "plug", isIn: target.checked });
});
element("sound").addEventListener("change", ({ target }) => setSound(target.checked));
element("speed").addEventListener("change", ({ target }) => send({ type: "speed", factor: Number(target.value) }));
element("set-clock").addEventListener("click", () => send({ type: "clock", request: clockRequest() }));
element("schedule").addEventListener("change", ({ target }) => {
  if (target.files[0]) putSchedule(target.files[0]);
  target.value = "";
});
element("copy").addEventListener("click", () => {
  wanted = async (address) => {
    document.documentElement.dataset.link = address;
    try {
      await navigator.clipboard.writeText(address);
      say("The link is in your clipboard: whoever opens it sees what you did.");
    } catch {
      history.replaceState(null, "", address);
      say("The link is in the address bar: copy it from there.");
    }
  };
  send({ type: "script" });
});
element("own").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname);
  start();
});
element("journal-box").addEventListener("toggle", () => {
  isJournalDirty = true;
  drawLogsSoon();
});
element("serial-box").addEventListener("toggle", drawLogsSoon);
for (const name of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(name, (event) => {
    event.preventDefault();
    element("stage").classList.toggle("is-dragged", name === "dragover");
    if (name === "drop" && event.dataTransfer?.files[0]) putSchedule(event.dataTransfer.files[0]);
  });
}
window.addEventListener("hashchange", start);

try {
  const chosen = localStorage.getItem(CHOICE);
  if (document.querySelector(`input[name=board][value="${chosen}"]`)) board = chosen;
} catch {
  // storage denied: the first board
}
start();
