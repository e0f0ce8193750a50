// A script in the fragment of an address: #board=NAME&script=... (raw deflate, base64url). Nothing of it leaves the browser.

const LONGEST = 30_000; // characters of a link that programs pass on unharmed
const LONGEST_SCRIPT = 2_000_000;

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

// Return the address that plays `script` on `board`, or "" if it would be too long.
export async function linkTo(board, script) {
  const packed = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(script));
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  const word = btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const address = `${location.origin}${location.pathname}#board=${board}&script=${word}`;
  return address.length <= LONGEST ? address : "";
}

// Return what leads to a screen of docs/screens.md. Raises Error with a sentence.
async function screen(name) {
  const { sessions, screens } = await (await fetch(new URL("../device/screens.json", import.meta.url))).json();
  if (!Object.hasOwn(screens, name)) throw new Error(`The link names a screen that this version does not have: ${name}. Here is your own device.`);
  const [session, untilUs] = screens[name];
  const { script, files, journal_bytes: journalBytes } = sessions[session];
  return { script, files, journalBytes, untilUs, isWatched: false };
}

// Return {board, script, isWatched} of the fragment, null if it has no script. Raises Error with a sentence.
export async function replayIn(fragment) {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const board = values.get("board") ?? "tdisplay";
  if (values.has("try")) return { board, ...(await screen(values.get("try"))) };
  const word = values.get("script");
  if (word === null) return null;
  let script;
  try {
    const text = atob(word.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const unpacked = await through(new DecompressionStream("deflate-raw"), bytes);
    if (unpacked.length > LONGEST_SCRIPT) throw new Error();
    script = new TextDecoder("utf-8", { fatal: true }).decode(unpacked);
  } catch {
    throw new Error("The link is damaged: it was cut, or a program changed it. Ask for it again. Here is your own device.");
  }
  return { board, script, isWatched: values.has("watch") };
}
