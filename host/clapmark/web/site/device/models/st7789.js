// The ST7789V display controller and its glass: clapmark/sim/models/st7789.py in JavaScript.

import { PythonRandom } from "./python_random.js";

const RAM_COLUMNS = 240;
const RAM_ROWS = 320;
const SWRESET = 0x01, SLPIN = 0x10, SLPOUT = 0x11, INVOFF = 0x20, INVON = 0x21, DISPOFF = 0x28, DISPON = 0x29;
const CASET = 0x2a, RASET = 0x2b, RAMWR = 0x2c, MADCTL = 0x36, COLMOD = 0x3a, WRMEMC = 0x3c;
const KNOWN = new Set([0x00, SWRESET, SLPIN, SLPOUT, 0x12, 0x13, INVOFF, INVON, DISPOFF, DISPON, CASET, RASET, RAMWR,
  MADCTL, COLMOD, WRMEMC]);
const PARAMETERS = { [CASET]: 4, [RASET]: 4, [MADCTL]: 1, [COLMOD]: 1 };
const MY = 0x80, MX = 0x40, MV = 0x20, BGR = 0x08;
const RGB565 = 0x05;
const MOST_VIOLATIONS = 100;

let snow = null;

export class ST7789Model {
  // A 1.14 inch IPS panel, 135 x 240 pixels, held with a quarter turn anticlockwise from upright.
  constructor() {
    this.columns = 135;
    this.rows = 240;
    this.firstColumn = 52;
    this.firstRow = 40;
    this.width = this.rows;
    this.height = this.columns;
    this.violations = [];
    snow ??= new Uint16Array(new PythonRandom(7789).bytes(2 * RAM_COLUMNS * RAM_ROWS).buffer);
    this.ram = snow.slice();
    this.#reset();
  }

  // Take bytes from the bus: commands while `dc` is 0, else data.
  feed(dc, data) {
    if (dc) this.#takeData(data);
    else for (const command of data) this.#takeCommand(command);
  }

  // Return what a person sees as RGBA bytes, `width` x `height`.
  picture() {
    const pixels = new Uint32Array(this.width * this.height).fill(0xff000000);
    if (this.awake && this.on) {
      const flip = this.inverted ? 0 : 0xffff; // normally black glass
      const isBgr = this.addressMode & BGR;
      for (let row = 0; row < this.rows; row++) {
        const start = (this.firstRow + row) * RAM_COLUMNS + this.firstColumn;
        for (let column = 0; column < this.columns; column++) {
          const pixel = this.ram[start + column] ^ flip;
          let red = pixel >> 11;
          const green = (pixel >> 5) & 63;
          let blue = pixel & 31;
          if (isBgr) [red, blue] = [blue, red];
          // 90 degrees anticlockwise, as PIL's ROTATE_90
          pixels[(this.columns - 1 - column) * this.rows + row] =
            0xff000000 | (((blue << 3) | (blue >> 2)) << 16) | (((green << 2) | (green >> 4)) << 8) | (red << 3) | (red >> 2);
        }
      }
    }
    return new Uint8ClampedArray(pixels.buffer);
  }

