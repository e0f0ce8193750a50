// Checked lines (docs/journal.md): the CRC, the fields and their escaping. Lines are texts whose characters are bytes.

import { crc32 } from "../../device/crc32.js";

export const TRAILER_BYTES = 11; // " *", eight digits, LF
const MOST_DIGITS = 16;
const HEX = /^[0-9A-Fa-f]{2}$/;

export class LineError extends Error {}

// Return bytes as a text of characters 0 to 255, and back.
export function textOf(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return text;
}

export function bytesOf(text) {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// Return the CRC-32 of a text of bytes, as eight upper-case digits.
export function crcOf(text) {
  return crc32(bytesOf(text)).toString(16).toUpperCase().padStart(8, "0");
}

// Return a body as a checked line.
export function seal(body) {
  return `${body} *${crcOf(body)}\n`;
}

// Return the body of a checked line (LF included), or null if it is damaged.
export function bodyOf(line) {
  const body = line.slice(0, -TRAILER_BYTES);
  return body && line.slice(body.length) === ` *${crcOf(body)}\n` ? body : null;
}

// Return the number in `text`, from `low` to `high`. Only digits, and a `-` before them where `low` is negative.
export function decimal(text, low, high) {
  const digits = low < 0 && text.startsWith("-") ? text.slice(1) : text;
  if (!/^\d+$/.test(digits) || digits.length > MOST_DIGITS) throw new LineError("not a number");
  const number = Number(text);
  if (number < low || number > high) throw new LineError("a number out of range");
  return number;
}

export function unescape(value) {
  const pieces = value.split("%");
  return pieces[0] + pieces.slice(1).map((piece) => {
    if (!HEX.test(piece.slice(0, 2))) throw new LineError("a % without two hexadecimal digits");
    return String.fromCharCode(parseInt(piece.slice(0, 2), 16)) + piece.slice(2);
  }).join("");
}

// Return bytes (as text) as a value of a field.
export function escape(value) {
  return value.replace(/[^\x21-\x24\x26-\x7e]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

// Return the Map of `key=value` words, values unescaped. Raises LineError on what no writer of ours makes.
export function fields(words) {
  const found = new Map();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new LineError("a field without name or value");
    const name = utf8(word.slice(0, at));
    if (name === null) throw new LineError("a field whose name is not ASCII");
    if (found.has(name)) throw new LineError(`a field that comes twice: ${name}`);
    found.set(name, unescape(word.slice(at + 1)));
  }
  return found;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Return a text of bytes decoded as UTF-8, or null where it is none.
export function utf8(text) {
  try {
    return strict.decode(bytesOf(text));
  } catch {
    return null;
  }
}

export function utf8Bytes(text) {
  return textOf(new TextEncoder().encode(text));
}

// Foreign text on one line, as clapmark/base/foreign_text.py makes it: no control characters, no overrides of direction.
const SEQUENCE = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)/g;
const DROPPED = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}]/gu;
const SPACES = /[\s\x1c-\x1f]+/u;

export function oneLine(text, limit) {
  const start = [...text].slice(0, limit * 4).join("");
  const plain = /^[\x20-\x7e]*$/.test(start)
    ? start
    : start.replace(SEQUENCE, "").replace(/[\u2028\u2029\x0b\x0c\x85]/g, "\n").replace(DROPPED, "").normalize("NFC");
  return [...plain.split(SPACES).filter(Boolean).join(" ")].slice(0, limit).join("").trimEnd();
}
