// The reader page: connects to a device, shows its bookmarks, and saves them. It commits only when a person says so.

import { clockDecision } from "./link/clock.js";
import { BridgedPort, offered } from "./bridge.js";
import { chapters, markdown, table } from "./export.js";
import { Journal } from "./bookmarks/journal.js";
import { LinkClient } from "./link/link.js";
import { bytesOf, utf8Bytes } from "./link/lines.js";
import { openLog } from "./bookmarks/log_file.js";
import { fillSettings, changedSettings } from "./settings.js";
import { readTitles, titles } from "./titles.js";
import { element, say, save, showBookmarks, showDevice, showForget } from "./view.js";
import { VirtualPort } from "./virtual.js";
import { SerialPort } from "./web_serial.js";
import { counted, dateTime } from "./words.js";
import { readSchedule } from "../page/schedule_file.js";

let client = null;
let journal = null;
let settings = {};
let isBusy = false;

window.clapmarkStarted = true;
document.documentElement.dataset.started = "yes";

// Do one thing at a time; what goes wrong becomes a sentence, and what was fetched stays.
async function busy(action) {
  if (isBusy) {
    say("The device is busy; wait until it is done.");
    return;
  }
  isBusy = true;
  try {
    await action();
  } catch (error) {
    say(error?.message ?? String(error));
    if (client?.port.isLost) await disconnect();
  } finally {
    isBusy = false;
    element("progress").hidden = true;
    document.documentElement.dataset.busy = "no";
  }
}

function progress(done, all) {
  const bar = element("progress");
  bar.hidden = false;
  bar.max = Math.max(all, 1);
  bar.value = done;
}

async function choosePort() {
  let port;
  try {
    port = await navigator.serial.requestPort();
  } catch (error) {
    if (error.name === "NotFoundError") {
      say("No port was chosen. If your device is not in the list: use a cable that carries data, and look whether its driver is installed.");
      return null;
    }
    throw error;
  }
  return SerialPort.open(port);
}

// Offer a button for each device that `clapmark play` bridges to this page.
async function offerBridged() {
  const buttons = (await offered()).map(({ port, name }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "bridged";
    button.textContent = `Open ${name}, through clapmark play`;
    button.addEventListener("click", () => busy(() => connect(() => BridgedPort.open(port, onLost))));
    return button;
  });
  element("connect-virtual").before(...buttons);
}

function onLost(sentence) {
  if (isBusy || !client) return; // who waits for an answer gets the sentence
  busy(async () => {
    await disconnect();
    say(sentence);
  });
}

async function connect(open) {
  document.documentElement.dataset.busy = "yes";
  await disconnect();
  say("");
  const port = await open();
  if (!port) return;
  client = new LinkClient(port, () => say("The device is starting; this takes some seconds ..."));
  element("disconnect").hidden = false;
  try {
    await read();
  } catch (error) {
    if (!journal?.records.length) await disconnect();
    throw error;
  }
}

// hello, time, get; never commit.
async function read() {
  const hello = await client.hello();
  const notes = [];
  const decision = clockDecision(hello, Date.now());
  if (decision === "contradiction") {
    notes.push(`This computer's clock says ${dateTime(Date.now())}, the device's says ${dateTime(hello.utcMs)}: they contradict each other. The device's clock was left as it is. ` +
      "If this computer is wrong, correct its clock; if the device is wrong, `clapmark sync --set-clock` sets it.");
  } else if (decision === "set") {
    await client.setTime();
  }
  if (journal?.device !== hello.device || journal?.epoch !== hello.epoch) journal = new Journal(hello.device, hello.epoch);
  journal.isStopped = true;
  const first = Math.max(1, hello.firstSeq);
  progress(0, hello.lastSeq);
  try {
    if (hello.lastSeq) for await (const item of client.records(first, progress)) journal.add(item);
    journal.isStopped = false;
  } finally {
    show(hello, notes);
  }
  settings = await client.getSettings();
  fillSettings(settings);
  element("change").hidden = false;
  say("");
}

