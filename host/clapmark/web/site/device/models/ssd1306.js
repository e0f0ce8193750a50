// The SSD1306 display controller and its glass: clapmark/sim/models/ssd1306.py in JavaScript.

import { PythonRandom } from "./python_random.js";

const COLUMNS = 128;
const PAGES = 8;
const ROWS = 64;
const PARAMETERS = new Map([
  [0x20, 1], [0x21, 2], [0x22, 2], [0x26, 6], [0x27, 6], [0x29, 5], [0x2a, 5], [0x2e, 0], [0x2f, 0], [0x81, 1], [0x8d, 1],
  [0xa0, 0], [0xa1, 0], [0xa3, 2], [0xa4, 0], [0xa5, 0], [0xa6, 0], [0xa7, 0], [0xa8, 1], [0xae, 0], [0xaf, 0], [0xc0, 0],
  [0xc8, 0], [0xd3, 1], [0xd5, 1], [0xd9, 1], [0xda, 1], [0xdb, 1], [0xe3, 0],
]);
const CONTINUATION = 0x80;
const DATA = 0x40;
const HORIZONTAL = 0;
const BY_PAGE = 2;
const MOST_VIOLATIONS = 100;

export class SSD1306Model {
  // A 128 x 64 module as it is after power-up, held with its connector on top.
  constructor() {
    this.width = COLUMNS;
    this.height = ROWS;
    this.violations = [];
    this.contrast = 0x7f;
    this.ram = new PythonRandom(1306).bytes(COLUMNS * PAGES);
    this.command = 0xe3;
    this.missing = 0;
    this.parameters = [];
    this.mode = BY_PAGE;
    this.columns = [0, COLUMNS - 1];
    this.pages = [0, PAGES - 1];
    this.column = this.page = 0;
    this.isFull = false;
    this.startRow = this.offset = 0;
    this.rows = ROWS;
    this.isOn = this.isPumped = this.isInverted = this.isAllLit = this.isMirrored = this.isFlipped = false;
    this.commonPins = 0x12;
  }

  // Take what came in one I2C transaction after the address; there is no data/command line.
  feed(_dc, data) {
    let at = 0;
    while (at < data.length) {
      const control = data[at];
      if (control & 0x3f) this.#complain(`control byte ${hex(control)}; its low six bits must be 0`);
      const piece = control & CONTINUATION ? data.subarray(at + 1, at + 2) : data.subarray(at + 1);
      if (control & DATA) this.#takePixels(piece);
      else this.#takeCommands(piece);
      at += 1 + piece.length;
    }
  }

  // Return what a person sees as RGBA bytes: lit pixels are white whatever the contrast is.
  picture() {
    const pixels = new Uint32Array(COLUMNS * ROWS).fill(0xff000000);
    if (this.isOn && this.isPumped) {
      for (let line = 0; line < this.rows; line++) {
        const row = (line + this.startRow) % ROWS;
        let common = (line + this.offset) % ROWS;
        if (this.isFlipped) common = (this.rows - 1 - common + ROWS) % ROWS;
        for (let segment = 0; segment < COLUMNS; segment++) {
          const stored = (this.ram[(row >> 3) * COLUMNS + segment] >> (row % 8)) & 1;
          const lit = this.isAllLit ? 1 : stored ^ Number(this.isInverted);
          if (lit) pixels[(ROWS - 1 - common) * COLUMNS + COLUMNS - 1 - segment] = 0xffffffff;
        }
      }
    }
    return new Uint8ClampedArray(pixels.buffer);
  }

