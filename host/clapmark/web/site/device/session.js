// One life of the device in the worker: its own one, kept in the browser, or a replay, kept nowhere.

import { loadMicroPython } from "../micropython/micropython.mjs";
import { unpack } from "./bundle.js";
import { deviceId } from "./identity.js";
import { Recorder } from "./recorder.js";
import { unframe } from "./requests.js";
import { Runner } from "./runner.js";
import { claim, Store } from "./store.js";
import { withEnd } from "./timeline.js";
import { World } from "./world.js";

const HIGHEST_SEED = 2 ** 20 - 1;
const FILES_MS = 250; // how often the device's files are compared with those in the browser

// code that a first look at the page does not need
const scripts = () => import("./script.js");
const scheduleSteps = () => import("./schedule_steps.js");

let loaded = null;

// Load what every session needs, once.
function load() {
  loaded ??= Promise.all([fetchBytes("boards.json"), fetchBytes("firmware.bundle")]).then(([boards, bundle]) => ({
    ...JSON.parse(new TextDecoder().decode(boards)),
    modules: unpack(bundle),
  }));
  return loaded;
}

async function fetchBytes(path) {
  const answer = await fetch(new URL(path, import.meta.url));
  if (!answer.ok) throw new Error(`${path} cannot be loaded: ${answer.status} ${answer.statusText}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

export class Session {
  // `post(message, transfer)` sends a message to the page.
  constructor(post) {
    this.post = post;
    this.store = null;
    this.shown = { version: -1, outputs: "" };
    this.filesAt = 0;
    this.line = "";
    this.sent = []; // bytes to the laptop's end of the cable, since the device ran last
    this.isTold = false;
  }

  // Start the device of this browser; without storage it lives until the page is closed.
  async startOwn(board) {
    const common = await load();
    let past = null;
    try {
      if (!(await claim(board))) {
        this.#tell("This device is open in another tab. Here is one that is forgotten when you close this tab.");
      } else {
        this.store = await Store.open(board);
        past = await this.store.load(common.journal_bytes);
      }
    } catch (error) {
      this.store = null;
      this.#tell(`${error.message} The device works, but it is forgotten when you close this page.`);
    }
    const meta = past?.meta ?? { seed: 1 + Math.floor(Math.random() * HIGHEST_SEED), nowUs: 0, boots: 0, steps: [], isComplete: true };
    this.recorder = new Recorder(meta.steps, meta.isComplete);
    if (meta.boots) this.recorder.add({ atUs: meta.nowUs, kind: "power-cut" }); // when the page was closed
    this.#live(common, board, meta.seed, [], { ...meta, draws: this.recorder.draws() }, past);
  }

  // Play a script on a new device; then the device lives on from there. With `isWatched`, in real time.
  // `untilUs` ends it early. `files` and `journalBytes` are what the new device has besides.
  async startReplay(board, { script: text, isWatched, untilUs = Infinity, files = {}, journalBytes }) {
    const { checkButtons, parseScript } = await scripts();
    const { expand } = await scheduleSteps();
    const script = parseScript(text);
    const common = await load();
    if (!Object.hasOwn(common.boards, board)) throw new Error(`There is no board ${board}.`);
    checkButtons(script, Object.keys(common.boards[board].buttons));
    const played = script.steps.filter(({ kind, atUs }) => kind !== "end" && atUs <= untilUs);
    const end = untilUs < Infinity ? [{ atUs: untilUs, kind: "end" }] : script.steps.filter(({ kind }) => kind === "end");
    const steps = withEnd(await expand([...played, ...end]));
    const isPlain = !journalBytes && !Object.keys(files).length;
    this.recorder = new Recorder(played, isPlain);
    const encoder = new TextEncoder();
    this.#live(common, board, script.seed, steps, {}, {
      files: Object.entries({ ...common.boards[board].files, ...files }).map(([name, text]) => [name, encoder.encode(text)]),
      flash: new Uint8Array(journalBytes ?? common.journal_bytes).fill(0xff),
    });
    this.isReplay = true;
    this.runner.isFastForward = !isWatched;
  }

  #live(common, board, seed, steps, past, kept) {
    const wiring = common.boards[board];
    const files = kept?.files ?? Object.entries(wiring.files).map(([name, text]) => [name, new TextEncoder().encode(text)]);
    this.seed = seed;
    this.board = board;
    this.files = new Map(files);
    this.world = new World(
      { ...common, wiring, seed, steps, files: this.files, deviceId: deviceId(seed), loadMicroPython,
        flash: kept?.flash ?? new Uint8Array(common.journal_bytes).fill(0xff),
        wasmUrl: new URL("../micropython/micropython.wasm", import.meta.url).href },
      {
        event: (event) => {
          if (event.kind !== "output" && event.kind !== "tone") this.post({ type: "event", ...event });
        },
        serial: (bytes) => this.sent.push(...bytes),
      },
      past,
    );
    this.post({ type: "started", board, buttons: Object.keys(wiring.buttons), outputs: Object.keys(wiring.outputs),
      hasBattery: Boolean(wiring.battery), isKept: Boolean(this.store), isReplay: steps.length > 0, seed });
    this.runner = new Runner(this.world, () => this.#afterRun(), (error) => {
      this.post({ type: "failed", text: `The device stopped: ${error?.message ?? error}. If WebAssembly is blocked (strict settings and ` +
        "some extensions do that), allow it for this page; else reload the page." });
    });
    this.runner.start();
  }

  down({ button, at }) {
    this.runner.post((world) => {
      world.pressDown(button);
      this.pressed ??= new Map();
      this.pressed.set(button, this.recorder.add({ atUs: world.clock.nowUs, kind: "press", button, lengthUs: null }));
    }, at);
  }

  up({ button, at }) {
    this.runner.post((world) => {
      const press = world.release(button);
      const step = this.pressed?.get(button);
      if (press && step) step.lengthUs = press.lengthUs;
      this.pressed?.delete(button);
      this.recorder.isChanged = true;
    }, at);
  }

  // Do a step of a script: reset, power-cut, battery.
  act({ action }) {
    this.runner.post((world) => {
      this.recorder.add({ atUs: world.clock.nowUs, ...action });
      world.perform(action);
    });
  }

  power({ isOn }) {
    this.runner.post((world) => {
      if (isOn) {
        world.powerOn();
        this.runner.setPace(this.runner.factor);
      } else {
        this.recorder.add({ atUs: world.clock.nowUs, kind: "power-cut" });
        world.powerOff();
      }
    });
  }

  plug({ isIn }) {
    this.runner.post((world) => world.plug(isIn));
  }

  speed({ factor }) {
    this.runner.setPace(factor);
  }

  // Take what the laptop's end of the cable sends.
  serial({ bytes }) {
    this.runner.post((world) => {
      world.receive(bytes);
      this.line += String.fromCharCode(...bytes);
      const lines = this.line.split(/[\r\n]/);
      this.line = lines.pop().slice(-300);
      for (const request of lines.map(unframe)) if (request) this.recorder.add({ atUs: world.clock.nowUs, kind: "send", request });
    });
  }

  // Put a schedule, packed as a script has it, on the device.
  async schedule({ packed, clock }) {
    const { requestsOf, unpackFile } = await scheduleSteps();
    const bytes = await unpackFile(packed);
    this.runner.post((world) => {
      const atUs = world.clock.nowUs;
      const steps = [];
      if (clock) {
        steps.push({ atUs, kind: "send", request: clock });
        this.recorder.add(steps[0]);
      }
      this.recorder.add({ atUs, kind: "schedule", packed });
      world.timeline.addSteps([...steps, ...requestsOf(bytes, atUs)]);
    });
  }

  // Set the device's clock, as a laptop does.
  clock({ request }) {
    this.runner.post((world) => {
      const step = { atUs: world.clock.nowUs, kind: "send", request };
      this.recorder.add(step);
      world.timeline.addSteps([step]);
    });
  }

  // Replace the device of this browser by a new one.
  async renew() {
    const { store } = this;
    this.stop();
    this.store = null; // a run that has not ended saves nothing after this
    await store?.clear();
  }

  stop() {
    this.runner?.stop();
  }

  journal() {
    this.post({ type: "journal", bytes: this.world.board.flash.bytes.slice() });
  }

  async script() {
    const { formatScript } = await scripts();
    const nowUs = this.world.clock.nowUs;
    const steps = [...this.recorder.sorted(nowUs), { atUs: nowUs, kind: "end" }];
    this.post({ type: "script", text: formatScript({ seed: this.seed, steps }), board: this.board, isComplete: this.recorder.isComplete });
  }

  #tell(text) {
    this.post({ type: "notice", text });
  }

  async #afterRun() {
    await this.#save();
    if (this.sent.length) this.post({ type: "serial", bytes: Uint8Array.from(this.sent.splice(0)) });
    this.#show();
    const { world } = this;
    if (this.isReplay && !this.runner.isFastForward && world.isScriptOver) {
      this.isReplay = false;
      this.post({ type: "arrived" });
    }
    if (world.failure && !this.isTold) {
      this.isTold = true;
      this.post({ type: "failed", text: world.failure });
    }
  }

  // Write to the browser's storage what the device has written. The picture that says "saved" is shown, and
  // the answer to a laptop sent, only then.
  async #save() {
    const { world, store } = this;
    if (!store) return;
    const sectors = [...world.board.flash.dirtySectors];
    let files = null;
    if (performance.now() - this.filesAt > FILES_MS || sectors.length) {
      this.filesAt = performance.now();
      files = this.#changedFiles();
    }
    if (!sectors.length && !files && !this.recorder.isChanged && world.board.boots === this.savedBoots) return;
    world.board.flash.dirtySectors.clear();
    this.recorder.isChanged = false;
    this.savedBoots = world.board.boots;
    const meta = { version: 1, seed: this.seed, nowUs: world.clock.nowUs, boots: world.board.boots,
      steps: this.recorder.sorted(world.clock.nowUs), isComplete: this.recorder.isComplete };
    try {
      await store.save({ meta, files, flash: world.board.flash.bytes, sectors });
    } catch (error) {
      this.store = null;
      this.#tell(`The browser's storage failed (${error?.message ?? error}): what you do from now on is forgotten when you close this page.`);
    }
  }

  #changedFiles() {
    const chip = this.world.isBooting ? null : this.world.chip;
    const mark = chip?.filesMark();
    if (!chip || mark === this.filesMark) return null;
    this.filesMark = mark;
    const { files } = this.world.currentState();
    const isSame = files.size === this.files.size && [...files].every(([name, bytes]) => {
      const before = this.files.get(name);
      return before && before.length === bytes.length && bytes.every((byte, index) => byte === before[index]);
    });
    if (isSame && this.areFilesSaved) return null;
    this.areFilesSaved = true;
    this.files = files;
    return [...files];
  }

  #show() {
    const { board } = this.world;
    const outputs = JSON.stringify([board.outputs, board.tones]);
    if (outputs !== this.shown.outputs) {
      this.shown.outputs = outputs;
      this.post({ type: "outputs", outputs: { ...board.outputs }, tones: { ...board.tones } });
    }
    if (board.pictureVersion === this.shown.version) return;
    this.shown.version = board.pictureVersion;
    const { width, height } = board.panel;
    const pixels = board.panel.picture();
    const chip = this.world.isBooting ? null : this.world.chip;
    this.post({ type: "picture", width, height, pixels, help: chip?.help() ?? "", nowUs: this.world.clock.nowUs,
      heapUsed: chip?.heapUsed() ?? 0 }, [pixels.buffer]);
  }
}