function show(hello, notes) {
  if (journal.isStopped) notes.push("Reading stopped before the end. What is here is right; connect again for the rest.");
  if (client?.retries) notes.push(`The line was noisy: ${counted(client.retries, "request")} had to be repeated. Nothing was lost.`);
  showDevice(hello, journal, notes);
  showBookmarks(journal, titles);
  showForget(journal, client !== null && !journal.isStopped);
}

async function disconnect() {
  const before = client;
  client = null;
  element("disconnect").hidden = true;
  element("change").hidden = true;
  if (journal) showForget(journal, false);
  await before?.port.close();
}

function fileName(ending) {
  return `clapmark-${journal.device}-${journal.epoch}${ending}`;
}

function saveLog() {
  save(fileName(".log"), bytesOf(journal.logText()), "application/octet-stream");
  journal.savedSeq = journal.last?.seq ?? 0;
  showForget(journal, client !== null && !journal.isStopped);
}

async function saveText(ending, text, type) {
  save(fileName(ending), bytesOf(utf8Bytes(text)), type);
}

function saveChapters() {
  const talkId = element("chapter-talk").value;
  const startUtcMs = new Date(element("chapter-start").value).getTime();
  if (Number.isNaN(startUtcMs)) {
    say("Enter the date and time at which the recording began: its 0:00.");
    return;
  }
  const { text, count, note } = chapters(journal, talkId, startUtcMs, titles.get(talkId) ?? talkId);
  if (!count) {
    say(`No bookmark of this talk is after ${dateTime(startUtcMs)}. ${note}`);
    return;
  }
  say(note);
  saveText(".chapters.txt", text, "text/plain");
}

async function forget() {
  const { last } = journal;
  await client.commit(journal.epoch, last.seq, last.crc);
  element("is-safe").checked = false;
  showForget(journal, true);
  say(`The device may forget ${counted(journal.records.length, "record")} now, when it needs the room. Keep the log.`);
}

async function putSchedule(file) {
  const bytes = await readSchedule(file);
  progress(0, bytes.length);
  await client.putSchedule(bytes, progress);
  readTitles(bytes);
  showBookmarks(journal, titles);
  say(`${file.name} is on the device: ${counted(titles.size, "talk")}.`);
}

async function putSettings() {
  const changed = changedSettings(settings);
  for (const [name, value] of changed) await client.putSetting(name, value);
  settings = await client.getSettings();
  fillSettings(settings);
  say(changed.length ? `Changed on the device: ${changed.map(([name]) => name).join(", ")}.` : "Nothing was changed: the device has these settings.");
}

async function readLog(file) {
  await disconnect();
  journal = openLog(file.name, new Uint8Array(await file.arrayBuffer()));
  show(null, []);
}

const on = (id, event, action) => element(id).addEventListener(event, action);

on("connect", "click", () => busy(() => connect(choosePort)));
on("connect-virtual", "click", () => busy(() => connect(() => VirtualPort.open(localBoard()))));
on("disconnect", "click", () => busy(disconnect));
on("open-log", "change", ({ target }) => target.files[0] && busy(() => readLog(target.files[0])));
on("save-log", "click", saveLog);
on("save-damage", "click", () => saveText(".damaged.log", journal.damageText(), "application/octet-stream"));
on("save-markdown", "click", () => busy(async () => saveText(".md", await markdown(journal, (id) => titles.get(id) ?? id), "text/markdown")));
on("save-table", "click", () => busy(async () => saveText(".csv", await table(journal, (id) => titles.get(id) ?? ""), "text/csv")));
on("save-chapters", "click", saveChapters);
on("is-safe", "change", () => showForget(journal, client !== null && !journal.isStopped));
on("forget", "click", () => busy(forget));
on("schedule", "change", ({ target }) => target.files[0] && busy(() => putSchedule(target.files[0])).then(() => (target.value = "")));
on("settings", "submit", (event) => {
  event.preventDefault();
  busy(putSettings);
});

function localBoard() {
  try {
    return localStorage.getItem("clapmark-board") ?? "tdisplay";
  } catch {
    return "tdisplay"; // storage is denied
  }
}

offerBridged();
if (!navigator.serial) {
  element("old-browser").hidden = false;
  element("connect").disabled = true;
} else {
  navigator.serial.addEventListener?.("disconnect", () => client && !isBusy && busy(disconnect));
}
