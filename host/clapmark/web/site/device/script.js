// Reads and writes the timelines of `clapmark sim --script`: clapmark/sim/script.py in JavaScript.

const DEFAULT_PRESS_US = 80_000;
const DEFAULT_HOLD_US = 1_500_000;
const LONGEST_US = 10 * 24 * 3600 * 1e6;
const SECONDS = /^(\+?)(?:(?:(\d+):)?(\d+):)?(\d+)(?:\.(\d{1,6}))?$/;
const VOLTAGE = /^(\d{1,4})mV$/;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s)$/;
const START = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const LONGEST_SEND = 230; // a schedule's longest request, without its number and its CRC

const FORMS = {
  press: "`press A 80ms`",
  hold: "`hold A 900ms`",
  screenshot: "`screenshot name.png`",
  reset: "`reset` alone",
  "power-cut": "`power-cut` alone",
  battery: "`battery 3400mV`",
  send: "`send hello protocol=1`",
  schedule: "`schedule BASE64`",
  plug: "`plug` alone",
  end: "`end` alone",
};

export class ScriptError extends Error {}

// Return {steps, seed, start}: `steps` are {atUs, kind, ...}, in order of time. Raises ScriptError naming the line.
export function parseScript(text) {
  const script = { steps: [], seed: 1, start: null };
  let nowUs = 0;
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    const words = line.split("#", 1)[0].split(/\s+/).filter(Boolean);
    if (!words.length) return;
    try {
      if (script.steps.at(-1)?.kind === "end") throw new ScriptError("nothing can come after `end`");
      if (words[0] === "start" || words[0] === "seed") {
        readHeader(script, words);
        return;
      }
      const [atUs, isRelative] = readTime(words[0]);
      const stepUs = isRelative ? nowUs + atUs : atUs;
      if (stepUs < nowUs) throw new ScriptError(`${words[0]} is earlier than the action above`);
      if (stepUs > LONGEST_US) throw new ScriptError("a script may last ten days");
      nowUs = stepUs;
      script.steps.push({ atUs: stepUs, ...readAction(words.slice(1)) });
    } catch (error) {
      if (error instanceof ScriptError) throw new ScriptError(`Line ${index + 1}: ${error.message}.`);
      throw error;
    }
  });
  if (!script.steps.length) throw new ScriptError("The script holds no action; the last one is usually `60 end`.");
  return script;
}

// Raise ScriptError if a press names a button that is not in `buttons`, or one that is still held.
export function checkButtons(script, buttons) {
  const releasedUs = {};
  for (const { kind, button, lengthUs, atUs } of script.steps) {
    if (kind !== "press") continue;
    if (!buttons.includes(button)) throw new ScriptError(`This board has no button ${button}; it has ${buttons.join(", ")}.`);
    if (atUs <= (releasedUs[button] ?? -1)) throw new ScriptError(`Button ${button} is still held from the press before.`);
    releasedUs[button] = atUs + lengthUs;
  }
}

// Return the steps as the lines of a script.
export function formatScript({ steps, seed, start }) {
  const lines = [];
  if (start) lines.push(`start ${start}`);
  lines.push(`seed ${seed}`);
  for (const step of steps) lines.push(`${formatSeconds(step.atUs)} ${formatAction(step)}`);
  return `${lines.join("\n")}\n`;
}

function formatAction(step) {
  switch (step.kind) {
    case "press":
      return step.lengthUs === DEFAULT_PRESS_US ? `press ${step.button}` : `press ${step.button} ${formatMs(step.lengthUs)}`;
    case "screenshot":
      return `screenshot ${step.name}`;
    case "battery":
      return `battery ${step.millivolts}mV`;
    case "send":
      return `send ${step.request}`;
    case "schedule":
      return `schedule ${step.packed}`;
    default:
      return step.kind;
  }
}

function formatSeconds(us) {
  const fraction = (us % 1e6).toString().padStart(6, "0").replace(/0+$/, "");
  return `${Math.floor(us / 1e6)}${fraction ? `.${fraction}` : ""}`;
}

function formatMs(us) {
  const fraction = (us % 1000).toString().padStart(3, "0").replace(/0+$/, "");
  return `${Math.floor(us / 1000)}${fraction ? `.${fraction}` : ""}ms`;
}

function readHeader(script, words) {
  const [name, value] = words;
  if (script.steps.length) throw new ScriptError(`\`${name}\` belongs before the first action`);
  if (words.length !== 2) throw new ScriptError(`\`${name}\` takes one word`);
  if (name === "start") {
    if (!START.test(value) || Number.isNaN(Date.parse(value))) {
      throw new ScriptError(`${value} is no date and time with an offset, such as 2026-05-15T13:00:00+10:00`);
    }
    script.start = value;
  } else {
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) >= 2 ** 20) {
      throw new ScriptError("`seed` takes a whole number from 1 to 1048575");
    }
    script.seed = Number(value);
  }
}

function readTime(word) {
  const match = SECONDS.exec(word);
  if (!match) throw new ScriptError(`${word} is not a time; write seconds (12.5), H:MM:SS, or +5 for five seconds later`);
  const [, plus, hours, minutes, seconds, fraction] = match;
  const whole = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
  return [whole * 1e6 + Number((fraction ?? "").padEnd(6, "0")), plus === "+"];
}

function readDuration(word) {
  const match = DURATION.exec(word);
  if (!match) throw new ScriptError(`${word} is not a duration; write 80ms or 1.5s`);
  const us = Math.round(Number(match[1]) * (match[2] === "ms" ? 1000 : 1e6));
  if (us < 1000 || us > 3600 * 1e6) throw new ScriptError("a press lasts from 1ms to 3600s");
  return us;
}

function readAction(words) {
  const [kind, first, second] = words;
  if (!words.length) throw new ScriptError("what should happen is missing");
  if ((kind === "press" || kind === "hold") && words.length === 2) {
    return { kind: "press", button: first, lengthUs: kind === "hold" ? DEFAULT_HOLD_US : DEFAULT_PRESS_US };
  }
  if ((kind === "press" || kind === "hold") && words.length === 3) {
    return { kind: "press", button: first, lengthUs: readDuration(second) };
  }
  if (kind === "screenshot" && words.length === 2) {
    if (first.startsWith("/") || first.split("/").includes("..") || !/[^/]\.png$/.test(first)) {
      throw new ScriptError(`${first} must be a name ending in .png inside the state folder`);
    }
    return { kind, name: first };
  }
  if (kind === "battery" && words.length === 2 && VOLTAGE.test(first)) return { kind, millivolts: parseInt(first, 10) };
  if (kind === "send" && words.length > 1) {
    const request = words.slice(1).join(" ");
    if (request.length > LONGEST_SEND || !/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(request)) {
      throw new ScriptError(`a request has at most ${LONGEST_SEND} printable ASCII characters`);
    }
    return { kind, request };
  }
  if (kind === "schedule" && words.length === 2 && BASE64.test(first)) return { kind, packed: first };
  if (["reset", "power-cut", "plug", "end"].includes(kind) && words.length === 1) return { kind };
  if (Object.hasOwn(FORMS, kind)) throw new ScriptError(`\`${words.join(" ")}\` should read ${FORMS[kind]}`);
  throw new ScriptError(`\`${kind}\` is not an action; there are ${Object.keys(FORMS).join(", ")}`);
}
