// Wall time of records: per boot from its clock records, with the uncertainty; as clapmark/archive/wall_time.py.

import { ClockFix, common, compareFixes, DEFAULT_ERROR_MS, greatest, least, slowerMs } from "./clock_fix.js";
import { believed, outvoted } from "./clock_votes.js";

const MAX_UTC_MS = 253_402_300_799_000; // the last second of the year 9999

// Not before `earliestMs`, not after `latestMs` (UTC since 1970; null: no bound is known).
export class WallTime {
  constructor(earliestMs = null, latestMs = null) {
    Object.assign(this, { earliestMs, latestMs });
  }

  get utcMs() {
    return this.#isOpen ? null : Math.floor((this.earliestMs + this.latestMs) / 2);
  }

  get errorMs() {
    return this.#isOpen ? null : Math.floor((this.latestMs - this.earliestMs + 1) / 2);
  }

  get sortMs() {
    return this.utcMs ?? this.earliestMs ?? this.latestMs ?? 0;
  }

  get #isOpen() {
    return this.earliestMs === null || this.latestMs === null;
  }
}

// The wall time of every moment of one journal.
export class Clock {
  constructor(records) {
    this.boots = new Map();
    for (const entry of records) {
      if (!this.boots.has(entry.boot)) this.boots.set(entry.boot, { fixes: [], lastMs: 0, startEarliestMs: null, endLatestMs: null });
      const boot = this.boots.get(entry.boot);
      boot.lastMs = Math.max(boot.lastMs, entry.ms);
      const fix = clockFixOf(entry);
      if (fix) boot.fixes.push(fix);
    }
    for (const boot of this.boots.values()) {
      boot.fixes.sort(compareFixes);
      if (boot.fixes.length > 1) boot.fixes = believed(boot.fixes);
    }
    const numbers = [...this.boots.keys()].sort((one, other) => one - other);
    this.#dropOutvoted(numbers.filter((number) => this.boots.get(number).fixes.length));
    this.#boundTheOthers(numbers);
  }

  timeAt(number, ms) {
    const boot = this.boots.get(number);
    if (!boot) return new WallTime();
    if (boot.fixes.length) return betweenFixes(boot.fixes, ms);
    const earliest = boot.startEarliestMs === null ? null : boot.startEarliestMs + slowerMs(ms);
    const latest = boot.endLatestMs === null ? null : boot.endLatestMs - slowerMs(Math.max(boot.lastMs - ms, 0));
    const isTurned = earliest !== null && latest !== null && earliest > latest; // the neighbours' clocks contradict each other
    return isTurned ? new WallTime(latest, earliest) : new WallTime(earliest, latest);
  }

  #dropOutvoted(numbers) {
    const spans = numbers.map((number) => spanOf(this.boots.get(number)));
    for (const position of outvoted(spans)) this.boots.get(numbers[position]).fixes = [];
  }

  #boundTheOthers(numbers) {
    let endMs = null; // the earliest UTC at which the boots so far can have ended
    for (const number of numbers) {
      const boot = this.boots.get(number);
      if (boot.fixes.length) {
        endMs = betweenFixes(boot.fixes, boot.lastMs).earliestMs;
      } else {
        boot.startEarliestMs = endMs;
        endMs = endMs === null ? null : endMs + slowerMs(boot.lastMs);
      }
    }
    let startMs = null; // the latest UTC at which the boots from here on can have started
    for (const number of numbers.toReversed()) {
      const boot = this.boots.get(number);
      if (boot.fixes.length) {
        startMs = betweenFixes(boot.fixes, 0).latestMs;
      } else {
        boot.endLatestMs = startMs;
        startMs = startMs === null ? null : startMs - slowerMs(boot.lastMs);
      }
    }
  }
}

function clockFixOf(entry) {
  if (entry.kind !== "clock") return null;
  const utcMs = entry.number("utc");
  const errorMs = entry.number("err", DEFAULT_ERROR_MS);
  if (!(utcMs > 0 && utcMs <= MAX_UTC_MS) || !(errorMs >= 0 && errorMs <= MAX_UTC_MS)) return null;
  return new ClockFix(entry.ms, utcMs, errorMs);
}

// Return the wall time at `ms` of a boot from its clock fixes (sorted, at least one).
function betweenFixes(fixes, ms) {
  if (fixes.length === 1) return new WallTime(...fixes[0].timeAt(ms));
  let [earliestMs, latestMs] = common(fixes, ms);
  if (earliestMs <= latestMs) return new WallTime(earliestMs, latestMs);
  const found = fixes.findIndex((fix) => compareFixes(fix, { ms, utcMs: 0, errorMs: 0 }) >= 0);
  const position = found < 0 ? fixes.length : found;
  const near = fixes.slice(Math.max(position - 1, 0), position + 1);
  [earliestMs, latestMs] = common(near, ms);
  if (earliestMs > latestMs) {
    const spans = near.map((fix) => fix.timeAt(ms));
    earliestMs = least(spans.map(([earliest]) => earliest));
    latestMs = greatest(spans.map(([, latest]) => latest));
  }
  return new WallTime(earliestMs, latestMs);
}

// Return when a boot with a clock ran; where its own clock records contradict each other, any may be right.
function spanOf({ fixes, lastMs }) {
  const [earliestMs, latestMs] = common(fixes, fixes[0].ms);
  if (earliestMs <= latestMs) return { startMs: common(fixes, 0)[1], endMs: common(fixes, lastMs)[0], votes: fixes.length };
  return { startMs: greatest(fixes.map((fix) => fix.timeAt(0)[1])), endMs: least(fixes.map((fix) => fix.timeAt(lastMs)[0])), votes: 1 };
}
