// Requests of docs/link.md as a script holds them: without their number and their CRC.

import { crc32 } from "./crc32.js";

const REQUEST = /^\?\d{1,3} ([\x20-\x7e]+) \*([0-9A-F]{8})$/;

// Return the bytes of `request` on the line; `ident` is its number, 0 to 999.
export function frame(request, ident) {
  const body = new TextEncoder().encode(`?${ident} ${request}`);
  const crc = crc32(body).toString(16).toUpperCase().padStart(8, "0");
  return new TextEncoder().encode(`\n?${ident} ${request} *${crc}\n`);
}

// Return the request in a line that came over the cable, "" if it is none or damaged. A script's `#` begins a comment.
export function unframe(line) {
  const match = REQUEST.exec(line);
  if (!match) return "";
  const body = new TextEncoder().encode(line.slice(0, line.lastIndexOf(" *")));
  return crc32(body) === parseInt(match[2], 16) ? match[1].replaceAll("#", "%23") : "";
}
