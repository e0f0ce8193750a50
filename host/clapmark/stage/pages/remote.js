// The chair's phone: every command, one at a time, each done once.

import { behindMinutes, behindText, clockText, look, names, word } from "./anchor.js";
import { Live } from "./live.js";

const HOLD_MS = 1000;
const live = new Live();
const by = (id) => document.getElementById(id);
const put = (id, text) => {
  if (by(id).textContent !== text) by(id).textContent = text;
};
const chosen = new Set();
let shownList = "";
let queue = Promise.resolve();

function ownName() {
  try {
    const name = sessionStorage.getItem("remote") || Math.random().toString(36).slice(2);
    sessionStorage.setItem("remote", name);
    return name;
  } catch {
    return Math.random().toString(36).slice(2);
  }
}
live.remoteHeader = { "x-clapmark-remote": ownName() };

async function takeOver() {
  try {
    const answer = await fetch("/api/1/remote", { method: "POST", headers: { ...live.headers(), ...live.remoteHeader } });
    const { say } = await answer.json();
    put("answer", say);
    by("takeover").hidden = answer.ok;
  } catch {
    put("answer", "The stage does not answer yet.");
    setTimeout(takeOver, 2000);
  }
}

// One after the other: a command never overtakes the one before it.
function send(command) {
  put("answer", "...");
  queue = queue.then(async () => {
    const answer = await live.send(command);
    put("answer", answer.say);
    by("takeover").hidden = !answer.taken;
    navigator.vibrate?.(answer.status === 200 ? 30 : [60, 60, 60]);
    return answer;
  });
  return queue;
}
live.do = send;

live.changed = (state) => {
  if (live.problem) put("answer", live.problem);
  else if (by("answer").textContent.startsWith("Connecting") || by("answer").textContent.startsWith("The stage does not"))
    put("answer", "Connected.");
  if (!state) return;
  put("speaker", names(state.talk) || "No talk");
  put("next", state.next ? `Next: ${names(state.next)}` : "");
  const { device } = state;
  by("detach").hidden = !(device.leads && !device.is_connected);
  if (device.leads && !device.is_connected) put("answer", device.say);
  by("silent").checked = state.silent;
  for (const box of document.querySelectorAll("[data-option]")) box.checked = state.options[box.dataset.option];
  const running = state.countdown.state;
  const go = by("go");
  go.textContent = { ready: "Start", running: "Pause", paused: "Resume", ended: "Next speaker" }[running];
  go.dataset.do = { ready: "start", running: "pause", paused: "start", ended: "next" }[running];
  by("stop").disabled = running !== "running" && running !== "paused";
  drawList(state);
};

function drawList(state) {
  const key = JSON.stringify([state.rundown.map((entry) => [entry.talk, entry.state]), state.presets, [...chosen]]);
  if (key === shownList) return;
  shownList = key;
  by("list").replaceChildren(
    ...state.rundown.map((entry) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${entry.speakers.join(", ") || entry.title} · ${entry.state}`;
      button.setAttribute("aria-pressed", String(chosen.has(entry.talk)));
      button.addEventListener("click", () => {
        if (!chosen.delete(entry.talk)) chosen.add(entry.talk);
        drawList(live.state);
      });
      item.append(button);
      return item;
    }),
  );
  by("swap").disabled = chosen.size !== 2;
  by("go-there").disabled = chosen.size !== 1;
  by("presets").replaceChildren(
    ...state.presets.map((preset, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = preset.name.endsWith("min") ? preset.name : `${preset.name} ${preset.minutes}:00`;
      button.addEventListener("click", () => send({ do: "preset", number }));
      return button;
    }),
  );
}

live.drawn = (now) => {
  const shown = look(live.state, now);
  put("time", clockText(shown.seconds));
  put("word", word(shown.name));
  put("behind", behindText(behindMinutes(live.state, now)));
  document.body.dataset.look = shown.name;
  const { talk, options } = live.state;
  const isLate = options.nudge && shown.name === "ready" && talk && now - talk.ready_ms > 60000;
  if (isLate && by("answer").dataset.nudged !== talk.id) {
    by("answer").dataset.nudged = talk.id;
    put("answer", "You have not started the countdown.");
    navigator.vibrate?.([200, 100, 200]);
  }
};

for (const button of document.querySelectorAll("button[data-do]")) {
  button.addEventListener("click", () => {
    const command = { do: button.dataset.do };
    if (button.dataset.minutes) command.minutes = Number(button.dataset.minutes);
    send(command);
  });
}

let held = 0;
const stop = by("stop");
const release = () => {
  clearTimeout(held);
  stop.classList.remove("is-held");
};
const hold = () => {
  if (stop.disabled || stop.classList.contains("is-held")) return;
  stop.classList.add("is-held");
  held = setTimeout(() => {
    release();
    send({ do: "stop" });
  }, HOLD_MS);
};
stop.addEventListener("pointerdown", hold);
for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) stop.addEventListener(name, release);
stop.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && hold());
stop.addEventListener("contextmenu", (event) => event.preventDefault());

by("message-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ do: "message", text: by("text").value, to: event.submitter?.value || "both" });
});
by("clear").addEventListener("click", () => {
  by("text").value = "";
  send({ do: "message", text: "" });
});
by("end-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ do: "end", time: by("end").value });
});
by("silent").addEventListener("change", (event) => send({ do: "silent", on: event.target.checked }));
for (const box of document.querySelectorAll("[data-option]")) {
  box.addEventListener("change", () => send({ do: "option", name: box.dataset.option, on: box.checked }));
}
by("swap").addEventListener("click", async () => {
  const [one, two] = chosen;
  chosen.clear();
  await send({ do: "swap", talk: one, with: two });
});
by("go-there").addEventListener("click", async () => {
  const [talk] = chosen;
  chosen.clear();
  await send({ do: "next", talk });
});
by("detach").addEventListener("click", () => send({ do: "detach" }));
by("takeover").addEventListener("click", takeOver);
takeOver();
live.start();
globalThis.clapmark = live;
