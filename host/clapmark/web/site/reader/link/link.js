// Talks with the device: requests out, checked answers in. Every request may be repeated without harm.

import { Answer, FrameReader, MAX_SEQ, ProtocolError, requestText } from "./frames.js";
import { bytesOf, utf8, utf8Bytes } from "./lines.js";
import { sendSchedule } from "./upload.js";

const PROTOCOL = 1;
const HELLO_MS = 5000; // a board that resets when its port is opened needs 2.5 s
const START_TIMES = 3; // a device that was seen to start is given so many times as long
const HELLO_ANSWER_MS = 500;
const ANSWER_MS = 1500;
const ATTEMPTS = 8;
const SILENT_ATTEMPTS = 3;
const PAGE_BYTES = 16_384;
const MOST_RECORDS = 700_000;
const MOST_NEW_RECORDS = 4096;
const MOST_SHORT_PAGES = 64;
const SHORT_PAGE_BYTES = 1024;
const VALUE_BYTES = 40;
const MOST_SETTINGS_BYTES = 65_536;

export class LinkError extends Error {}

// The device answered that it cannot; `code` is a word of docs/link.md.
export class RefusedError extends LinkError {
  constructor(code, say) {
    const sentence = REFUSALS[code] ?? `The device refuses (${code})`;
    super(say ? `${sentence}: ${say}.` : `${sentence}.`);
    this.code = code;
  }
}

const REFUSALS = {
  verb: "The device's firmware knows no such request; update it with `clapmark deploy`",
  argument: "The device does not understand a field of the request; update its firmware with `clapmark deploy`",
  long: "The request is longer than the device takes",
  memory: "The device has no memory left for this; reset it and try again. Its journal is safe",
  journal: "The device has no journal to read",
  epoch: "This device has another journal by now",
  missing: "The device has no record of that number",
  crc: "The device received other data than was sent; try again",
  full: "The device's journal has no room for the note that its records are synced",
  flash: "The device's flash failed; its records are kept",
  unsaved: "The device's clock is set, but the record of it is NOT SAVED",
  offset: "The device expects another part of the data; try again",
  file: "The device's file system failed; is it full?",
  key: "The device has no such setting",
  value: "The device does not take the setting",
  unsupported: "This board cannot do that",
  failed: "The device's firmware failed at this request; its journal is safe. Update it with `clapmark deploy`",
};

export class LinkClient {
  // `port` has read(ms), write(bytes), close(), name. `onStarting` is called once if the device is seen to start.
  constructor(port, onStarting = () => {}) {
    this.port = port;
    this.reader = new FrameReader(port);
    this.retries = 0;
    this.roundTripMs = 0;
    this.greeting = null;
    this.onStarting = onStarting;
    this.isStarting = false;
    this.earlier = new Set();
    this.ident = Math.floor(Math.random() * 1000); // answers that a page before left behind must not fit
  }

  // Ask the device who it is; wait for one that is just starting. Raises LinkError with a sentence that fits the bytes.
  async hello(timeoutMs = HELLO_MS) {
    const begun = performance.now();
    let end = begun + timeoutMs;
    let prompts = 0;
    this.earlier.clear();
    this.reader.takePrompt();
    for (;;) {
      const answer = await this.#attempt("hello", { protocol: PROTOCOL }, HELLO_ANSWER_MS);
      if (this.reader.takeBoot()) {
        end = Math.min(performance.now() + START_TIMES * timeoutMs, begun + 4 * timeoutMs);
        if (!this.isStarting) this.onStarting();
        this.isStarting = true;
      }
      if (answer) {
        this.greeting = greetingOf(answer);
        return this.greeting;
      }
      if (this.reader.takePrompt()) prompts += 1;
      if (prompts >= 2 || performance.now() >= end) throw this.#notFound(prompts);
      await this.port.write(bytesOf("\r\n")); // a prompt that stood there before shows itself; an app skips it
    }
  }

  // Set the device's clock to this computer's.
  async setTime(offsetS = -new Date().getTimezoneOffset() * 60) {
    const err = Math.max(1, Math.ceil(this.roundTripMs / 2));
    await this.#ask("time", () => ({ utc: Date.now(), err, offset: offsetS }));
  }

  // Yield records and damaged places from `fromSeq` on, in the order of flash, each once.
  async *records(fromSeq, onProgress = () => {}) {
    const seen = new Set();
    const limit = Math.min(Math.max(this.greeting.lastSeq, fromSeq) + MOST_NEW_RECORDS, fromSeq + MOST_RECORDS);
    let nextSeq = fromSeq;
    let fruitless = 0;
    let shortPages = 0;
    for (;;) {
      const page = await this.#page(nextSeq);
      if (page.nextSeq - 1 > limit) throw new ProtocolError("The device sends more records than it can hold. What arrived is kept here. Reset it and try again.");
      if (page.isWhole && !page.isDone && page.items.reduce((sum, item) => sum + (item.line ?? item.data).length, 0) < SHORT_PAGE_BYTES) shortPages += 1;
      if (shortPages > MOST_SHORT_PAGES) throw new ProtocolError("The device keeps sending almost nothing and never says that it is done. What arrived is kept here; reset the device and try again.");
      for (const item of page.items) {
        if (item.isDamage && seen.has(item.place)) continue;
        if (item.isDamage) seen.add(item.place);
        yield item;
      }
      onProgress(page.nextSeq - 1, Math.max(page.lastSeq, page.nextSeq - 1));
      if (page.isDone) return;
      if (!page.isWhole) this.retries += 1;
      fruitless = page.nextSeq > nextSeq ? 0 : fruitless + 1;
      if (fruitless >= ATTEMPTS) throw this.#tooNoisy();
      nextSeq = page.nextSeq;
    }
  }

