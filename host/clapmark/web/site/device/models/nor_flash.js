// The NOR flash that holds the device's journal: clapmark/sim/models/nor_flash.py in JavaScript.

export const SECTOR_BYTES = 4096;
const PROGRAM_US = 400;
const PROGRAM_US_PER_BYTE = 5;
const ERASE_US = 50_000;
const ERASE_PIECE_BYTES = 256;
const EIO = 5;
const EINVAL = 22;

export class NorFlash {
  // `bytes` is changed in place; `onViolation` gets a rule that was broken, and where.
  constructor(bytes, onViolation) {
    this.bytes = bytes;
    this.dirtySectors = new Set(); // changed since somebody emptied this
    this.onViolation = onViolation;
    this.operation = null;
  }

  // Begin to program; return [microseconds, 0], or [0, error number].
  program(address, data, nowUs) {
    if (address < 0 || address + data.length > this.bytes.length) return [0, EINVAL];
    const rule = this.#brokenRule(address, data);
    if (rule) {
      this.onViolation(rule);
      return [0, EIO];
    }
    return this.#begin(nowUs, address, data, false, PROGRAM_US + data.length * PROGRAM_US_PER_BYTE);
  }

  // Begin to erase the sector at `address`; return as `program` does.
  erase(address, nowUs) {
    if (address % SECTOR_BYTES || address < 0 || address >= this.bytes.length) return [0, EINVAL];
    return this.#begin(nowUs, address, new Uint8Array(SECTOR_BYTES).fill(0xff), true, ERASE_US);
  }

  // Do what is done by `nowUs`.
  advance(nowUs) {
    const operation = this.operation;
    if (!operation) return;
    const done = bytesAt(operation, nowUs);
    if (done > operation.doneBytes) {
      this.bytes.set(operation.data.subarray(operation.doneBytes, done), operation.address + operation.doneBytes);
      this.dirtySectors.add(Math.floor(operation.address / SECTOR_BYTES));
      this.dirtySectors.add(Math.floor((operation.address + done - 1) / SECTOR_BYTES));
    }
    operation.doneBytes = done;
    if (done === operation.data.length) this.operation = null;
  }

  // Abort the operation that is under way: the chip stops here.
  stop() {
    this.operation = null;
  }

  #begin(begunUs, address, data, isErase, neededUs) {
    this.operation = { begunUs, address, data, isErase, neededUs, doneBytes: 0 };
    return [neededUs, 0];
  }

  #brokenRule(address, data) {
    for (let place = 0; place < data.length; place++) {
      const before = this.bytes[address + place];
      const after = data[place];
      if ((before & after) !== after) return `a bit set without an erase at byte ${address + place} of flash.bin`;
      if (before !== 0xff && after !== 0xff) return `a byte programmed twice at byte ${address + place} of flash.bin`;
    }
    return "";
  }
}

function bytesAt(operation, nowUs) {
  const passedUs = nowUs - operation.begunUs;
  if (passedUs >= operation.neededUs) return operation.data.length;
  if (operation.isErase) {
    const bytes = Math.floor((SECTOR_BYTES * passedUs) / ERASE_US);
    return Math.floor(bytes / ERASE_PIECE_BYTES) * ERASE_PIECE_BYTES;
  }
  return Math.floor(Math.max(0, passedUs - PROGRAM_US) / PROGRAM_US_PER_BYTE);
}
