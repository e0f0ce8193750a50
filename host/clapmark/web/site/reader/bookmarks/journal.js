// What was fetched from one journal: its records byte for byte, what is damaged, and the bookmarks in it.

import { escape, seal } from "../link/lines.js";
import { foldBookmarks } from "./fold.js";

const PIECE_BYTES = 1000; // of damaged flash in one line, as clapmark/archive/journal_log.py

export class Journal {
  constructor(device, epoch) {
    Object.assign(this, { device, epoch });
    this.records = [];
    this.damage = [];
    this.lines = new Set();
    this.savedSeq = 0; // the person has saved the log up to this record
    this.isStopped = false; // the last fetch did not reach the end
  }

  // Take a record or a damaged place; return whether it is new.
  add(item) {
    const name = item.isDamage ? item.place : item.line;
    if (this.lines.has(name)) return false;
    this.lines.add(name);
    (item.isDamage ? this.damage : this.records).push(item);
    return true;
  }

  get last() {
    return this.records.reduce((newest, entry) => (newest && newest.seq > entry.seq ? newest : entry), null);
  }

  // Return records and damaged places in the order of their numbers.
  get sorted() {
    return this.records.toSorted((one, other) => one.seq - other.seq || (one.line < other.line ? -1 : 1));
  }

  // Return the numbers between the first record and the last that are neither here nor announced as left out.
  get missing() {
    const known = new Set(this.records.map(({ seq }) => seq));
    for (const gap of this.records.filter(({ kind }) => kind === "gap")) {
      for (let seq = gap.number("from"); seq <= Math.min(gap.number("to"), gap.seq); seq++) known.add(seq);
    }
    const first = this.sorted[0]?.seq ?? 0;
    const found = [];
    for (let seq = first; seq < (this.last?.seq ?? 0); seq++) if (!known.has(seq)) found.push(seq);
    return found;
  }

  // Return the log as the archive keeps it: the records as they are in flash.
  logText() {
    return this.sorted.map(({ line }) => line).join("");
  }

  // Return the damaged places as the archive keeps them, beside the log.
  damageText() {
    return this.damage.flatMap(({ sector, offset, data }) => {
      const pieces = [];
      for (let at = 0; at < Math.max(data.length, 1); at += PIECE_BYTES) {
        pieces.push(seal(`damaged sector=${sector} offset=${offset + at} data=${escape(data.slice(at, at + PIECE_BYTES))}`));
      }
      return pieces;
    }).join("");
  }

  // Return the bookmarks in order of time, undone ones left out.
  bookmarks() {
    const order = (one, other) => one.when.sortMs - other.when.sortMs || one.boot - other.boot || one.ms - other.ms || one.seq - other.seq;
    return foldBookmarks(this.sorted).filter(({ undone }) => !undone).sort(order);
  }

  get undoneCount() {
    return foldBookmarks(this.sorted).filter(({ undone }) => undone).length;
  }
}
