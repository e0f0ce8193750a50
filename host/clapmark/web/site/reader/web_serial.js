// A serial port of Web Serial as the link needs it: bytes with a timeout, and sentences for what goes wrong.

import { LinkError } from "./link/link.js";
import { lost, Port } from "./port.js";

const BAUD = 115_200;
const BUFFER_BYTES = 65_536;
const NATIVE_USB = 0x303a; // Espressif: the chip itself is the USB device, and sends only to a terminal that is there

export class SerialPort extends Port {
  // Open a port that the person chose. Raises LinkError with a sentence.
  static async open(port) {
    try {
      await port.open({ baudRate: BAUD, bufferSize: BUFFER_BYTES });
    } catch (error) {
      if (error.name === "InvalidStateError") throw new LinkError("This page has the port open already. Reload the page and connect again.");
      throw new LinkError(
        "The port cannot be opened. Another tab or program uses it (clapmark, mpremote, a serial monitor, ModemManager), or you may not use it " +
          "(on Debian and Ubuntu: sudo usermod -a -G dialout $USER, then log in again). Close the other one and connect again.",
      );
    }
    const opened = new SerialPort(port);
    await opened.#signal();
    opened.pumping = opened.#pump();
    return opened;
  }

  constructor(port) {
    super();
    this.port = port;
  }

  // DTR and RTS together, so that no board takes their difference for the way into its bootloader.
  async #signal() {
    if (this.port.getInfo?.().usbVendorId !== NATIVE_USB) return;
    try {
      await this.port.setSignals({ dataTerminalReady: true, requestToSend: true });
    } catch {
      // a driver without signals: the board may still answer
      return;
    }
  }

  async #pump() {
    while (this.port.readable && !this.isClosing) {
      this.stream = this.port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await this.stream.read();
          if (done) break;
          this.take(value);
        }
        if (this.isClosing) break;
      } catch (error) {
        // after a framing error or an overrun there is a new stream; after the loss of the device there is none
        if (error.name === "NetworkError" || !this.port.readable) break;
      } finally {
        this.stream.releaseLock();
      }
    }
    this.end();
  }

  async write(bytes) {
    if (this.isLost || !this.port.writable) throw lost();
    const writer = this.port.writable.getWriter();
    try {
      await writer.write(bytes);
    } catch {
      throw lost();
    } finally {
      writer.releaseLock();
    }
  }

  async close() {
    this.isClosing = true;
    try {
      await this.stream?.cancel();
    } catch {
      this.end(); // the stream has ended before
    }
    await this.pumping; // it holds the stream until then
    try {
      await this.port.close(); // a port whose device is gone, too: else it could not be opened again
    } catch {
      this.end();
    }
  }
}
