// A serial port that `clapmark play` opens for this page, by WebSocket (host/clapmark/web/bridge.py).

import { LinkError } from "./link/link.js";
import { lost, Port } from "./port.js";

const OPEN_MS = 10_000;
const REFUSED = 4001;

// Return what `clapmark play` offers, [{port, name}]: nothing where another server serves the page, or none.
export async function offered() {
  try {
    const answer = await fetch(new URL("../bridge.json", import.meta.url), { cache: "no-store" });
    return (await answer.json()).devices;
  } catch {
    return []; // offline
  }
}

export class BridgedPort extends Port {
  // Open a port that was offered. Raises LinkError with a sentence. `onLost` is called if the device goes away later.
  static open(name, onLost) {
    return new Promise((resolve, reject) => {
      const address = new URL(`../bridge?port=${encodeURIComponent(name)}`, import.meta.url);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = new WebSocket(address);
      socket.binaryType = "arraybuffer";
      const port = new BridgedPort(socket);
      let refusal = "`clapmark play` does not answer. Start it again and reload this page.";
      const timer = setTimeout(() => socket.close(), OPEN_MS);
      socket.onmessage = ({ data }) => {
        if (typeof data !== "string") {
          port.take(new Uint8Array(data));
          return;
        }
        clearTimeout(timer);
        const { error } = JSON.parse(data);
        if (error) refusal = error;
        else resolve(port);
      };
      socket.onclose = ({ code }) => {
        clearTimeout(timer);
        reject(new LinkError(refusal));
        if (port.isClosing || code === REFUSED) return;
        port.end();
        onLost(lost().message);
      };
    });
  }

  constructor(socket) {
    super();
    this.socket = socket;
  }

  async write(bytes) {
    if (this.socket.readyState !== WebSocket.OPEN) throw lost();
    this.socket.send(bytes);
  }

  // Resolve once the other end has answered, so that the same page can open the port again.
  close() {
    this.isClosing = true;
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.addEventListener("close", resolve);
      this.socket.close();
    });
  }
}
