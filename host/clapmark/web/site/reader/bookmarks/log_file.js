// A log that was saved before, from this page or from an archive (journal/DEVICE/EPOCH.log).

import { LineError, textOf } from "../link/lines.js";
import { Journal } from "./journal.js";
import { parseRecord } from "../link/record.js";

const LARGEST_FILE = 100_000_000;

// Return the Journal in the bytes of a log. Raises Error with a sentence if there is no record in it.
export function openLog(name, bytes) {
  if (bytes.length > LARGEST_FILE) throw new Error(`${name} has more than 100 MB: this is no log of one device.`);
  const device = /[0-9a-f]{12}/.exec(name)?.[0] ?? "000000000000";
  const epoch = /(?<![0-9A-F])[0-9A-F]{8}(?![0-9A-F])/.exec(name)?.[0] ?? "00000000";
  const journal = new Journal(device, epoch);
  const pieces = textOf(bytes).split("\n");
  const rest = pieces.pop();
  for (const line of [...pieces.map((piece) => `${piece}\n`), ...(rest ? [rest] : [])]) {
    try {
      journal.add(parseRecord(line));
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      journal.add({ isDamage: true, place: `line ${line}`, sector: 0, offset: 0, data: line });
    }
  }
  if (!journal.records.length) throw new Error(`${name} is no log of a Clapmark: it holds no record. Nothing on this page has changed.`);
  return journal;
}
