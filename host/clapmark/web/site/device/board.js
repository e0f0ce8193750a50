// The virtual board: takes what the chip does on its pins and buses; clapmark/sim/board.py in JavaScript.

import { NorFlash } from "./models/nor_flash.js";
import { SSD1306Model } from "./models/ssd1306.js";
import { ST7789Model } from "./models/st7789.js";

export const FULL_BATTERY_MV = 4100;
const ENODEV = 19;
const RANDOM_RANGE = 2 ** 30;

export class VirtualBoard {
  // `wiring`: an entry of boards.json; `tell(kind, text, number)` reports what a person may want to know.
  constructor(wiring, flash, deviceId, seed, clock, tell) {
    this.wiring = wiring;
    this.violations = 0;
    this.flash = new NorFlash(flash, (text) => {
      this.violations++;
      tell("flash-violation", text, 0);
    });
    this.deviceId = deviceId;
    this.seed = seed;
    this.clock = clock;
    this.tell = tell;
    this.watchdogUs = null; // when it bites
    this.boots = 0;
    this.batteryMv = FULL_BATTERY_MV;
    this.outputs = {}; // level or duty, by name
    this.tones = {};
    this.names = Object.fromEntries(Object.entries(wiring.outputs).map(([name, pin]) => [pin, name]));
    this.pictureVersion = 0;
    this.powerUp();
  }

  // Forget what was lost with the power.
  powerUp() {
    this.levels = Uint8Array.from(this.wiring.levels);
    this.#newPanel();
    for (const name of Object.keys(this.wiring.outputs)) this.#output(name, 0);
  }

  chipStarts(cause) {
    this.cause = cause;
    this.boots++;
    this.buses = {};
    this.random = this.seed * 1009 + this.boots;
    this.flash.stop();
    this.watchdogUs = null;
  }

  pin(pin, level) {
    const before = this.levels[pin];
    this.levels[pin] = level;
    const panel = this.wiring.panel;
    if (panel.kind === "spi" && pin === panel.reset && before && !level) this.#newPanel();
    else if (pin in this.names && before !== level) this.#output(this.names[pin], level ? 65535 : 0, level);
  }

  duty(pin, duty) {
    if (pin in this.names) this.#output(this.names[pin], duty);
  }

  tone(pin, hz) {
    const name = this.names[pin];
    if (name === undefined) return;
    this.tones[name] = hz;
    this.tell("tone", name, hz);
  }

  busPins(bus, clock, data) {
    this.buses[bus] = [clock, data];
  }

  // The chip writes to an SPI bus; the panel listens while its chip select is low.
  bus(bus, data) {
    const panel = this.wiring.panel;
    const pins = this.buses[bus];
    if (panel.kind !== "spi" || !pins || pins[0] !== panel.clock || pins[1] !== panel.data) return;
    if (!this.levels[panel.chip_select]) {
      this.panel.feed(this.levels[panel.data_command], data);
      this.pictureVersion++;
    }
  }

  // The chip writes to an I2C device; return 0, or the number of the error.
  i2c(bus, address, data) {
    const panel = this.wiring.panel;
    const pins = this.buses[bus];
    if (panel.kind === "i2c" && pins[0] === panel.clock && pins[1] === panel.data && address === panel.address) {
      this.panel.feed(1, data);
      this.pictureVersion++;
      return 0;
    }
    return ENODEV;
  }

  // Return the voltage of an ADC pin; one with nothing on it floats.
  microvolts(pin) {
    const battery = this.wiring.battery;
    if (battery && pin === battery.pin) return Math.floor((this.batteryMv * 1000) / battery.divider);
    return this.randomByte() * 1000;
  }

  // Linear congruential generator with the constants of Numerical Recipes, reduced to 30 bits.
  randomByte() {
    this.random = (this.random * 1_664_525 + 1_013_904_223) % RANDOM_RANGE;
    return (this.random >> 20) & 255;
  }

  watchdog(timeoutMs) {
    this.watchdogUs = this.clock.nowUs + timeoutMs * 1000;
  }

  program(address, data) {
    const answer = this.flash.program(address, data, this.clock.nowUs);
    this.flash.advance(this.clock.grantedUntilUs);
    return answer;
  }

  erase(address) {
    const answer = this.flash.erase(address, this.clock.nowUs);
    this.tell("erase", "", Math.floor(answer[0] / 1000));
    this.flash.advance(this.clock.grantedUntilUs);
    return answer;
  }

  #newPanel() {
    this.panel = this.wiring.panel.kind === "spi" ? new ST7789Model() : new SSD1306Model();
    this.pictureVersion = (this.pictureVersion ?? 0) + 1;
  }

  #output(name, duty, level = duty) {
    this.outputs[name] = duty;
    this.tell("output", name, level);
  }
}
