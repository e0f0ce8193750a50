// Finds frames and records in what arrives from the device, between boot messages, echo and noise (docs/link.md).

import { bodyOf, decimal, escape, fields, LineError, oneLine, seal, textOf, utf8 } from "./lines.js";
import { parseRecord } from "./record.js";

export const MAX_SEQ = 2 ** 30;
const IDS = 1000;
const MOST_NUMBER = 2 ** 49;
const MOST_PENDING = 4096; // no line of ours is as long: more bytes without an LF are noise
const MOST_PAGE_BYTES = 262_144;
const REQUEST_BYTES = 200;
const LONG_REQUEST_BYTES = 256; // for `schedule` alone

export class ProtocolError extends Error {}

// Return the bytes of a request with the LF before it. Values are numbers or texts of bytes.
export function requestText(ident, verb, values) {
  const words = Object.entries(values).map(([key, value]) => ` ${key}=${escape(String(value))}`);
  const line = seal(`?${ident} ${verb}${words.join("")}`);
  if (line.length > (verb === "schedule" ? LONG_REQUEST_BYTES : REQUEST_BYTES)) throw new RangeError("the request is too long");
  return `\n${line}`;
}

// Return {ident, verb, words} of an answer, or null if the line is none or damaged.
export function parseFrame(line, mark = "!") {
  const body = line.startsWith(mark) ? bodyOf(line) : null;
  if (body === null) return null;
  const [head, verb, ...words] = body.split(" ");
  if (!verb) return null;
  try {
    return { ident: decimal(head.slice(1), 0, IDS - 1), verb, words };
  } catch {
    return null;
  }
}

// The fields of one answer. Raises ProtocolError for what cannot be: a CRC that fits says only that the line is intact.
export class Answer {
  constructor({ verb, words }) {
    this.verb = oneLine(verb, 20);
    try {
      this.values = fields(words);
    } catch (error) {
      throw this.wrong(`its fields cannot be read: ${oneLine(error.message, 80)}`);
    }
  }

  number(key, low = 0, high = MOST_NUMBER, fallback = null) {
    const value = this.values.get(key);
    if (value === undefined && fallback !== null) return fallback;
    if (value === undefined) throw this.wrong(`the field "${key}" is missing`);
    try {
      return decimal(value, low, high);
    } catch (error) {
      if (error instanceof LineError) throw this.wrong(`the field "${key}" cannot be "${oneLine(value, 30)}"`);
      throw error;
    }
  }

  text(key, limit = 200) {
    const value = this.values.get(key) ?? "";
    return oneLine(utf8(value) ?? value, limit);
  }

  data(key) {
    const value = this.values.get(key);
    if (value === undefined) throw this.wrong(`the field "${key}" is missing`);
    return value;
  }

  wrong(what) {
    return new ProtocolError(
      `The device's answer to "${this.verb}" does not follow the protocol: ${what}. Nothing is lost: what the device has saved ` +
        "stays there. Update its firmware with `clapmark deploy` and try again.",
    );
  }
}

// Reads lines from a port: `port.read(ms)` resolves to bytes, none if nothing came in time.
export class FrameReader {
  constructor(port) {
    this.port = port;
    this.receivedBytes = 0;
    this.junkBytes = 0;
    this.pending = "";
    this.lines = [];
    this.sawPrompt = false;
    this.sawBoot = false;
    this.lastReadAt = -Infinity;
    this.lateAnswers = 0;
  }

  // Return whether a MicroPython prompt was seen since the last call.
  takePrompt() {
    if (this.pending.includes(">>> ")) {
      this.#junk(this.pending);
      this.pending = "";
    }
    const saw = this.sawPrompt;
    this.sawPrompt = false;
    return saw;
  }

  // Return whether the chip was seen to start since the last call.
  takeBoot() {
    const saw = this.sawBoot;
    this.sawBoot = false;
    return saw;
  }

