// Reads the journal from flash as text, for a person: docs/journal.md.

import { SECTOR_BYTES } from "./models/nor_flash.js";

const HEADER = /^=sector (\d+) /;

// Return the lines of all sectors, oldest first; what is no line of printable text is marked as damaged.
export function journalText(flash) {
  const sectors = [];
  for (let start = 0; start < flash.length; start += SECTOR_BYTES) {
    const sector = flash.subarray(start, start + SECTOR_BYTES);
    let end = SECTOR_BYTES;
    while (end && sector[end - 1] === 0xff) end--;
    if (!end) continue;
    const lines = [];
    let line = "";
    for (const byte of sector.subarray(0, end)) {
      if (byte === 10) {
        lines.push(line);
        line = "";
      } else line += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "\u00b7";
    }
    if (line) lines.push(`${line}  (damaged)`);
    const header = lines.map((text) => HEADER.exec(text)).find(Boolean);
    sectors.push({ serial: header ? Number(header[1]) : Infinity, lines: lines.filter((text) => !HEADER.test(text)) });
  }
  return sectors.sort((one, other) => one.serial - other.serial).flatMap(({ lines }) => lines).join("\n");
}
