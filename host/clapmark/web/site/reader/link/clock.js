// When this page sets the device's clock; as clapmark/sync/device_clock.py.

const CLOCK_OFF_MS = 2000; // the device's clock is set when it is further off than this
const CONTRADICTION_MS = 60_000; // and not by itself if it is further off than this
const CLOCK_AGE_MS = 6 * 3600 * 1000;
const DRIFT_PPM = 200;

// Return "set", "leave", or "contradiction": laptop and device differ by more than drift can explain.
export function clockDecision(hello, utcMs) {
  if (hello.utcMs) {
    const driftMs = Math.floor((Math.max(hello.ms - hello.clockMs, 0) * DRIFT_PPM) / 1_000_000);
    if (Math.abs(hello.utcMs - utcMs) > CONTRADICTION_MS + driftMs) return "contradiction";
  }
  const isOld = hello.ms - hello.clockMs > CLOCK_AGE_MS;
  return hello.clockSeq === 0 || isOld || Math.abs(hello.utcMs - utcMs) > CLOCK_OFF_MS ? "set" : "leave";
}