  #takeCommands(data) {
    for (const byte of data) {
      if (this.missing) {
        this.parameters.push(byte);
        this.missing--;
      } else {
        this.command = byte;
        this.parameters = [];
        this.missing = PARAMETERS.get(byte) ?? 0;
      }
      if (!this.missing) this.#perform(this.command, this.parameters);
    }
  }

  #perform(command, values) {
    if (!PARAMETERS.has(command)) {
      this.#rangeCommand(command);
      return;
    }
    if (command === 0x20) this.#setMode(values[0]);
    else if (command === 0x21) this.#setWindow("column", values, COLUMNS);
    else if (command === 0x22) this.#setWindow("page", values, PAGES);
    else if (command === 0x2f) this.#complain("scrolling is on: the picture runs away");
    else if (command === 0x81) this.contrast = values[0];
    else if (command === 0x8d) this.isPumped = (values[0] & 0x04) !== 0;
    else if (command === 0xa8) this.#setRows(values[0]);
    else if (command === 0xae) this.isOn = false;
    else if (command === 0xaf) this.#switchOn();
    else if (command === 0xd3) this.offset = values[0] & 63;
    else if (command === 0xda) this.commonPins = values[0];
    else if ((command & 0xfe) === 0xa0) this.isMirrored = Boolean(command & 1);
    else if ((command & 0xfe) === 0xa4) this.isAllLit = Boolean(command & 1);
    else if ((command & 0xfe) === 0xa6) this.isInverted = Boolean(command & 1);
    else if (command === 0xc0 || command === 0xc8) this.isFlipped = command === 0xc8;
  }

  #rangeCommand(command) {
    if (command < 0x20) {
      const nibble = command & 15;
      this.column = command & 0x10 ? (this.column & 0x0f) | (nibble << 4) : (this.column & 0x70) | nibble;
    } else if (command >= 0x40 && command <= 0x7f) this.startRow = command & 63;
    else if (command >= 0xb0 && command <= 0xb7) this.page = command & 7;
    else this.#complain(`command ${hex(command)} is not one that the datasheet knows`);
  }

  #setMode(value) {
    if ((value & 3) === 3) this.#complain("memory addressing mode 3 does not exist");
    else this.mode = value & 3;
  }

  #setWindow(what, [first, last], limit) {
    if (first > last || last >= limit) {
      this.#complain(`${what}s ${first} to ${last} asked for, where 0 to ${limit - 1} exist`);
      return;
    }
    if (this.mode === BY_PAGE) this.#complain(`a ${what} window while the addressing is by page`);
    if (what === "column") {
      this.columns = [first, last];
      this.column = first;
    } else {
      this.pages = [first, last];
      this.page = first;
    }
    this.isFull = false;
  }

  #setRows(value) {
    if ((value & 63) < 15) this.#complain(`multiplex ratio ${hex(value)} is below 0Fh`);
    else this.rows = (value & 63) + 1;
  }

  #switchOn() {
    if (!this.isPumped) this.#complain("display on while the charge pump is off: the glass stays dark");
    if (this.commonPins !== 0x12) this.#complain(`display on with COM pins ${hex(this.commonPins)}`);
    this.isOn = true;
  }

  #takePixels(data) {
    for (const byte of data) {
      if (this.missing) {
        this.#complain(`data in the middle of command ${hex(this.command)}`);
        this.missing = 0;
      }
      if (this.isFull) {
        this.#complain("more data than the window holds");
        this.isFull = false;
      }
      const segment = this.isMirrored ? COLUMNS - 1 - this.column : this.column;
      this.ram[this.page * COLUMNS + segment] = byte;
      this.#advance();
    }
  }

  #advance() {
    if (this.mode === BY_PAGE) this.column = (this.column + 1) % COLUMNS;
    else if (this.mode === HORIZONTAL) {
      if (++this.column > this.columns[1]) {
        this.column = this.columns[0];
        this.page++;
      }
    } else if (++this.page > this.pages[1]) {
      this.page = this.pages[0];
      this.column++;
    }
    if (this.page > this.pages[1] || this.column > this.columns[1]) {
      this.page = this.pages[0];
      this.column = this.columns[0];
      this.isFull = true;
    }
  }

  #complain(sentence) {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(sentence);
  }
}

function hex(byte) {
  return `${byte.toString(16).toUpperCase().padStart(2, "0")}h`;
}
