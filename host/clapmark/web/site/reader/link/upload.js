// Sends a schedule to the device: in compressed blocks if its firmware takes them, else byte for byte (docs/link.md).

import { ProtocolError } from "./frames.js";
import { bytesOf, crcOf, textOf, TRAILER_BYTES } from "./lines.js";

const DATA_BYTES = 99; // base64 makes 132 of it, which fits a request of 200 bytes
const BLOCK_BYTES = 1024; // no distance in a block is longer than the device's window
const MOST_STARTS = 4;
const MOST_STALLS = 8;
const LINE_BYTES = 200;
const LONG_LINE_BYTES = 256;
const AGAIN = ["offset", "memory", "packed"];

// `ask(values)` puts a request of the verb `schedule` and resolves to its answer; `onProgress(bytes, allBytes)`.
export async function sendSchedule(ask, bytes, onProgress) {
  const upload = new Upload(ask, textOf(bytes), onProgress);
  for (let attempt = 0; ; attempt++) {
    try {
      return await upload.run();
    } catch (error) {
      // what needs less memory, or worked before there were blocks
      upload.mayPack &&= error.code === "offset" && !attempt;
      if (attempt === MOST_STARTS - 1 || !AGAIN.includes(error.code)) throw error;
    }
  }
}

class Upload {
  constructor(ask, data, onProgress) {
    Object.assign(this, { ask, data, onProgress });
    this.mayPack = typeof CompressionStream !== "undefined";
    this.whole = { size: data.length, crc: crcOf(data) };
  }

  async run() {
    const { data } = this;
    const begun = await this.ask({ do: "begin", ...this.whole });
    const packedBytes = this.mayPack ? begun.number("packed", 0, 1 << 16, 0) : 0;
    const lineBytes = begun.number("line", LINE_BYTES, LONG_LINE_BYTES, LINE_BYTES);
    let offset = begun.number("offset", 0, data.length);
    for (let stalls = 0; offset < data.length; ) {
      const block = packedBytes ? await deflated(data.slice(offset, offset + BLOCK_BYTES)) : null;
      const there = block !== null && block.length <= packedBytes ? await this.#sendBlock(offset, block, lineBytes) : await this.#sendPart(offset);
      stalls = there > offset ? 0 : stalls + 1;
      if (stalls >= MOST_STALLS) throw stuck();
      offset = there;
      this.onProgress(offset, data.length);
    }
    await this.ask({ do: "end", ...this.whole });
  }

  async #sendPart(offset) {
    const answer = await this.ask({ do: "data", offset, data: btoa(this.data.slice(offset, offset + DATA_BYTES)) });
    return answer.number("offset", 0, this.data.length);
  }

  async #sendBlock(offset, packed, lineBytes) {
    const length = Math.min(BLOCK_BYTES, this.data.length - offset);
    for (let at = 0, stalls = 0; stalls < MOST_STALLS; ) {
      let values = { do: "pack", offset, at, length };
      let part = packed.slice(at, at + room(values, lineBytes));
      if (at + part.length < packed.length) {
        values = { do: "pack", offset, at };
        part = packed.slice(at, Math.min(at + room(values, lineBytes), packed.length - 1)); // the last part has the length
      }
      const answer = await this.ask({ ...values, data: btoa(part) });
      const there = answer.number("offset", 0, this.data.length);
      if (there !== offset) return there;
      const held = answer.number("at", 0, packed.length);
      stalls = held <= at ? stalls + 1 : 0;
      at = held < packed.length ? held : 0;
    }
    throw stuck();
  }
}

// Return how many bytes fit, in base64, after the fields of a request of `lineBytes`.
function room(values, lineBytes) {
  const words = Object.entries(values).map(([key, value]) => ` ${key}=${value}`).join("");
  return Math.floor((lineBytes - TRAILER_BYTES - `?999 schedule${words} data=`.length) / 4) * 3;
}

async function deflated(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return textOf(new Uint8Array(await new Response(stream).arrayBuffer()));
}

function stuck() {
  return new ProtocolError("The device does not accept the next part of the schedule. The schedule that it had is still in use. Reset it and try again.");
}
