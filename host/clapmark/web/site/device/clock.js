// The clocks of a run, in microseconds: clapmark/sim/world_clock.py in JavaScript.

const TICKS_RANGE = 2 ** 30;

export class WorldClock {
  constructor(nowUs = 0) {
    this.nowUs = nowUs; // since the beginning of the run; never goes back
    this.grantedUntilUs = nowUs; // nothing comes from outside before
    this.ticksZeroUs = nowUs;
    this.rtcOffsetUs = 0;
  }

  get ticksMs() {
    return Math.floor((this.nowUs - this.ticksZeroUs) / 1000) % TICKS_RANGE;
  }

  // What the chip's RTC shows, since 2000.
  get rtcUs() {
    return this.nowUs + this.rtcOffsetUs;
  }

  chipStarts(isPowerUp, isSoft) {
    this.grantedUntilUs = this.nowUs;
    if (!isSoft) this.ticksZeroUs = this.nowUs;
    if (isPowerUp) this.rtcOffsetUs = -this.nowUs;
  }

  grant(movedUs, freeUs) {
    this.nowUs += movedUs;
    this.grantedUntilUs = this.nowUs + freeUs;
  }

  setLeft(leftUs) {
    this.nowUs = this.grantedUntilUs - leftUs;
  }

  setRtc(since2000Us) {
    this.rtcOffsetUs = since2000Us - this.nowUs;
  }
}
