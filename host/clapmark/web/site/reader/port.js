// What every kind of port does alike: it keeps what has arrived until the link reads it, and says when the device is gone.

import { LinkError } from "./link/link.js";

export class Port {
  constructor() {
    this.chunks = [];
    this.wake = () => {};
    this.isLost = false;
    this.isClosing = false;
  }

  // Add a Uint8Array.
  take(bytes) {
    this.chunks.push(bytes);
    this.wake();
  }

  // Nothing more will arrive.
  end() {
    this.isLost = true;
    this.wake();
  }

  // Return what has arrived, waiting up to `ms` for the first byte. Raises LinkError once all is read and the device is gone.
  async read(ms) {
    if (!this.chunks.length && !this.isLost) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => {};
    }
    if (!this.chunks.length && this.isLost) throw lost();
    const whole = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.chunks.splice(0)) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

export function lost() {
  return new LinkError("The device went away. What was fetched is kept on this page, and the device still has everything. Plug it in again and connect.");
}
