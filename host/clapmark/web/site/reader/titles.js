// The titles of talks, from a schedule in the device's form that was put on the device from this page.

import { textOf, utf8 } from "./link/lines.js";

const ROW_BYTES = 180;
const TRAILER_BYTES = 11;

export const titles = new Map(); // by talk id

// Take the titles of a schedule in the device's form (firmware/core/schedule.py).
export function readTitles(bytes) {
  titles.clear();
  for (let start = ROW_BYTES; start < bytes.length; start += ROW_BYTES) {
    const fields = textOf(bytes.subarray(start, start + ROW_BYTES - TRAILER_BYTES)).split("\t");
    const id = fields[0] ?? "";
    titles.set(utf8(id) ?? id, (fields[5] ?? "").trimEnd());
  }
}
