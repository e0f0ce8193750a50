// Draws the reader page. Everything from a device or a file is set as text, never as markup.

import { byTalk } from "./export.js";
import { counted, dateTime, errorText, lengthText } from "./words.js";

export const element = (id) => document.getElementById(id);

export function say(text) {
  element("notice").textContent = text;
}

function made(tag, text, ...children) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
}

// Save bytes as a file in the browser's folder for downloads.
export function save(name, bytes, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Show what the device says of itself (null: a saved log), and what a person must know about its records.
export function showDevice(hello, journal, notes) {
  const facts = hello
    ? [["Device", `${hello.board} ${hello.device}`], ["Firmware", hello.firmware], ["Records", `${hello.lastSeq}, of which ${Math.max(0, hello.lastSeq - hello.committedSeq)} are in no archive yet`],
      ["Journal", `${hello.percent} % full`]]
    : [["Log", `${journal.device} ${journal.epoch}`], ["Records", String(journal.records.length)]];
  element("facts").replaceChildren(...facts.flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
  const reports = [...notes];
  if (hello?.problem) reports.push(`The device says: ${hello.problem}`);
  if (hello && hello.committedSeq > hello.lastSeq) reports.push("The device believes more records to be synced than it has. Update its firmware with `clapmark deploy`.");
  if (journal.damage.length) reports.push(`Damage: ${counted(journal.damage.length, "place")} cannot be read. The rest is here, and the damaged bytes can be saved.`);
  const { missing } = journal;
  if (missing.length) reports.push(`Damage: ${counted(missing.length, "record")} of the numbers in between cannot be had: ${missing.slice(0, 20).join(", ")}${missing.length > 20 ? " ..." : ""}.`);
  if (journal.undoneCount) reports.push(`${counted(journal.undoneCount, "bookmark")} that you undid on the device ${journal.undoneCount === 1 ? "is" : "are"} not shown; the log keeps ${journal.undoneCount === 1 ? "it" : "them"}.`);
  const unknown = journal.records.filter((entry) => !entry.isKnown).length;
  if (unknown) reports.push(`${counted(unknown, "record")} of a kind that this page does not know; the log keeps all.`);
  element("reports").replaceChildren(...reports.map((sentence) => made("li", sentence)));
  element("about").hidden = false;
  element("save-damage").hidden = !journal.damage.length;
}

export function showBookmarks(journal, titles) {
  const bookmarks = journal.bookmarks();
  const talks = byTalk(bookmarks);
  element("found-title").textContent = bookmarks.length ? counted(bookmarks.length, "bookmark") : "No bookmarks yet: press A on the device";
  element("talks").replaceChildren(...talks.flatMap(([talkId, mine]) => {
    const title = talkId ? titles.get(talkId) || talkId : "Without a talk";
    return [made("h3", title), bookmarkTable(mine, title)];
  }));
  const options = talks.map(([talkId]) => {
    const option = made("option", talkId ? titles.get(talkId) || talkId : "Without a talk");
    option.value = talkId;
    return option;
  });
  element("chapter-talk").replaceChildren(...options);
  element("found").hidden = false;
}

function bookmarkTable(bookmarks, title) {
  const head = made("tr", "", ...["Time", "Uncertainty", "Tag", "Passage"].map((name) => {
    const cell = made("th", name);
    cell.scope = "col";
    return cell;
  }));
  const rows = bookmarks.map(({ when, tag, lengthMs, isGuess }) => made("tr", "",
    made("td", timeText(when)), made("td", errorText(when.errorMs)), made("td", isGuess ? `${tag} (talk guessed by the clock)` : tag), made("td", lengthMs ? lengthText(lengthMs) : "")));
  const table = made("table", "", made("thead", "", head), made("tbody", "", ...rows));
  table.setAttribute("aria-label", `Bookmarks: ${title}`);
  return table;
}

function timeText(when) {
  if (when.utcMs !== null) return dateTime(when.utcMs, true);
  if (when.earliestMs !== null) return `after ${dateTime(when.earliestMs)}`;
  return when.latestMs !== null ? `before ${dateTime(when.latestMs)}` : "time unknown";
}

// Allow to let the device forget only what was saved, from a device that is there, and once the person has said so.
export function showForget(journal, isConnected) {
  const last = journal.last?.seq ?? 0;
  const isSaved = last > 0 && journal.savedSeq >= last;
  element("forget-box").hidden = !isConnected;
  element("is-safe").disabled = !(isConnected && isSaved);
  if (element("is-safe").disabled) element("is-safe").checked = false;
  element("forget").disabled = !element("is-safe").checked;
}
