// What a person saves: Markdown, a table, chapters. Text from a device is text in each of them, never markup or a formula.

import { bookmarkId } from "./bookmarks/fold.js";
import { bulletTime, lengthText, positionText } from "./words.js";

const LEAST_CHAPTER_MS = 10_000; // YouTube joins none that are closer
const MARKUP = /[\\`*_{}[\]()#+!|<>~&$%=:@^-]/g;

// Return text for Markdown: what would be markup is escaped.
export function inline(text) {
  return text.replace(MARKUP, (letter) => (/[<>&]/.test(letter) ? { "<": "&lt;", ">": "&gt;", "&": "&amp;" }[letter] : letter === "-" ? "-" : `\\${letter}`));
}

// Return the bookmarks by talk, in order of time: [[talk id, bookmarks], ...].
export function byTalk(bookmarks) {
  const talks = new Map();
  for (const bookmark of bookmarks) {
    if (!talks.has(bookmark.talkId)) talks.set(bookmark.talkId, []);
    talks.get(bookmark.talkId).push(bookmark);
  }
  return [...talks];
}

// Return a heading for each talk and a bullet for each bookmark, as clapmark writes them into a plain post.
export async function markdown(journal, titleOf) {
  const parts = [];
  for (const [talkId, bookmarks] of byTalk(journal.bookmarks())) {
    const bullets = await Promise.all(bookmarks.map(async (bookmark) => {
      const words = [inline(bookmark.tag) || "note", bookmark.lengthMs ? `${lengthText(bookmark.lengthMs)} long` : ""].filter(Boolean).join(", ");
      return `- ${bulletTime(bookmark.when, !talkId)} ${words} <!-- clapmark ${await bookmarkId(journal.device, journal.epoch, bookmark)} -->`;
    }));
    parts.push(`## ${talkId ? inline(titleOf(talkId)) : "Bookmarks without a talk"}\n\n${bullets.join("\n")}\n`);
  }
  return parts.join("\n");
}

// Return a cell of a table (RFC 4180); what a spreadsheet would take for a formula is put behind an apostrophe.
export function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  const plain = typeof value === "string" && /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

// Return the bookmarks as CSV, with a byte order mark: without one Excel takes UTF-8 for Windows-1252.
export async function table(journal, titleOf) {
  const header = ["id", "talk", "title", "time", "utc_ms", "error_ms", "tag", "length_s", "room"];
  const rows = await Promise.all(journal.bookmarks().map(async (bookmark) => {
    const { when, talkId } = bookmark;
    const time = when.utcMs === null ? null : new Date(when.utcMs).toISOString();
    return [await bookmarkId(journal.device, journal.epoch, bookmark), talkId, talkId ? titleOf(talkId) : "", time, when.utcMs, when.errorMs,
      bookmark.tag, bookmark.lengthMs / 1000, bookmark.room];
  }));
  return `\ufeff${[header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

// Return one line for each chapter of a recording that began at `startUtcMs`, and a sentence about what was left out.
export function chapters(journal, talkId, startUtcMs, title) {
  const mine = journal.bookmarks().filter((bookmark) => bookmark.talkId === talkId);
  const placed = mine.filter(({ when }) => when.utcMs !== null && when.utcMs >= startUtcMs);
  const found = [{ atMs: 0, words: [] }];
  for (const { when, tag, lengthMs } of placed) {
    const atMs = when.utcMs - startUtcMs;
    const words = lengthMs ? `${tag} (${lengthText(lengthMs)})` : tag;
    if (atMs - found.at(-1).atMs < LEAST_CHAPTER_MS) found.at(-1).words.push(words);
    else found.push({ atMs, words: [words] });
  }
  if (!found[0].words.length) found[0].words.push(title || "Start");
  const text = found.map(({ atMs, words }) => `${positionText(atMs)} ${words.join(" / ").replace(/</g, "‹").replace(/>/g, "›")}\n`).join("");
  const leftOut = mine.length - placed.length;
  return { text, count: placed.length, note: leftOut ? `Left out, since they are before that time or at an unknown one: ${leftOut}.` : "" };
}
