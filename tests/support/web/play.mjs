// Plays a script on the page's virtual device, in node: node play.mjs SITE JOB, the job as JSON on stdin.
// The job: {board, script, files: {name: base64}, journal_bytes}. The result, on stdout, is JSON.

import { createHash } from "crypto";
import fs from "fs";
import path from "path";

const [, , site] = process.argv;
const load = (name) => import(path.resolve(site, name));
const { World } = await load("device/world.js");
const { parseScript, checkButtons } = await load("device/script.js");
const { withEnd } = await load("device/timeline.js");
const { expand } = await load("device/schedule_steps.js");
const { unpack } = await load("device/bundle.js");
const { deviceId } = await load("device/identity.js");
const { loadMicroPython } = await load("micropython/micropython.mjs");

const job = JSON.parse(fs.readFileSync(0, "utf8"));
const description = JSON.parse(fs.readFileSync(path.join(site, "device/boards.json"), "utf8"));
const modules = unpack(new Uint8Array(fs.readFileSync(path.join(site, "device/firmware.bundle"))));
const wiring = description.boards[job.board];
const script = parseScript(job.script);
checkButtons(script, Object.keys(wiring.buttons));

const base64 = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const files = new Map(Object.entries(wiring.files).map(([name, text]) => [name, new TextEncoder().encode(text)]));
for (const [name, text] of Object.entries(job.files ?? {})) files.set(name, base64(text));
const flash = new Uint8Array(job.journal_bytes ?? description.journal_bytes).fill(0xff);

const result = { screenshots: {}, events: [], serial: "" };
const serial = [];
const world = new World(
  { ...description, wiring, flash, files, deviceId: deviceId(script.seed), seed: script.seed, steps: withEnd(await expand(script.steps)),
    loadMicroPython, wasmUrl: path.resolve(site, "micropython/micropython.wasm"), modules, stopsAtEnd: true },
  {
    event: ({ kind, atUs, text, number }) => {
      if (!["output", "tone", "screenshot"].includes(kind)) result.events.push([kind, atUs, text, number]);
    },
    serial: (bytes) => serial.push(Buffer.from(bytes)),
    screenshot: (name, panel) => {
      result.screenshots[name] = createHash("sha256").update(panel.picture()).digest("hex");
      if (job.pictures) fs.writeFileSync(path.join(job.pictures, `${name}.rgba`), panel.picture());
    },
  },
);
const started = performance.now();
await world.run(Infinity);
result.seconds = (performance.now() - started) / 1000;
result.failure = world.failure;
result.panel = world.board.panel.violations;
result.violations = world.board.violations;
result.flash = Buffer.from(world.board.flash.bytes).toString("base64");
result.serial = Buffer.concat(serial).toString("base64");
process.stdout.write(JSON.stringify(result), () => process.exit(0));
