// The difference between two clocks, from messages that carried the time of one of them (the same as ../offset.py).
//
// Each message bounds it: the other clock was read after the request was sent and before the answer arrived. The
// bounds of all messages together are narrower than those of the fastest one.

const DRIFT = 1e-4; // two quartz clocks differ by less than 100 ppm; the bounds widen with it
const JUMP_MS = 1;

export class Offset {
  constructor() {
    this.low = 0;
    this.high = 0;
    this.at = 0;
    this.isKnown = false;
  }

  // Take a message; return false if it contradicts the earlier ones, which are then forgotten. `sent` may be -Infinity.
  add(sent, other, received) {
    let low = sent - other;
    let high = received - other;
    const slack = DRIFT * Math.max(0, received - this.at);
    const agrees =
      this.isKnown && Math.max(low, this.low - slack) <= Math.min(high, this.high + slack) + JUMP_MS;
    if (agrees) {
      low = Math.max(low, this.low - slack);
      high = Math.min(high, this.high + slack);
      if (low > high) low = high = (low + high) / 2;
    }
    const wasKnown = this.isKnown;
    if (!agrees && low === -Infinity) {
      this.isKnown = false; // a message in one direction is no start
      return !wasKnown;
    }
    Object.assign(this, { low, high, at: received, isKnown: true });
    return agrees || !wasKnown;
  }

  get ms() {
    return (this.low + this.high) / 2;
  }

  get error() {
    return (this.high - this.low) / 2;
  }

  forget() {
    this.isKnown = false;
  }
}