  #reset() {
    this.awake = this.on = this.inverted = false;
    this.addressMode = 0;
    this.pixelFormat = 0x66;
    this.windowX = [0, RAM_COLUMNS - 1];
    this.windowY = [0, RAM_ROWS - 1];
    this.command = 0;
    this.parameters = [];
    this.halfPixel = -1;
    this.x = this.y = 0;
    this.isFull = false;
  }

  #takeCommand(command) {
    this.#endCommand();
    if (!KNOWN.has(command)) this.#complain(`command ${hex(command)} is not one that this model knows`);
    this.command = command;
    if (command === SWRESET) this.#reset();
    else if (command === SLPIN || command === SLPOUT) this.awake = command === SLPOUT;
    else if (command === INVOFF || command === INVON) this.inverted = command === INVON;
    else if (command === DISPOFF || command === DISPON) this.on = command === DISPON;
    else if (command === RAMWR) this.#startWriting();
  }

  #endCommand() {
    const expected = PARAMETERS[this.command] ?? 0;
    if (this.parameters.length < expected) this.#complain(`${hex(this.command)} got ${this.parameters.length} parameters instead of ${expected}`);
    if (this.halfPixel >= 0) this.#complain("RAMWR ended in the middle of a pixel");
    this.parameters = [];
    this.halfPixel = -1;
  }

  #takeData(data) {
    if (this.command === RAMWR || this.command === WRMEMC) {
      this.#takePixels(data);
      return;
    }
    const expected = PARAMETERS[this.command] ?? 0;
    for (const byte of data) {
      if (this.parameters.length >= expected) {
        this.#complain(`data ${hex(byte)} that no command asked for`);
        continue;
      }
      this.parameters.push(byte);
      if (this.parameters.length === expected) this.#takeParameters();
    }
  }

  #takeParameters() {
    const values = this.parameters;
    if (this.command === MADCTL) this.addressMode = values[0];
    else if (this.command === COLMOD) this.pixelFormat = values[0];
    else {
      const first = (values[0] << 8) | values[1];
      const last = (values[2] << 8) | values[3];
      const isColumn = this.command === CASET;
      const limit = isColumn === Boolean(this.addressMode & MV) ? RAM_ROWS : RAM_COLUMNS;
      if (first > last || last >= limit) {
        this.#complain(`${hex(this.command)} asks for ${first} to ${last}, where 0 to ${limit - 1} exist`);
      } else if (isColumn) this.windowX = [first, last];
      else this.windowY = [first, last];
    }
  }

  #startWriting() {
    [this.x, this.y] = [this.windowX[0], this.windowY[0]];
    this.isFull = false;
    if (!this.awake) this.#complain("RAMWR before SLPOUT");
    if ((this.pixelFormat & 7) !== RGB565) this.#complain(`RAMWR while COLMOD is ${hex(this.pixelFormat)}; this model takes 16 bits per pixel`);
    for (const place of [this.#position(this.x, this.y), this.#position(this.windowX[1], this.windowY[1])]) {
      const row = Math.floor(place / RAM_COLUMNS);
      const column = place % RAM_COLUMNS;
      if (column < this.firstColumn || column >= this.firstColumn + this.columns || row < this.firstRow || row >= this.firstRow + this.rows) {
        this.#complain(`RAMWR to column ${column}, row ${row} of the RAM, outside the glass`);
      }
    }
  }

  // Return the position of a pixel of the window in the RAM (datasheet, "Address control").
  #position(x, y) {
    let [column, row] = this.addressMode & MV ? [y, x] : [x, y];
    if (this.addressMode & MX) column = RAM_COLUMNS - 1 - column;
    if (this.addressMode & MY) row = RAM_ROWS - 1 - row;
    return Math.min(Math.max(row, 0), RAM_ROWS - 1) * RAM_COLUMNS + Math.min(Math.max(column, 0), RAM_COLUMNS - 1);
  }

  #takePixels(data) {
    for (const byte of data) {
      if (this.halfPixel < 0) {
        this.halfPixel = byte;
        continue;
      }
      if (this.isFull) {
        this.#complain("RAMWR with more pixels than the window holds");
        this.isFull = false; // the controller begins again at the window's start
      }
      this.ram[this.#position(this.x, this.y)] = (this.halfPixel << 8) | byte;
      this.halfPixel = -1;
      if (++this.x > this.windowX[1]) {
        this.x = this.windowX[0];
        if (++this.y > this.windowY[1]) {
          this.y = this.windowY[0];
          this.isFull = true;
        }
      }
    }
  }

  #complain(sentence) {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(sentence);
  }
}

function hex(byte) {
  return `${byte.toString(16).toUpperCase().padStart(2, "0")}h`;
}
