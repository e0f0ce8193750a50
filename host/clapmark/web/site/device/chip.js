// One boot of the chip: MicroPython's WebAssembly port with the hardware models, at the end of two character devices.
// The messages are those of clapmark/sim/hardware/sim_world.py; clapmark/sim/device.py reads them on the unix port.

const MESSAGE_BYTES = 8;
const ANSWER_BYTES = 12;
const FIRST_I2C = 4;
const DEVICE_MAJOR = 64;
const START = `
import sys
sys.argv[:] = ["", "{to}", "{from}", "{out}", "../app"]
sys.path[:] = ["/models", "", "../app", ".frozen"]
import os
os.chdir("/device/files")
import web_start
`;

// Thrown through the program that runs when the power goes, or the chip is reset: the instance is not used again.
export class ChipStopped extends Error {}

export class Chip {
  // `world` answers: `asked(us, isWait)`, `idle(us)`, `text(bytes)`, `raw(bytes)`, `serialByte()`, `serialCount()`,
  // `board`, `clock`, `resetAsked(cause)`, `ended(failed)`.
  constructor(world) {
    this.world = world;
    this.messages = new Uint8Array(0); // an incomplete one
    this.answers = []; // Uint8Array pieces for the chip
    this.toFlash = [];
    this.toI2c = new Uint8Array(0);
    this.rtcSeconds = 0;
    this.step = null;
  }

  // Load MicroPython and give it the files. `loadMicroPython` is that of the npm package.
  async load(loadMicroPython, wasmUrl, modules, state) {
    this.micropython = await loadMicroPython({
      url: wasmUrl,
      linebuffer: false,
      stdout: (bytes) => this.world.text(bytes),
      stderr: (bytes) => this.world.text(bytes),
    });
    const FS = this.micropython.FS;
    this.FS = FS;
    for (const folder of ["/device/files", "/models"]) FS.mkdirTree(folder);
    for (const [path, bytes] of modules) {
      FS.mkdirTree(path.slice(0, path.lastIndexOf("/")) || "/");
      FS.writeFile(path, bytes);
    }
    for (const [path, bytes] of state.files) {
      const full = `/device/files/${path}`;
      FS.mkdirTree(full.slice(0, full.lastIndexOf("/")));
      FS.writeFile(full, bytes);
    }
    FS.writeFile("/device/rtc.bin", state.rtc);
    FS.writeFile("/device/flash.bin", new Uint8Array(0));
    const flash = FS.lookupPath("/device/flash.bin").node;
    flash.contents = this.world.board.flash.bytes; // the model programs and erases in place; the chip reads
    flash.usedBytes = flash.contents.length;
    this.#device("world", 1, { write: (bytes) => this.#take(bytes), read: (target) => this.#give(target) });
    this.#device("serial", 2, { write: (bytes) => this.world.raw(bytes) });
    this.descriptors = {
      to: FS.open("/dev/world", 1).fd,
      from: FS.open("/dev/world", 0).fd,
      out: FS.open("/dev/serial", 1).fd,
    };
  }

  // Run boot.py and main.py up to the first wait. Raises ChipStopped.
  start(levels, ticksMs) {
    this.answers.push(Uint8Array.from(levels), words(ticksMs, 0, 0));
    this.micropython.runPython(START.replace(/\{(\w+)\}/g, (_, name) => this.descriptors[name]));
    this.step = this.micropython.pyimport("web_start").step;
    this.step();
  }

  // Return {files, rtc}: what the chip's file system and its RTC memory hold.
  state() {
    const files = new Map();
    const visit = (folder, prefix) => {
      for (const name of this.FS.readdir(folder)) {
        if (name === "." || name === "..") continue;
        const path = `${folder}/${name}`;
        if (this.FS.isDir(this.FS.stat(path).mode)) visit(path, `${prefix}${name}/`);
        else files.set(prefix + name, this.FS.readFile(path));
      }
    };
    visit("/device/files", "");
    return { files, rtc: this.FS.readFile("/device/rtc.bin") };
  }

  // Return a word that changes whenever the chip writes a file.
  filesMark() {
    const mark = (node) => (node.isFolder ? Object.values(node.contents).map(mark).join() : `${node.id}:${node.usedBytes}:${Number(node.mtime ?? node.timestamp)}`);
    return mark(this.FS.lookupPath("/device/files").node);
  }

  // Return what each button would do now: a line "A\tshort\theld" for each, or "" while that is not known.
  help() {
    this.helpers ??= this.micropython.pyimport("web_help");
    return this.helpers.text();
  }

