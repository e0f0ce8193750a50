// The world around the virtual device: grants it time, presses its buttons, holds its cable. clapmark/sim/world.py and
// time_keeper.py in JavaScript, for a chip that runs in the same thread: it is stepped up to a limit.

import { VirtualBoard } from "./board.js";
import { pressEdges } from "./models/bounce.js";
import { Chip, ChipStopped } from "./chip.js";
import { WorldClock } from "./clock.js";
import { PythonRandom } from "./models/python_random.js";
import { frame } from "./requests.js";
import { Timeline } from "./timeline.js";

const POWER_ON = 1, HARD = 2, WATCHDOG = 3, SOFT = 5;
const LONGEST_GRANT_US = 1e9;
const MOST_RESETS = 20; // with nothing between them but their boots
const TAIL_BYTES = 4000;

export class World {
  // `parts`: {wiring, causes, boot, flash, files, deviceId, seed, steps, loadMicroPython, wasmUrl, modules}, the first
  // three from boards.json. `past`: {nowUs, boots, draws} of a device that is continued. `on`: callbacks, by the
  // name of their event.
  constructor(parts, on = {}, past = {}) {
    this.parts = parts;
    this.on = on;
    this.clock = new WorldClock(past.nowUs ?? 0);
    this.limitUs = this.clock.nowUs; // the chip waits for time beyond it
    this.timeline = new Timeline(parts.steps);
    this.random = new PythonRandom(parts.seed);
    this.levels = Uint8Array.from(parts.wiring.levels); // that the world drives
    this.board = new VirtualBoard(parts.wiring, parts.flash, parts.deviceId, parts.seed, this.clock, this.tell);
    this.board.boots = past.boots ?? 0;
    for (const lengthUs of past.draws ?? []) pressEdges(this.random, 0, 0, lengthUs);
    this.state = { files: parts.files, rtc: new Uint8Array(0) };
    this.held = new Map(); // button to its press
    this.unread = []; // bytes that the chip has not read yet
    this.tail = "";
    this.sent = 0;
    this.quickResets = 0;
    this.isPlugged = true;
    this.hasEnded = false; // the script
    this.failure = ""; // why the device cannot go on
    this.chip = null;
    this.nextBoot = POWER_ON;
    this.dueUs = 0; // when the chip has something to do
    this.untilMs = Infinity; // when `run` gives way to what else there is to do
  }

  // Let the time pass up to `limitUs`, or until `budgetMs` of real time are used up; return whether it has come.
  async run(limitUs, budgetMs = Infinity) {
    if (this.isOff) return true;
    this.untilMs = performance.now() + budgetMs;
    this.limitUs = Math.max(this.clock.nowUs, limitUs);
    while (!this.failure) {
      if (this.nextBoot) await this.#boot();
      try {
        if (this.isBooting) this.#goOnBooting();
        if (!this.isBooting) this.#step();
      } catch (error) {
        if (!(error instanceof ChipStopped)) throw error;
        this.state = this.chip.state();
        this.chip = null;
        if (!this.hasEnded) continue;
      }
      if (this.clock.nowUs >= this.limitUs || this.hasEnded) return true;
      if (performance.now() > this.untilMs) return false;
    }
    return true;
  }

  // When the chip, or the world around it, has something to do next.
  get nextUs() {
    return Math.min(this.dueUs, this.#nextUs());
  }

  // Do `action` now, as a script's step does: {kind, ...}. Call it while `run` is not running.
  perform(action) {
    try {
      this.#perform(action);
    } catch (error) {
      if (!(error instanceof ChipStopped)) throw error;
      if (this.chip) this.state = this.chip.state();
      this.chip = null;
    }
  }

  // Press a button that is released later.
  pressDown(button) {
    if (this.held.has(button)) return;
    const press = pressEdges(this.random, this.parts.wiring.buttons[button], this.clock.nowUs, null);
    this.held.set(button, { ...press, atUs: this.clock.nowUs });
    this.timeline.addEdges(press.press);
    this.tell("pressed", button, 0);
  }

  // Release a button; return {atUs, lengthUs} of the press, null if it was not pressed.
  release(button) {
    const press = this.held.get(button);
    if (!press) return null;
    this.held.delete(button);
    const lengthUs = Math.max(this.clock.nowUs - press.atUs, 12_000);
    this.timeline.addEdges(press.release(press.atUs + lengthUs));
    return { atUs: press.atUs, lengthUs };
  }

  // Take the power away until `powerOn`.
  powerOff() {
    this.perform({ kind: "power-cut" });
    this.board.powerUp(); // dark and silent
    this.isOff = true;
  }

  powerOn() {
    this.isOff = false;
  }

  // Put the cable in, or pull it: what is under way is lost.
  plug(isIn) {
    this.isPlugged = isIn;
    if (!isIn) this.unread = [];
  }

  // Take bytes that the laptop sends.
  receive(bytes) {
    if (this.isPlugged && !this.isBooting && this.chip) this.unread.push(...bytes);
  }

  // Return {files, rtc} as they are now.
  currentState() {
    return this.chip && !this.isBooting ? this.chip.state() : this.state;
  }

  tell = (kind, text, number) => {
    this.on.event?.({ kind, atUs: this.clock.nowUs, text, number });
  };

  // what the chip asks (chip.js)

  asked(us) {
    this.#performDue();
    const nowUs = this.clock.nowUs;
    const edge = this.timeline.takeEdge(nowUs);
    const nextUs = this.#nextUs();
    // a program that waits in a loop of its own cannot be suspended, and gets what it needs
    const limitUs = this.limitUs > nowUs ? this.limitUs : nowUs + us;
    const freeUs = Math.max(0, Math.min(nextUs - nowUs, limitUs - nowUs, LONGEST_GRANT_US));
    if (edge) this.levels[edge.pin] = edge.level;
    this.clock.grant(0, freeUs);
    this.board.flash.advance(this.clock.grantedUntilUs);
    return { movedUs: 0, freeUs, pin: edge?.pin, level: edge?.level };
  }

  idle(us) {
    const nowUs = this.clock.nowUs;
    this.dueUs = nowUs + us;
    if (performance.now() > this.untilMs) return 0;
    if (this.#nextUs() <= nowUs) return 1;
    return Math.max(0, Math.min(us, this.limitUs - nowUs));
  }

  serialCount() {
    return this.unread.length;
  }

  serialByte() {
    return this.unread.length ? this.unread.shift() : -1;
  }

  text(bytes) {
    const text = [];
    for (const byte of bytes) {
      if (byte === 10) text.push(13);
      text.push(byte);
    }
    this.raw(Uint8Array.from(text));
  }

  raw(bytes) {
    this.tail = (this.tail + String.fromCharCode(...bytes)).slice(-TAIL_BYTES);
    if (this.isPlugged) this.on.serial?.(Uint8Array.from(bytes));
  }

  resetAsked(cause) {
    this.quickResets = this.clock.nowUs === this.bootedUs ? this.quickResets + 1 : 0;
    if (this.quickResets === MOST_RESETS) this.#fail("The device resets itself over and over.");
    else {
      this.tell("reset", `by itself, ${this.parts.causes[cause].name}`, 0);
      this.nextBoot = cause;
    }
    throw new ChipStopped();
  }

  ended(hasFailed) {
    if (!hasFailed) this.tell("app-ended", "", 0);
    else {
      this.#fail("The firmware ended with an exception.");
      throw new ChipStopped();
    }
  }

  #fail(why) {
    this.failure = `${why}\n${this.tail.split("Traceback (most recent call last):").at(-1).trim()}`;
    this.tell("crashed", this.failure, 0);
  }

  #nextUs() {
    return Math.min(this.timeline.nextUs, this.board.watchdogUs ?? Infinity);
  }