  // Return the first frame of the answer to request `ident`, or null if none came before `deadline`.
  async readAnswer(ident, verb, deadline, earlier = new Set()) {
    for (let line = await this.#next(deadline); line !== null; line = await this.#next(deadline)) {
      const found = parseFrame(line);
      if (!found) this.#junk(line);
      else if (found.verb === verb || found.verb === "error") {
        if (found.ident === ident) return found;
        if (earlier.has(found.ident)) this.lateAnswers += 1;
      }
      if (!this.lines.length && performance.now() >= deadline) return null;
    }
    return null;
  }

  // Return the records after the first frame of an answer to `get`. If the line damaged part of it, only what is certain.
  async readPage(ident, fromSeq, timeoutMs) {
    const page = { nextSeq: fromSeq, lastSeq: 0, items: [], isWhole: false, isDone: false, error: null };
    const items = [];
    const damage = new DamageParts();
    const mostBytes = this.receivedBytes + MOST_PAGE_BYTES;
    let newestSeq = fromSeq - 1; // a record that is not above it is an echo, and must not stand for a lost one
    let certain = -1;
    let deadline = performance.now() + timeoutMs;
    while (this.receivedBytes < mostBytes) {
      const line = await this.#next(deadline);
      if (line === null) break;
      const found = parseFrame(line);
      if (!found) {
        const entry = recordIn(line);
        if (entry && entry.seq > newestSeq) {
          newestSeq = entry.seq;
          items.push(entry);
          deadline = performance.now() + timeoutMs;
          continue;
        }
        if (certain < 0) certain = items.length;
        this.#junk(line);
        if (!this.lines.length && performance.now() >= deadline) break;
      } else if (found.ident !== ident) {
        continue;
      } else if (found.verb === "damaged") {
        deadline = performance.now() + timeoutMs;
        const place = damage.add(new Answer(found));
        if (place && !items.some((item) => item.isDamage && item.place === place.place)) items.push(place);
      } else if (found.verb === "end") {
        const answer = new Answer(found);
        page.lastSeq = answer.number("last", 0, MAX_SEQ);
        const nextSeq = answer.number("next", fromSeq, MAX_SEQ);
        const isDone = answer.number("done", 0, 1) === 1;
        if (answer.number("items") !== items.length) break;
        return { ...page, items, nextSeq, isDone, isWhole: true };
      } else if (found.verb === "error") {
        page.error = found;
        break;
      }
    }
    for (const item of certain >= 0 ? items.slice(0, certain) : items) {
      if (item.isDamage || item.seq !== page.nextSeq) break;
      page.items.push(item);
      page.nextSeq += 1;
    }
    return page;
  }

  async #next(deadline) {
    if (!this.lines.length && this.lastReadAt > deadline) return null; // a device that never falls silent ends here, too
    while (!this.lines.length) {
      this.lastReadAt = performance.now();
      const isLate = this.lastReadAt >= deadline;
      const data = await this.port.read(Math.max(0, deadline - this.lastReadAt));
      this.receivedBytes += data.length;
      const pieces = (this.pending + textOf(data)).split("\n");
      this.pending = pieces.pop();
      this.lines = pieces.map((piece) => piece.replace(/\r$/, "")).filter(Boolean).map((piece) => `${piece}\n`);
      if (this.pending.length > MOST_PENDING) {
        this.#junk(this.pending);
        this.pending = "";
      }
      if (isLate && !this.lines.length) return null;
    }
    return this.lines.shift();
  }

  #junk(line) {
    this.junkBytes += line.length;
    this.sawPrompt ||= line.includes(">>> ");
    this.sawBoot ||= line.includes("rst:0x");
  }
}

// Puts damaged places together, which come in parts of up to 64 bytes.
class DamageParts {
  constructor() {
    this.place = "";
    this.data = "";
  }

  add(answer) {
    const sector = answer.number("sector");
    const offset = answer.number("offset");
    const place = `${sector} ${offset}`;
    const part = answer.number("part");
    if (part === 0) {
      this.place = place;
      this.data = "";
    }
    if (place !== this.place || part !== this.data.length) return null;
    this.data += answer.data("data");
    return this.data.length === answer.number("length") ? { isDamage: true, place, sector, offset, data: this.data } : null;
  }
}

function recordIn(line) {
  try {
    return parseRecord(line);
  } catch {
    return null;
  }
}
