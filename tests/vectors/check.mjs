// Compares what the page's modules make of the vectors; runs in node and in a browser. Returns sentences, none if all agree.

export function differences(modules, vectors) {
  const { foldBookmarks, Clock, openLog, parseFrame, decimal, unescape, oneLine } = modules;
  const found = [];
  const same = (name, got, wanted) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted)) found.push(`${name}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
  };
  const bytesOf = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  vectors.bookmarks.forEach(({ log, records, bookmarks }, number) => {
    const journal = openLog("clapmark-a1b2c3d4e5f6-9ACE8F55.log", bytesOf(log));
    same(`log ${number}: records`, journal.records.length, records);
    const got = foldBookmarks(journal.sorted).map(({ when, ...mark }) => ({
      seq: mark.seq, crc: mark.crc, boot: mark.boot, ms: mark.ms, earliestMs: when.earliestMs, latestMs: when.latestMs, utcMs: when.utcMs,
      errorMs: when.errorMs, sortMs: when.sortMs, tag: mark.tag, talkId: mark.talkId, isGuess: mark.isGuess, lengthMs: mark.lengthMs,
      undone: mark.undone, room: mark.room,
    }));
    same(`log ${number}: how many`, got.length, bookmarks.length);
    bookmarks.forEach(({ id, ...wanted }, index) => same(`log ${number}: bookmark ${id}`, got[index], wanted));
  });
  vectors.wallTimes.forEach(({ log, times }, number) => {
    const clock = new Clock(openLog("x", bytesOf(log)).sorted);
    for (const [boot, ms, earliestMs, latestMs] of times) {
      const when = clock.timeAt(boot, ms);
      same(`times ${number}: boot ${boot}, ${ms}`, [when.earliestMs, when.latestMs], [earliestMs, latestMs]);
    }
  });
  for (const { line, frame } of vectors.frames) same(`frame ${JSON.stringify(line)}`, parseFrame(line), frame);
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };
  for (const { text, low, high, number } of vectors.numbers) same(`number ${JSON.stringify(text)} in ${low}..${high}`, attempt(() => decimal(text, low, high) + 0), number);
  for (const { value, bytes } of vectors.texts.escaped) same(`value ${value}`, attempt(() => unescape(value)), bytes);
  for (const { text, limit, line } of vectors.texts.shown) same(`text ${JSON.stringify(text)}`, oneLine(text, limit), line);
  return { found };
}