  // Return how much of the heap is used, in bytes.
  heapUsed() {
    this.gc ??= this.micropython.pyimport("gc");
    return this.gc.mem_alloc();
  }

  #device(name, minor, { write, read }) {
    const id = this.FS.makedev(DEVICE_MAJOR, minor);
    this.FS.registerDevice(id, {
      open() {},
      close() {},
      write: (_stream, buffer, offset, length) => {
        write(new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length));
        return length;
      },
      read: (_stream, buffer, offset, length) => read(new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length)),
    });
    this.FS.mkdev(`/dev/${name}`, id);
  }

  #give(target) {
    let done = 0;
    while (done < target.length && this.answers.length) {
      const piece = this.answers[0];
      const count = Math.min(piece.length, target.length - done);
      target.set(piece.subarray(0, count), done);
      done += count;
      if (count === piece.length) this.answers.shift();
      else this.answers[0] = piece.subarray(count);
    }
    return done;
  }

  #take(bytes) {
    let buffer = bytes;
    if (this.messages.length) {
      buffer = new Uint8Array(this.messages.length + bytes.length);
      buffer.set(this.messages);
      buffer.set(bytes, this.messages.length);
    }
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    let place = 0;
    while (buffer.length - place >= MESSAGE_BYTES) {
      const kind = String.fromCharCode(buffer[place]);
      const number = buffer[place + 1];
      const value = view.getUint16(place + 2, true);
      const word = view.getUint32(place + 4, true);
      let following = place + MESSAGE_BYTES;
      if (kind === "S") {
        if (buffer.length - following < value) break;
        this.#traffic(number, buffer.slice(following, following + value), word);
        following += value;
      } else this.#message(kind, number, value, word);
      place = following;
    }
    this.messages = buffer.slice(place);
  }

  #traffic(number, data, leftUs) {
    const { board, clock } = this.world;
    clock.setLeft(leftUs);
    if (number >= FIRST_I2C) this.toI2c = data;
    else if (number) board.bus(number, data);
    else this.toFlash.push(...data);
  }

  #message(kind, number, value, word) {
    const { board, clock } = this.world;
    switch (kind) {
      case "W":
      case "B":
        this.#answer(this.world.asked(word));
        return;
      case "Z":
        this.#words(this.world.idle(word));
        return;
      case "n":
        this.#words(this.world.serialCount());
        return;
      case "r":
        this.#words(this.world.serialByte());
        return;
      case "C":
        this.#words(Math.floor(clock.rtcUs / 1e6), clock.rtcUs % 1e6);
        return;
      case "I":
        this.#identity();
        return;
      case "Y":
        this.#words(board.randomByte());
        return;
      case "w": {
        const data = Uint8Array.from(this.toFlash);
        this.toFlash = [];
        this.#words(...board.program(word, data));
        return;
      }
      case "e":
        this.#words(...board.erase(word));
        return;
      case "u":
        clock.setRtc(this.rtcSeconds * 1e6 + word);
        this.#words(0);
        return;
      case "i":
        this.#words(board.i2c(number, word, this.toI2c));
        return;
      case "V":
        this.#words(board.microvolts(number));
        return;
      case "c":
        this.rtcSeconds = word;
        return;
      case "R":
        this.world.resetAsked(number);
        return;
      case "E":
        this.world.ended(Boolean(number));
        return;
    }
    clock.setLeft(word);
    if (kind === "P") board.pin(number, value);
    else if (kind === "D") board.duty(number, value);
    else if (kind === "F") board.tone(number, value);
    else if (kind === "K") board.busPins(number, value & 0xff, value >> 8);
    else if (kind === "L") this.world.tell("dropped-edge", "", number);
    else if (kind === "G") board.watchdog((number << 16) | value);
  }

  #identity() {
    const { board } = this.world;
    const answer = words(board.cause, 0, 0);
    answer.set(board.deviceId, 4);
    this.answers.push(answer); // the last two bytes: an ESP32
  }

  #answer({ movedUs, freeUs, pin, level }) {
    const answer = words(movedUs, freeUs, 0);
    if (pin !== undefined) {
      answer[9] = pin + 1;
      answer[10] = level;
    }
    this.answers.push(answer);
  }

  #words(...values) {
    this.answers.push(words(values[0], values[1] ?? 0, 0));
  }
}

function words(first, second, third) {
  const answer = new DataView(new ArrayBuffer(ANSWER_BYTES));
  answer.setInt32(0, first, true);
  answer.setInt32(4, second, true);
  answer.setInt32(8, third, true);
  return new Uint8Array(answer.buffer);
}