  // Tell the device that everything up to `seq` is saved for good. Only ever called when a person says so.
  async commit(epoch, seq, crc) {
    await this.#ask("commit", { epoch, seq, crc });
  }

  async getSettings() {
    let value = "";
    for (;;) {
      const answer = await this.#ask("settings", { key: "", at: value.length });
      const size = answer.number("size", 0, MOST_SETTINGS_BYTES);
      const part = answer.data("value");
      value += part;
      if (value.length >= size) break;
      if (!part) throw answer.wrong("it is shorter than its size says");
    }
    try {
      const settings = JSON.parse(utf8(value) ?? "");
      if (settings && typeof settings === "object" && !Array.isArray(settings)) return settings;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new ProtocolError("The device's settings are not valid JSON. Nothing was changed.");
  }

  // Change one setting; the device checks it, and refuses with its reason.
  async putSetting(key, value) {
    const data = utf8Bytes(JSON.stringify(value));
    for (let at = 0; ; at += VALUE_BYTES) {
      const isLast = at + VALUE_BYTES >= data.length;
      await this.#ask("settings", { key, at, ...(isLast ? {} : { more: 1 }), value: data.slice(at, at + VALUE_BYTES) });
      if (isLast) return;
    }
  }

  // Put a schedule in the device's form on the device. The old one stays until the new one is there as a whole.
  async putSchedule(bytes, onProgress = () => {}) {
    await sendSchedule((values) => this.#ask("schedule", values), bytes, onProgress);
  }

  async #page(fromSeq) {
    await this.#ask("get", { from: fromSeq, bytes: PAGE_BYTES }, { from: String(fromSeq) });
    const page = await this.reader.readPage(this.ident, fromSeq, ANSWER_MS);
    if (page.error) throw refusal(new Answer(page.error));
    return page;
  }

  async #ask(verb, values = {}, expected = {}) {
    let silent = 0;
    this.earlier.clear();
    for (let attempt = 0; attempt < ATTEMPTS && silent < SILENT_ATTEMPTS; attempt++) {
      if (attempt) this.retries += 1;
      const before = this.reader.receivedBytes;
      const answer = await this.#attempt(verb, typeof values === "function" ? values() : values, ANSWER_MS, expected);
      if (answer) return answer;
      silent = this.reader.receivedBytes === before ? silent + 1 : 0;
    }
    if (this.reader.takePrompt()) throw this.#notFound(2);
    throw new LinkError("The device no longer answers. What was fetched is kept here, and the device still has everything. Plug it in again and connect.");
  }

  async #attempt(verb, values, timeoutMs, expected = {}) {
    this.ident = (this.ident + 1) % 1000;
    const sent = performance.now();
    await this.port.write(bytesOf(requestText(this.ident, verb, values)));
    const late = this.reader.lateAnswers;
    const found = await this.reader.readAnswer(this.ident, verb, sent + timeoutMs, this.earlier);
    this.retries = Math.max(0, this.retries - (this.reader.lateAnswers - late));
    this.earlier.add(this.ident);
    if (!found) return null;
    this.roundTripMs = performance.now() - sent;
    const answer = new Answer(found);
    if (found.verb === "error") throw refusal(answer);
    return Object.entries(expected).every(([key, value]) => answer.values.get(key) === value) ? answer : null;
  }

  #notFound(prompts) {
    if (prompts) return new LinkError("The device is at the MicroPython prompt (>>>): the Clapmark app is not running. Reset the device; if it comes back to the prompt, run `clapmark deploy`.");
    if (this.reader.junkBytes) {
      return new LinkError(`Something at this port sends bytes (${this.reader.junkBytes} so far), but they are no answer of Clapmark: it may be a GPS receiver or another board. Choose another port. If this is the right one, reset the device and try again.`);
    }
    return new LinkError("Nobody answers at this port. Is the device switched on, and is this its port? Choose another one, or reset the device and try again.");
  }

  #tooNoisy() {
    return new LinkError(`The line damages nearly everything (${this.reader.junkBytes} bytes of noise). Nothing is lost: use another cable or USB port and connect again.`);
  }
}

function greetingOf(answer) {
  const protocol = answer.number("protocol", 0, 2 ** 49, 0);
  const firmware = answer.text("firmware", 24);
  if (protocol !== PROTOCOL) {
    const which = protocol < PROTOCOL ? "Update the device with `clapmark deploy`." : "Reload this page while you are online: a newer one may be there.";
    throw new ProtocolError(`The device (firmware ${firmware || "unknown"}) speaks protocol ${protocol}, this page speaks ${PROTOCOL}. ${which} The device keeps its bookmarks meanwhile.`);
  }
  const device = answer.text("device", 13);
  const epoch = answer.text("epoch", 9);
  if (!/^[0-9a-f]{12}$/.test(device) || !/^[0-9A-F]{8}$/.test(epoch)) throw answer.wrong("it names no device and journal (12 and 8 hexadecimal digits)");
  const number = (key, high) => answer.number(key, 0, high, 0);
  return {
    device, epoch, firmware, board: answer.text("board", 24), boot: number("boot"),
    firstSeq: number("first", MAX_SEQ), lastSeq: number("last", MAX_SEQ), committedSeq: number("committed", MAX_SEQ),
    percent: number("percent"), damaged: number("damaged"), ms: number("ms"), utcMs: number("utc"),
    clockSeq: number("clock", MAX_SEQ), clockMs: number("clock_ms"), faults: number("faults"), problem: answer.text("problem"),
  };
}

function refusal(answer) {
  return new RefusedError(answer.text("code", 20) || "error", answer.text("say"));
}
