// The text of a record, the same bytes in flash, on the line and in a log: SEQ BOOT MS KIND[ KEY=VALUE]... *CRC32 LF.

import { bodyOf, fields, LineError, oneLine, utf8 } from "./lines.js";

export const MAX_RECORD_BYTES = 120;
const INTEGER = /^[+-]?\d+(?:_\d+)*$/; // what Python's int() takes
const KNOWN_KINDS = new Set(["boot", "clock", "talk", "room", "bookmark", "span", "retag", "undo", "countdown", "fault", "gap"]);

export class Record {
  constructor(seq, boot, ms, kind, values, line) {
    Object.assign(this, { seq, boot, ms, kind, fields: values, line });
  }

  get crc() {
    return this.line.slice(-9, -1);
  }

  get isKnown() {
    return KNOWN_KINDS.has(this.kind);
  }

  // Return a field as harmless text; bytes that are not UTF-8 are Latin-1, which the device's screens use.
  text(key, fallback = "") {
    const value = this.fields.get(key);
    return value === undefined ? fallback : oneLine(utf8(value) ?? value, MAX_RECORD_BYTES);
  }

  // Return a field as an integer, or `fallback` where it is missing or none.
  number(key, fallback = 0) {
    return integer(this.fields.get(key) ?? "") ?? fallback;
  }
}

function integer(text) {
  const plain = text.trim();
  return INTEGER.test(plain) ? Number(plain.replaceAll("_", "")) : null;
}

// Return the Record in `line` (LF included). Raises LineError if it is damaged or no record.
export function parseRecord(line) {
  if (line.length > MAX_RECORD_BYTES) throw new LineError("longer than a record can be");
  const body = bodyOf(line);
  if (body === null) throw new LineError("the CRC does not fit");
  const words = body.split(" ");
  if (words.length < 4 || !words[3]) throw new LineError("no record");
  const [seq, boot, ms] = words.slice(0, 3).map(integer);
  if (seq === null || boot === null || ms === null || seq < 1 || boot < 0 || ms < 0) throw new LineError("no record");
  return new Record(seq, boot, ms, words[3], fields(words.slice(4)), line);
}
