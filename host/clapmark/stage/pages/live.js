// The connection: the newest state, the stage's clock, and what to say when either is missing.

import { Offset } from "./clock.js";

const TRIPS = 8;
const RENEW_MS = 30000;
const EAGER_BEATS = 20; // so many heartbeats, each with a trip more, narrow the bounds to the fastest ways
const SILENT_MS = 6000;
const AGAIN_MS = 3000;

export function token() {
  const given = location.hash.slice(1) || new URLSearchParams(location.search).get("token") || "";
  try {
    if (given) sessionStorage.setItem("token", given);
    return given || sessionStorage.getItem("token") || "";
  } catch {
    return given; // storage is switched off
  }
}

export class Live {
  constructor() {
    this.state = null;
    this.offset = new Offset();
    this.token = token();
    this.problem = "Connecting ...";
    this.changed = () => {};
    this.drawn = () => {};
    this.lastHeard = performance.now();
    this.isMeasuring = false;
    this.beats = 0;
  }

  // The stage's clock now.
  now() {
    return performance.now() - this.offset.ms;
  }

  start() {
    this.open();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.measure(true);
    });
    addEventListener("pageshow", (event) => event.persisted && this.measure(true));
    setInterval(() => this.measure(false), RENEW_MS);
    setInterval(() => this.watch(), 1000);
    const frame = () => {
      if (this.state && this.offset.isKnown) this.drawn(this.now());
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.measure(true);
  }

  headers() {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  async measure(isFresh, trips = isFresh ? TRIPS : 2) {
    if (this.isMeasuring) return;
    this.isMeasuring = true;
    try {
      let contradicts = false;
      for (let trip = 0; trip < trips; trip += 1) {
        const sent = performance.now();
        const answer = await fetch("/api/1/clock", { headers: this.headers(), cache: "no-store" });
        const received = performance.now();
        if (!answer.ok) return;
        const { now_ms: server } = await answer.json();
        if (!this.offset.add(sent, server, received)) contradicts = true;
      }
      if (contradicts && !isFresh) setTimeout(() => this.measure(true), 0);
    } catch {
      // the stream reports that the stage is away
    } finally {
      this.isMeasuring = false;
    }
  }

  open() {
    this.source?.close();
    this.lastHeard = performance.now();
    const query = this.token ? `?token=${encodeURIComponent(this.token)}` : "";
    this.source = new EventSource(`/api/1/events${query}`);
    this.source.addEventListener("state", (event) => this.take(JSON.parse(event.data), false));
    this.source.addEventListener("beat", (event) => this.take(JSON.parse(event.data), true));
    this.source.onerror = () => {
      if (this.source.readyState === EventSource.CLOSED) this.explain();
      else this.say("The stage does not answer. This page counts on, and follows when it is back.");
    };
  }

  take(message, isBeat) {
    this.lastHeard = performance.now();
    // with a delay of its own in one direction: it bounds the offset from one side
    if (this.offset.isKnown && !this.offset.add(-Infinity, message.now_ms, this.lastHeard)) this.measure(true);
    if (isBeat && this.beats < EAGER_BEATS) {
      this.beats += 1;
      this.measure(false, 1);
    }
    if (!isBeat) this.state = message;
    this.say("");
    if (!isBeat) this.changed(message);
  }

  watch() {
    if (performance.now() - this.lastHeard < SILENT_MS) return;
    this.say("The stage does not answer. This page counts on, and follows when it is back.");
    this.open();
  }

  // The stream was refused: ask why, and try again.
  async explain() {
    let sentence = "The stage is not running. This page connects as soon as it is.";
    try {
      const query = this.token ? `?token=${encodeURIComponent(this.token)}` : "";
      const answer = await fetch(`/api/1/events${query}`, { cache: "no-store" });
      if (!answer.ok) sentence = (await answer.json()).say ?? sentence;
      else answer.body?.cancel();
    } catch {
      // it is away
    }
    this.say(sentence);
    this.lastHeard = performance.now();
    setTimeout(() => this.open(), AGAIN_MS);
  }

  say(problem) {
    if (problem === this.problem) return;
    this.problem = problem;
    this.changed(this.state);
  }

  // A command, sent again with the same id until it is answered: it is done once.
  async send(command, isRetry = true) {
    const id = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    for (let attempt = 0; attempt < (isRetry ? 6 : 1); attempt += 1) {
      try {
        const answer = await fetch("/api/1/commands", {
          method: "POST",
          headers: { ...this.headers(), "content-type": "application/json", ...this.remoteHeader },
          body: JSON.stringify({ id, ...command }),
        });
        if (answer.status !== 429) return { status: answer.status, ...(await answer.json()) };
      } catch {
        // sent again, with the same id
      }
      await new Promise((done) => setTimeout(done, 300 * (attempt + 1)));
    }
    return { status: 0, say: "The stage does not answer. Nothing may have been done: look at the countdown." };
  }
}
