// What the stage page and the speaker page have in common: the picture, sound, flash, wake lock, full screen, keys.

import { behindMinutes, behindText, clockText, cue, look, names, timeOfDay, word } from "./anchor.js";
import { Live } from "./live.js";
import { Sounds } from "./sound.js";

const NUDGE_MS = 60000;
const KEYS = {
  " ": () => null, n: () => ({ do: "next" }), b: () => ({ do: "back" }), s: () => ({ do: "skip" }),
  "+": () => ({ do: "add", minutes: 1 }), "-": () => ({ do: "add", minutes: -1 }), x: () => ({ do: "stop" }),
};

const put = (id, text) => {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
};

export function show(role) {
  const live = new Live();
  const sounds = new Sounds();
  const body = document.body;
  let lastLook = "";
  let isFlashing = false;
  let qr = null;

  live.changed = (state) => {
    put("problem", live.problem);
    if (!state) return;
    const { talk, next, message, session, device } = state;
    put("speaker", names(talk));
    put("title", talk && talk.speakers.length ? talk.title : "");
    put("next", next ? `Next: ${names(next)}` : "");
    put("session", session.title);
    const isForUs = message.text && (message.to === "both" || message.to === role);
    put("message", isForUs ? message.text : "");
    body.classList.toggle("has-message", Boolean(isForUs));
    body.dataset.message = message.text.length > 100 ? "longest" : message.text.length > 40 ? "long" : "short";
    put("device", device.leads && !device.is_connected ? device.say : "");
    put("say", isForUs ? `Message: ${message.text}` : document.getElementById("say").textContent);
  };

  live.drawn = (now) => {
    const state = live.state;
    const shown = look(state, now);
    const text = clockText(shown.seconds);
    put("time", text);
    body.dataset.letters = text.length;
    put("behind", behindText(behindMinutes(state, now)));
    put("clock", timeOfDay(now + state.utc_at_zero_ms, state.offset_s));
    const isLate =
      state.options.nudge && shown.name === "ready" && state.talk && now - state.talk.ready_ms > NUDGE_MS;
    put("nudge", isLate && role === "room" ? "You have not started the countdown" : "");
    const left = state.countdown.left_ms - (state.countdown.state === "running" ? now - state.countdown.at_ms : 0);
    const percent = Math.max(0, Math.min(100, Math.round((1000 * left) / Math.max(1, state.countdown.total_ms)) / 10));
    document.getElementById("bar").value = percent;
    if (shown.name !== lastLook) {
      put("word", word(shown.name));
      put("cue", cue(shown.name));
      put("say", `${word(shown.name)} ${names(state.talk)}`);
      body.dataset.look = shown.name;
      if (lastLook) sounds.play(shown.name, state.options.sound);
      lastLook = shown.name;
    }
    const flashes = shown.name === "overtime" && (state.options.flash || body.dataset.flash === "on");
    if (flashes !== isFlashing) {
      isFlashing = flashes;
      body.classList.toggle("flashes", flashes); // 1 Hz, and none with reduced motion: stage.css
    }
    if (body.classList.contains("shows-error")) {
      put("error", live.offset.isKnown ? `±${Math.ceil(live.offset.error + state.device.error_ms)} ms` : "?");
    }
  };

  async function showQr() {
    if (qr) {
      URL.revokeObjectURL(qr.src);
      qr.remove();
      qr = null;
      return;
    }
    const answer = await fetch("/api/1/qr.svg", { headers: live.headers(), cache: "no-store" });
    if (!answer.ok) {
      put("problem", (await answer.json()).say);
      return;
    }
    qr = document.createElement("img");
    qr.id = "qr";
    qr.alt = "QR code that opens the remote";
    qr.src = `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
    qr.addEventListener("click", showQr);
    body.append(qr);
  }

  async function keepAwake() {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock.request("screen");
    } catch {
      put("awake", "This browser cannot keep the screen awake here: switch off the screen saver.");
    }
  }

  const actions = {
    full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
    sound: () => sounds.toggle(),
    flash: () => (body.dataset.flash = body.dataset.flash === "on" ? "off" : "on"),
    light: () => (document.documentElement.dataset.theme = document.documentElement.dataset.theme === "light" ? "dark" : "light"),
    error: () => body.classList.toggle("shows-error"),
    qr: showQr,
  };
  for (const button of document.querySelectorAll("button[data-action]")) {
    button.addEventListener("click", () => {
      actions[button.dataset.action]();
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    });
  }
  addEventListener("keydown", async (event) => {
    if (event.target.closest("button") && event.key === " ") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "f") actions.full();
    else if (event.key === "e") actions.error();
    else if (event.key === "l") actions.light();
    else if (event.key === "q") showQr();
    else if (event.key in KEYS && live.state) {
      event.preventDefault();
      const running = live.state.countdown.state;
      const command = KEYS[event.key]() ?? { do: running === "running" ? "pause" : running === "ended" ? "next" : "start" };
      const answer = await live.send(command);
      put("problem", answer.status === 200 ? "" : answer.say);
    }
  });
  document.addEventListener("visibilitychange", keepAwake);
  keepAwake();
  live.start();
  globalThis.clapmark = live; // for the tests, and for whoever is curious
}
