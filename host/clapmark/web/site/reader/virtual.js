// The virtual device of the device page as a port: its worker runs here, with the cable in.

import { LinkError } from "./link/link.js";
import { Port } from "./port.js";

const START_MS = 20_000;

export class VirtualPort extends Port {
  // Start this browser's virtual device. Raises LinkError where it runs in another tab.
  static open(board) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL("../device/worker.js", import.meta.url), { type: "module" });
      const port = new VirtualPort(worker);
      const timer = setTimeout(() => fail("The virtual device does not start. Reload the page and try again."), START_MS);
      const fail = (sentence) => {
        clearTimeout(timer);
        worker.terminate();
        reject(new LinkError(sentence));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        fail("The virtual device cannot start: this browser refuses WebAssembly or module workers, or a file of the page is missing.");
      };
      worker.onmessage = ({ data }) => {
        if (data.type === "serial") port.take(data.bytes);
        else if (data.type === "failed") fail(data.text);
        else if (data.type === "started") {
          if (!data.isKept) {
            fail("The virtual device is open in another tab, or this browser denies storage. Close the device page and connect again.");
            return;
          }
          clearTimeout(timer);
          worker.postMessage({ type: "plug", isIn: true });
          resolve(port);
        }
      };
      worker.postMessage({ type: "start", board });
    });
  }

  constructor(worker) {
    super();
    this.worker = worker;
  }

  async write(bytes) {
    this.worker.postMessage({ type: "serial", bytes: [...bytes] });
  }

  async close() {
    this.worker.terminate();
  }
}
