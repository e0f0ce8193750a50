// Times and lengths as people read them.

const CERTAIN_MS = 30_000; // a time of day is shown without `~` if it is no further off than this
const ROUGHLY_MS = 20 * 60_000; // and with `~` up to this; beyond, both ends are shown

const two = (number) => String(number).padStart(2, "0");

// Return the date and time of day in this browser's zone.
export function dateTime(utcMs, hasSeconds = false) {
  const date = new Date(utcMs);
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}${hasSeconds ? `:${two(date.getSeconds())}` : ""}`;
}

// Return the time as the bullet of a post has it: `14:05`, `~14:05`, `between 13:10 and 15:40`, or what is known.
export function bulletTime(when, hasDate) {
  if (when.earliestMs === null && when.latestMs === null) return "time unknown";
  if (when.earliestMs === null) return `before ${dateTime(when.latestMs)}`;
  if (when.latestMs === null) return `after ${dateTime(when.earliestMs)}`;
  const shown = (utcMs) => dateTime(utcMs).slice(hasDate ? 0 : 11);
  if (when.errorMs <= CERTAIN_MS) return shown(when.utcMs);
  if (when.errorMs <= ROUGHLY_MS) return `\\~${shown(when.utcMs)}`;
  const first = dateTime(when.earliestMs);
  const last = dateTime(when.latestMs);
  if (first.slice(0, 10) === last.slice(0, 10)) return `between ${hasDate ? first : first.slice(11)} and ${last.slice(11)}`;
  return `between ${first} and ${last}`;
}

// Return how wrong a time may be: `± 4 ms`, `± 2.5 s`, `± 3 min`, "" where an end is open.
export function errorText(errorMs) {
  if (errorMs === null) return "";
  if (errorMs < 1000) return `± ${errorMs} ms`;
  if (errorMs < 120_000) return `± ${Math.round(errorMs / 100) / 10} s`;
  return errorMs < 7_200_000 ? `± ${Math.round(errorMs / 60_000)} min` : `± ${Math.round(errorMs / 3_600_000)} h`;
}

// Return the length of a passage: `1 min 15 s`.
export function lengthText(lengthMs) {
  const all = Math.max(Math.round(lengthMs / 1000), 1);
  const minutes = Math.floor(all / 60);
  return [minutes ? `${minutes} min` : "", all % 60 ? `${all % 60} s` : ""].filter(Boolean).join(" ");
}

// Return a position in a recording as players show it: `12:31`, `1:02:31`.
export function positionText(positionMs) {
  const seconds = Math.floor(Math.max(positionMs, 0) / 1000);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

export function counted(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
