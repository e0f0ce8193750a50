// A `navigator.serial` whose ports are WebSockets of the test's server. `window.fakeSerial` chooses and records.

window.fakeSerial = { name: "device", vendor: 0x1a86, signals: [], opened: 0, isCancelled: false };

class FakePort extends EventTarget {
  constructor(name) {
    super();
    this.name = name;
    this.readable = null;
    this.writable = null;
  }

  getInfo() {
    return { usbVendorId: window.fakeSerial.vendor, usbProductId: 1 };
  }

  open({ baudRate }) {
    if (this.isOpen) throw new DOMException("The port is already open.", "InvalidStateError");
    if (baudRate !== 115200) throw new Error("another rate");
    window.fakeSerial.opened += 1;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${location.host}/serial/${this.name}`);
      socket.binaryType = "arraybuffer";
      this.socket = socket;
      this.readable = new ReadableStream({
        start: (controller) => (this.controller = controller),
        cancel: () => {},
      });
      this.writable = new WritableStream({ write: (bytes) => {
        if (socket.readyState !== WebSocket.OPEN) throw new DOMException("The device has been lost.", "NetworkError");
        socket.send(bytes);
      } });
      socket.onmessage = ({ data }) => (typeof data === "string" ? resolve() : this.controller.enqueue(new Uint8Array(data)));
      this.isOpen = true; // until `close`, also if the device is lost
      socket.onclose = ({ code }) => {
        this.socket = null;
        const controller = this.controller;
        this.readable = null;
        this.writable = null;
        if (code === 4001) {
          this.isOpen = false;
          reject(new DOMException("Failed to open serial port.", "NetworkError"));
        } else if (!this.isClosing) controller.error(new DOMException("The device has been lost.", "NetworkError"));
      };
    });
  }

  async setSignals(signals) {
    window.fakeSerial.signals.push(signals);
  }

  async close() {
    if (!this.isOpen) throw new DOMException("The port is already closed.", "InvalidStateError");
    if (this.readable?.locked || this.writable?.locked) throw new TypeError("Cannot close a locked stream.");
    this.isClosing = true;
    if (this.socket) {
      const isClosed = new Promise((resolve) => this.socket.addEventListener("close", resolve));
      this.socket.close();
      await isClosed;
    }
    this.isOpen = this.isClosing = false;
    this.readable = null;
    this.writable = null;
  }
}

class FakeSerial extends EventTarget {
  async requestPort() {
    if (window.fakeSerial.isCancelled) throw new DOMException("No port selected by the user.", "NotFoundError");
    const { name } = window.fakeSerial;
    this.ports ??= new Map();
    if (!this.ports.has(name)) this.ports.set(name, new FakePort(name)); // the browser gives the same object again
    return this.ports.get(name);
  }

  async getPorts() {
    return [];
  }
}

Object.defineProperty(navigator, "serial", { value: new FakeSerial(), configurable: true });
