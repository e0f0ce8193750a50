// Reads a conference's schedule for the device: the device's own file, a frab or pretalx schedule.json, or the archive's.
// The device's form is that of clapmark/schedule/device_format.py.

import { crc32 } from "../device/crc32.js";

const ROW_BYTES = 180;
const TRAILER_BYTES = 11; // " *", eight digits, LF
const ROOM_BYTES = 23, TITLE_BYTES = 72, SPEAKER_BYTES = 32;
const MOST_TALKS = 5000;
const LARGEST_FILE = 20_000_000;

// Return the device's file as bytes. Raises Error with a sentence.
export async function readSchedule(file) {
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} has more than 20 MB: this is no schedule.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 18)) === "clapmark-schedule ") return checkDeviceFile(bytes, file.name);
  let data;
  try {
    data = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(`${file.name} is no schedule that this page reads: take the conference's schedule.json (frab, pretalx), or use \`clapmark schedule push\`.`);
  }
  const { slug, talks } = talksOf(data);
  if (!talks.length) throw new Error(`${file.name} has no talks that this page finds. \`clapmark schedule load\` reads more kinds of schedules.`);
  if (talks.length > MOST_TALKS) throw new Error(`${file.name} has ${talks.length} talks; the device takes ${MOST_TALKS}.`);
  return deviceFile(slug, talks);
}

function checkDeviceFile(bytes, name) {
  if (bytes.length % ROW_BYTES) throw new Error(`${name} is damaged: its length is no multiple of ${ROW_BYTES} bytes.`);
  for (let start = 0; start < bytes.length; start += ROW_BYTES) {
    const row = bytes.subarray(start, start + ROW_BYTES);
    const crc = new TextDecoder("latin1").decode(row.subarray(ROW_BYTES - 9, ROW_BYTES - 1));
    if (parseInt(crc, 16) !== crc32(row.subarray(0, ROW_BYTES - TRAILER_BYTES))) throw new Error(`${name} is damaged in line ${start / ROW_BYTES + 1}.`);
  }
  return bytes;
}

function talksOf(data) {
  const conference = data?.schedule?.conference;
  if (Array.isArray(conference?.days)) {
    const talks = conference.days.flatMap((day) =>
      Object.entries(day?.rooms ?? {}).flatMap(([room, events]) => (Array.isArray(events) ? events : []).map((event) => frabTalk(event, room))),
    );
    return { slug: slugOf(conference.acronym ?? conference.title), talks: talks.filter(Boolean) };
  }
  if (Array.isArray(data?.talks)) {
    const talks = data.talks.filter((talk) => talk && !talk.vanished).map((talk) => newTalk(talk.id, talk.title, talk.start, talk.end, talk.room, talk.speakers));
    return { slug: slugOf(data.slug ?? data.title), talks: talks.filter(Boolean) };
  }
  return { slug: "", talks: [] };
}

function frabTalk(event, room) {
  const start = Date.parse(event?.date);
  const length = /^(\d+):(\d{2})$/.exec(event?.duration ?? "");
  if (Number.isNaN(start)) return null;
  const end = start + (length ? (Number(length[1]) * 60 + Number(length[2])) * 60_000 : 30 * 60_000);
  const people = (event.persons ?? []).map((person) => person?.public_name ?? person?.name ?? "");
  return newTalk(event.code ?? event.slug ?? event.guid ?? event.id, event.title, event.date, end, room, people);
}

function newTalk(id, title, start, end, room, speakers) {
  const startMs = Date.parse(start);
  const endMs = typeof end === "number" ? end : Date.parse(end);
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) return null;
  const zone = /([+-])(\d{2}):?(\d{2})$/.exec(String(start));
  const offsetS = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 3600 + Number(zone[3]) * 60) : 0;
  return { id: String(id ?? ""), title: String(title ?? ""), start: Math.floor(startMs / 1000), end: Math.floor(endMs / 1000), offsetS,
    room: String(room ?? ""), speakers: (Array.isArray(speakers) ? speakers : []).map(String).filter(Boolean).join(", ") };
}

function slugOf(text) {
  return String(text ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "conference";
}

// Return `text` in Latin-1 without control characters, at most `most` bytes.
function latin1(text, most) {
  const plain = text.normalize("NFC").replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"').replace(/[\u2013\u2014]/g, "-").replace(/\u2026/g, "...");
  let found = "";
  for (const letter of plain) {
    const code = letter.codePointAt(0);
    if ((code >= 32 && code < 127) || (code >= 160 && code < 256)) found += letter;
    else if (code < 160) found += " ";
    else {
      const base = letter.normalize("NFKD").replace(/\p{M}/gu, "");
      found += [...base].every((part) => part.codePointAt(0) < 256 && part.codePointAt(0) >= 32) && base ? base : "?";
    }
  }
  found = found.replace(/ +/g, " ").trim();
  return found.length <= most ? found : `${found.slice(0, most - 3).trimEnd()}...`;
}

function deviceFile(slug, talks) {
  const taken = new Set();
  for (const talk of talks) {
    let id = talk.id.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 12) || "talk";
    for (let attempt = 2; taken.has(id); attempt++) id = `${id.slice(0, 8)}-${attempt}`;
    taken.add(id);
    talk.id = id;
    talk.room = latin1(talk.room, ROOM_BYTES);
  }
  talks.sort((one, other) => one.start - other.start || (one.room < other.room ? -1 : one.room > other.room ? 1 : 0) || (one.id < other.id ? -1 : 1));
  const byId = talks.map((_, index) => index).sort((one, other) => (talks[one].id < talks[other].id ? -1 : 1));
  const longest = Math.max(0, ...talks.map((talk) => talk.end - talk.start));
  const rows = [`clapmark-schedule 1 ${talks.length} ${talks[0].offsetS} ${longest} ${slug}`];
  talks.forEach((talk, index) => {
    rows.push([talk.id, talk.start, talk.end, byId[index], talk.room, latin1(talk.title, TITLE_BYTES) || talk.id, latin1(talk.speakers, SPEAKER_BYTES)].join("\t"));
  });
  const bytes = new Uint8Array(rows.length * ROW_BYTES);
  rows.forEach((text, index) => {
    const row = bytes.subarray(index * ROW_BYTES, (index + 1) * ROW_BYTES).fill(32);
    for (let place = 0; place < text.length; place++) row[place] = text.charCodeAt(place);
    const crc = crc32(row.subarray(0, ROW_BYTES - TRAILER_BYTES)).toString(16).toUpperCase().padStart(8, "0");
    row.set(new TextEncoder().encode(` *${crc}\n`), ROW_BYTES - TRAILER_BYTES);
  });
  return bytes;
}
