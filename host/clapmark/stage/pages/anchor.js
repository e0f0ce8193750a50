// From the anchor, what is left now (the same as ../anchor.py, which is tested against the device's own code).

const APPLAUSE_MS = 5000;

export function remaining(countdown, now) {
  return countdown.state === "running" ? countdown.left_ms - (now - countdown.at_ms) : countdown.left_ms;
}

export function stageOf(countdown, now) {
  const left = remaining(countdown, now);
  if (left > countdown.one_finger_ms) return "running";
  if (left > countdown.two_finger_ms) return "one-finger";
  if (left > 0) return "two-finger";
  return left > -APPLAUSE_MS || !countdown.overtime ? "applause" : "overtime";
}

// Rounded up, and overtime negative and rounded down: 0 appears exactly at the deadline.
export function shownSeconds(countdown, now) {
  const left = Math.round(remaining(countdown, now));
  let seconds = Math.ceil(left / 1000);
  if (left < 0) seconds = countdown.overtime ? -Math.floor(-left / 1000) : 0;
  return (countdown.counts_up ? Math.ceil(countdown.total_ms / 1000) - seconds : seconds) + 0;
}

export function clockText(seconds) {
  const whole = Math.abs(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  const sign = seconds < 0 ? "+" : "";
  if (minutes < 100) return `${sign}${minutes}:${rest}`;
  return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

const WORDS = {
  running: "RUNNING", "one-finger": "ONE FINGER", "two-finger": "TWO FINGERS", applause: "APPLAUSE",
  overtime: "OVERTIME", paused: "PAUSED", ready: "READY", ended: "STOPPED", before: "STARTS IN",
};

// What the speaker's page shows at each stage: a few plain words.
const CUES = {
  running: "", "one-finger": "Come to the end", "two-finger": "Last sentence", applause: "Thank you!",
  overtime: "Please stop", paused: "Paused", ready: "You are on", ended: "Thank you!", before: "",
};

export function word(look) {
  return WORDS[look];
}

export function cue(look) {
  return CUES[look];
}

// What a page shows: a stage, or what takes its place; and the seconds beside it.
export function look(state, now) {
  const countdown = state.countdown;
  const startMs = state.session.start_utc_ms - state.utc_at_zero_ms;
  if (countdown.state === "ready" && !state.session.has_begun && state.session.start_utc_ms && now < startMs) {
    return { name: "before", seconds: Math.ceil((startMs - now) / 1000) };
  }
  const name = countdown.state === "running" ? stageOf(countdown, now) : countdown.state;
  return { name, seconds: shownSeconds(countdown, now) };
}

// By how much the session will end late, in minutes; 0 for in time, or without a session.
export function behindMinutes(state, now) {
  const session = state.session;
  if (!session.end_utc_ms) return 0;
  const utc = now + state.utc_at_zero_ms;
  const begun = session.has_begun ? utc : Math.max(utc, session.start_utc_ms);
  const countdown = state.countdown;
  const left = countdown.state === "ended" ? 0 : Math.max(0, remaining(countdown, now));
  return Math.round((begun + left + session.rest_ms - session.end_utc_ms) / 60000);
}

export function behindText(minutes) {
  if (!minutes) return "";
  return `${Math.abs(minutes)} min ${minutes > 0 ? "behind" : "ahead"}`;
}

export function timeOfDay(utcMs, offsetS) {
  const local = new Date(utcMs + offsetS * 1000);
  return `${String(local.getUTCHours()).padStart(2, "0")}:${String(local.getUTCMinutes()).padStart(2, "0")}`;
}

export function names(person) {
  if (!person) return "";
  return person.speakers.length ? person.speakers.join(", ") : person.title;
}
