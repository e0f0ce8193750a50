// Runs the vectors with the modules of the reader page: node --test tests/vectors/vectors.test.mjs

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { differences } from "./check.mjs";

const reader = new URL("../../host/clapmark/web/site/reader/", import.meta.url);
const load = (name) => import(new URL(name, reader).href);
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "ascii"));

const modules = { ...(await load("bookmarks/fold.js")), ...(await load("bookmarks/wall_time.js")), ...(await load("bookmarks/log_file.js")), ...(await load("link/frames.js")), ...(await load("link/lines.js")) };
const vectors = { bookmarks: read("bookmarks.json"), wallTimes: read("wall_times.json"), frames: read("frames.json"), numbers: read("numbers.json"), texts: read("texts.json") };

test("records, wall times, frames, numbers and texts are read as in Python", () => {
  assert.deepEqual(differences(modules, vectors).found, []);
});

test("the names of bookmarks are the same as in Python", async () => {
  for (const { bookmarks } of vectors.bookmarks) {
    for (const mark of bookmarks) assert.equal(await modules.bookmarkId("a1b2c3d4e5f6", "9ACE8F55", mark), mark.id);
  }
});