  #performDue() {
    while (!this.hasEnded) {
      const step = this.timeline.takeStep(this.clock.nowUs);
      if (step) this.#perform(step);
      else if (this.board.watchdogUs !== null && this.board.watchdogUs <= this.clock.nowUs) this.resetAsked(WATCHDOG);
      else return;
    }
  }

  #perform(step) {
    switch (step.kind) {
      case "press": {
        const press = pressEdges(this.random, this.parts.wiring.buttons[step.button], this.clock.nowUs, step.lengthUs);
        this.timeline.addEdges([...press.press, ...press.release(this.clock.nowUs + step.lengthUs)]);
        this.tell("pressed", step.button, Math.floor(step.lengthUs / 1000));
        return;
      }
      case "screenshot":
        this.on.screenshot?.(step.name, this.board.panel);
        this.tell("screenshot", step.name, 0);
        return;
      case "battery":
        this.board.batteryMv = step.millivolts;
        return;
      case "send":
        this.receive(frame(step.request, this.sent++ % 1000));
        return;
      case "reset":
      case "power-cut":
        this.tell(step.kind, "", 0);
        this.nextBoot = step.kind === "reset" ? HARD : POWER_ON;
        throw new ChipStopped();
      case "end":
        this.hasEnded = this.isScriptOver = true;
        this.limitUs = this.clock.nowUs;
        if (this.parts.stopsAtEnd) throw new ChipStopped();
    }
  }

  async #boot() {
    const cause = this.nextBoot;
    this.nextBoot = 0;
    const { parts, clock, board } = this;
    if (cause === POWER_ON) {
      this.state.rtc = new Uint8Array(0);
      board.powerUp();
    }
    board.chipStarts(cause);
    clock.chipStarts(cause === POWER_ON, cause === SOFT);
    this.speaksUs = clock.nowUs + (cause === SOFT ? 0 : parts.boot.rom_us);
    this.bootedUs = clock.nowUs + (cause === SOFT ? parts.boot.soft_us : parts.boot.us);
    this.isBooting = true;
    this.unsaid = parts.boot.texts[cause];
    this.unread = [];
    this.chip = new Chip(this);
    await this.chip.load(parts.loadMicroPython, parts.wasmUrl, parts.modules, this.state);
    this.tell("booted", parts.causes[cause].name, board.boots);
  }

  // Pass the time from the chip's start to boot.py.
  #goOnBooting() {
    const clock = this.clock;
    while (this.isBooting) {
      this.#performDue();
      const nowUs = clock.nowUs;
      if (nowUs >= this.speaksUs && this.unsaid) {
        this.raw(new TextEncoder().encode(this.unsaid));
        this.unsaid = "";
      }
      if (nowUs >= this.bootedUs) {
        this.isBooting = false;
        this.chip.start(this.levels, clock.ticksMs);
        return;
      }
      const endUs = this.unsaid ? this.speaksUs : this.bootedUs;
      const nextUs = this.#nextUs();
      let untilUs = nextUs <= nowUs ? nowUs : Math.min(endUs, nextUs);
      this.dueUs = endUs;
      if (untilUs > this.limitUs) {
        if (nowUs >= this.limitUs) return;
        untilUs = this.limitUs;
      }
      const edge = this.timeline.takeEdge(untilUs);
      if (edge) this.levels[edge.pin] = edge.level;
      clock.grant(untilUs - nowUs, 0);
    }
  }

  #step() {
    this.chip.step();
  }
}
