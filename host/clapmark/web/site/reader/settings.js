// The device's settings as a form. The device itself checks each value, and says why it refuses one.

import { element } from "./view.js";

const HIDDEN = new Set(["version"]);

// Show the settings that the device has: switches, numbers, texts, lists of words, and the rest as JSON.
export function fillSettings(settings) {
  const rows = Object.entries(settings).filter(([name]) => !HIDDEN.has(name)).map(([name, value]) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.name = name;
    if (typeof value === "boolean") {
      input.type = "checkbox";
      input.checked = value;
    } else if (typeof value === "number") {
      input.type = "number";
      input.value = String(value);
    } else {
      input.type = "text";
      input.value = asText(value);
    }
    const caption = document.createElement("span");
    caption.textContent = name;
    label.append(caption, input);
    return label;
  });
  element("setting-rows").replaceChildren(...rows);
}

// Return [name, value] of each setting that the person changed. Raises Error with a sentence for what cannot be read.
export function changedSettings(settings) {
  const changed = [];
  for (const input of element("setting-rows").querySelectorAll("input")) {
    const value = valueOf(input, settings[input.name]);
    if (JSON.stringify(value) !== JSON.stringify(settings[input.name])) changed.push([input.name, value]);
  }
  return changed;
}

function isWords(value) {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

function asText(value) {
  if (typeof value === "string") return value;
  return isWords(value) ? value.join(" ") : JSON.stringify(value);
}

function valueOf(input, before) {
  if (typeof before === "boolean") return input.checked;
  if (typeof before === "string") return input.value;
  if (isWords(before)) return input.value.split(/\s+/).filter(Boolean);
  try {
    return JSON.parse(input.value);
  } catch {
    throw new Error(`${input.name}: ${JSON.stringify(input.value.slice(0, 60))} is no ${typeof before === "number" ? "number" : "list as JSON has it"}. Nothing was changed.`);
  }
}
