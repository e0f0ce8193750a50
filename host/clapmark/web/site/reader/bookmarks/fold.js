// Bookmarks, folded from the records that make, tag, lengthen and undo each of them; as clapmark/bookmarks/fold.py.

import { Clock } from "./wall_time.js";

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

// Return the bookmarks of one journal in the order of its records; undone ones have `undone`. Later records win.
export function foldBookmarks(records, clock = new Clock(records)) {
  const tags = new Map();
  const lengths = new Map();
  const undone = new Set();
  const chosen = new Map(); // per boot: the talk that bookmarks without a talk of their own go to
  const guessed = new Map(); // per boot: the talk that the device took by its clock alone
  const rooms = new Map();
  const pressed = [];
  for (const entry of records) {
    if (entry.kind === "talk") {
      const isGuess = entry.fields.get("how") === "clock";
      chosen.set(entry.boot, isGuess ? "" : entry.text("id"));
      guessed.set(entry.boot, isGuess ? entry.text("id") : "");
    } else if (entry.kind === "room") {
      rooms.set(entry.boot, entry.text("name"));
    } else if (entry.kind === "bookmark") {
      const talkId = entry.text("talk") || (chosen.get(entry.boot) ?? "");
      pressed.push({ entry, talkId, isGuess: talkId !== "" && guessed.get(entry.boot) === talkId, room: rooms.get(entry.boot) ?? "" });
    } else if (entry.kind === "retag") {
      tags.set(entry.number("of"), entry.text("tag"));
    } else if (entry.kind === "span") {
      lengths.set(entry.number("of"), Math.max(entry.number("len"), 0));
    } else if (entry.kind === "undo") {
      undone.add(entry.number("of"));
    }
  }
  return pressed.map(({ entry, talkId, isGuess, room }) => ({
    seq: entry.seq, crc: entry.crc, boot: entry.boot, ms: entry.ms, when: clock.timeAt(entry.boot, entry.ms),
    tag: tags.get(entry.seq) || entry.text("tag"), talkId, isGuess, room,
    lengthMs: lengths.get(entry.seq) ?? 0, undone: undone.has(entry.seq),
  }));
}

// Return the ten letters and digits that name a bookmark wherever it is written.
export async function bookmarkId(device, epoch, { seq, crc }) {
  const name = new TextEncoder().encode(`${device}/${epoch}/${seq}/${crc}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", name));
  let number = 0n;
  for (const byte of digest.subarray(0, 7)) number = (number << 8n) | BigInt(byte);
  return Array.from({ length: 10 }, (_, index) => LETTERS[Number((number >> BigInt(51 - 5 * index)) & 31n)]).join("");
}
