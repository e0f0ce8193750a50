// All talks of the session: planned, actual, running. Prints on A4 and Letter.

import { behindMinutes, behindText, clockText, look, timeOfDay, word } from "./anchor.js";
import { Live } from "./live.js";

const live = new Live();
const by = (id) => document.getElementById(id);
const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
const WORDS = { waiting: "", current: "up next", speaking: "speaking", done: "done", skipped: "skipped" };
const length = (ms) => (ms === null ? "" : clockText(Math.round(ms / 1000)));
const signed = (ms) => (Math.round(ms / 1000) === 0 ? "0:00" : `${ms > 0 ? "+" : "−"}${clockText(Math.round(Math.abs(ms) / 1000))}`);

live.changed = (state) => {
  put(by("problem"), live.problem || (state && state.device.leads && !state.device.is_connected ? state.device.say : ""));
  if (!state) return;
  put(by("session"), state.session.title || "Rundown");
  by("rows").replaceChildren(
    ...state.rundown.map((entry) => {
      const row = document.createElement("tr");
      row.className = entry.state;
      const over = entry.actual_ms === null ? null : entry.actual_ms - entry.planned_ms;
      if (over > 0) row.classList.add("over");
      const texts = [
        timeOfDay(entry.start_utc_ms, state.offset_s),
        entry.began_utc_ms === null ? "" : timeOfDay(entry.began_utc_ms, state.offset_s),
        entry.speakers.join(", "), entry.title, length(entry.planned_ms), length(entry.actual_ms),
        over === null ? "" : signed(over), WORDS[entry.state],
      ];
      for (const text of texts) row.insertCell().textContent = text;
      row.cells[5].classList.add("actual");
      return row;
    }),
  );
  const done = state.rundown.filter((entry) => entry.actual_ms !== null);
  const sum = (key) => done.reduce((all, entry) => all + entry[key], 0);
  const skipped = state.rundown.filter((entry) => entry.state === "skipped").length;
  put(by("count"), `${done.length} of ${state.rundown.length} spoke${skipped ? `, ${skipped} skipped` : ""}`);
  put(by("sum-planned"), length(sum("planned_ms")));
  put(by("sum-actual"), length(sum("actual_ms")));
  put(by("sum-over"), done.length ? signed(sum("actual_ms") - sum("planned_ms")) : "");
};

live.drawn = (now) => {
  const shown = look(live.state, now);
  put(by("word"), word(shown.name));
  put(by("time"), clockText(shown.seconds));
  put(by("behind"), behindText(behindMinutes(live.state, now)));
  const { countdown } = live.state;
  const running = by("rows").querySelector(".speaking .actual");
  if (running && countdown.state !== "ready") {
    const left = countdown.left_ms - (countdown.state === "running" ? now - countdown.at_ms : 0);
    put(running, clockText(Math.max(0, Math.floor((countdown.total_ms - left) / 1000))));
  }
};

by("print").addEventListener("click", () => print());
live.start();
globalThis.clapmark = live;
