// Bytes that have arrived at a port, until the link reads them.

export class Incoming {
  constructor() {
    this.chunks = [];
    this.wake = () => {};
    this.hasEnded = false;
  }

  // Add a Uint8Array.
  take(bytes) {
    this.chunks.push(bytes);
    this.wake();
  }

  // Nothing more will arrive.
  end() {
    this.hasEnded = true;
    this.wake();
  }

  // Return what has arrived, waiting up to `ms` for the first byte; null once all is read and nothing more will arrive.
  async read(ms) {
    if (!this.chunks.length && !this.hasEnded) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => {};
    }
    if (!this.chunks.length && this.hasEnded) return null;
    const whole = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.chunks.splice(0)) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
