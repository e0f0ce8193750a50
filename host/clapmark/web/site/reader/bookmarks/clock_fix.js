// A clock fix: one moment of a boot whose wall time a clock record gives, and what follows for other moments.

const DRIFT_PPM = 50; // of an ESP32 board's crystal
export const DEFAULT_ERROR_MS = 2000; // of a clock record that does not say

const driftOf = (ms) => Math.floor((ms * DRIFT_PPM + 999_999) / 1_000_000);

export class ClockFix {
  constructor(ms, utcMs, errorMs) {
    Object.assign(this, { ms, utcMs, errorMs });
  }

  // Return the earliest and the latest UTC of another moment `ms` of the same boot.
  timeAt(ms) {
    const distanceMs = ms - this.ms;
    const errorMs = this.errorMs + driftOf(Math.abs(distanceMs));
    return [this.utcMs + distanceMs - errorMs, this.utcMs + distanceMs + errorMs];
  }
}

export function compareFixes(one, other) {
  return one.ms - other.ms || one.utcMs - other.utcMs || one.errorMs - other.errorMs;
}

export const greatest = (numbers) => numbers.reduce((one, other) => Math.max(one, other), -Infinity);
export const least = (numbers) => numbers.reduce((one, other) => Math.min(one, other), Infinity);

// Return the earliest and latest UTC at `ms` that all fixes allow; they contradict if the first is later.
export function common(fixes, ms) {
  const spans = fixes.map((fix) => fix.timeAt(ms));
  return [greatest(spans.map(([earliest]) => earliest)), least(spans.map(([, latest]) => latest))];
}

// Return the least real time that `ms` of the device's clock can have taken.
export function slowerMs(ms) {
  return ms - driftOf(ms);
}
