// Lets a World live in real time: steps it when something is due, and hands on what changed. Runs in the worker.

const BUDGET_MS = 25; // of computing, before messages are looked at again
const LONGEST_SLEEP_MS = 1000;
const MOST_LAG_MS = 500; // a machine that is slower than the chip stretches the time instead of hurrying after it

export class Runner {
  // `afterRun()` is called, and awaited, whenever the device has run.
  constructor(world, afterRun, onError) {
    this.world = world;
    this.afterRun = afterRun;
    this.onError = onError; // gets what ended the run
    this.inbox = []; // {at: performance.now(), act(world)}
    this.timer = null;
    this.isRunning = false;
    this.isStopped = false;
    this.isFastForward = false; // the script plays as fast as the machine can
    this.setPace(1);
  }

  // Run `factor` times as fast as life from now on.
  setPace(factor) {
    this.factor = factor;
    this.paceWorldUs = this.world.clock.nowUs;
    this.paceMs = performance.now();
  }

  // Do something with the world when its time has come to the moment `at`, in milliseconds since 1970, or to now.
  post(act, at = undefined) {
    this.inbox.push({ at: at === undefined ? performance.now() : at - performance.timeOrigin, act });
    this.#wake(0);
  }

  start() {
    this.#wake(0);
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  #wake(delayMs) {
    if (this.isStopped || this.isRunning) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#run(), delayMs);
  }

  async #run() {
    this.isRunning = true;
    let isDone = true;
    try {
      isDone = await this.#runOnce();
      await this.afterRun();
    } catch (error) {
      this.isStopped = true;
      this.onError(error);
    } finally {
      this.isRunning = false;
    }
    if (!this.world.failure) this.#wake(isDone && !this.inbox.length ? this.#sleepMs() : 0);
  }

  async #runOnce() {
    const { world } = this;
    if (this.isFastForward) {
      const isDone = await world.run(Infinity, BUDGET_MS);
      if (world.hasEnded || world.failure) {
        world.hasEnded = false;
        this.isFastForward = false;
        this.setPace(this.factor);
      }
      return isDone && !this.isFastForward;
    }
    while (this.inbox.length) {
      const { at, act } = this.inbox.shift();
      await world.run(Math.min(this.#worldUs(at), this.#worldUs(performance.now())), MOST_LAG_MS);
      act(world);
      if (this.isFastForward) return false;
    }
    const nowUs = this.#worldUs(performance.now());
    const isDone = await world.run(nowUs, BUDGET_MS);
    if (world.hasEnded) world.hasEnded = false;
    const lagUs = this.#worldUs(performance.now()) - world.clock.nowUs;
    if (lagUs > MOST_LAG_MS * 1000 * this.factor) this.setPace(this.factor);
    return isDone && !this.inbox.length;
  }

  #worldUs(ms) {
    return this.paceWorldUs + Math.floor(Math.max(0, ms - this.paceMs) * this.factor * 1000);
  }

  #sleepMs() {
    if (this.world.isOff) return LONGEST_SLEEP_MS;
    const leftUs = this.world.nextUs - this.#worldUs(performance.now());
    return Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.ceil(leftUs / 1000 / this.factor))); // a browser rounds down
  }
}
