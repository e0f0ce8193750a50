// The action `schedule` of a script: a file in the device's form (docs/link.md), as the requests that put it there.
// clapmark/sim/schedule_steps.py does the same.

import { crc32 } from "./crc32.js";

const PART_BYTES = 99;
const REQUEST_US = 20_000;

function toBase64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

// Return bytes as the action has them: raw deflate, base64.
export async function packFile(bytes) {
  return toBase64(await through(new CompressionStream("deflate-raw"), bytes));
}

export function unpackFile(packed) {
  return through(new DecompressionStream("deflate-raw"), fromBase64(packed));
}

// Return the `send` steps of a file that is put on the device from `atUs` on.
export function requestsOf(bytes, atUs) {
  const whole = `size=${bytes.length} crc=${crc32(bytes).toString(16).toUpperCase().padStart(8, "0")}`;
  const requests = [`schedule do=begin ${whole}`];
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    requests.push(`schedule do=data offset=${start} data=${toBase64(bytes.subarray(start, start + PART_BYTES))}`);
  }
  requests.push(`schedule do=end ${whole}`);
  return requests.map((request, index) => ({ atUs: atUs + index * REQUEST_US, kind: "send", request }));
}

// Return the steps with each `schedule` replaced by its requests, in order of time.
export async function expand(steps) {
  const all = [];
  for (const step of steps) {
    if (step.kind === "schedule") all.push(...requestsOf(await unpackFile(step.packed), step.atUs));
    else all.push(step);
  }
  return all.sort((one, other) => one.atUs - other.atUs);
}
