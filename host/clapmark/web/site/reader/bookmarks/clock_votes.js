// Which clock records are believed where they contradict each other; the rules of clapmark/archive/clock_votes.py.

import { common, compareFixes, greatest, least } from "./clock_fix.js";

const DAY_MS = 24 * 3600 * 1000;
const FAR_MS = 20 * 365 * DAY_MS; // less than the thirty years between the epochs of 1970 and 2000
const OLDEST_UTC_MS = 1_451_606_400_000; // 2016: there was no ESP32 before

const mayPrecede = (one, other) => one.endMs <= other.startMs;

// Return the clock fixes of one boot (sorted) that are believed: all where they agree.
export function believed(fixes) {
  const [earliestMs, latestMs] = common(fixes, fixes[0].ms);
  if (earliestMs <= latestMs) return [...fixes];
  const groups = largestGroups(fixes);
  const dates = groups.map((group) => group.at(-1).timeAt(fixes[0].ms)[1]);
  const limitMs = limitOf(dates);
  const oldestMs = greatest(dates.filter((date) => date <= limitMs)) - DAY_MS;
  const kept = groups.filter((_, position) => oldestMs <= dates[position] && dates[position] <= limitMs).flat();
  return unique(kept).sort(compareFixes);
}

// Return the positions of the boots, given in their order, whose clock is not believed.
export function outvoted(spans) {
  if (spans.slice(1).every((after, position) => mayPrecede(spans[position], after))) return [];
  const limitMs = limitOf(spans.map((span) => span.startMs));
  const lost = new Set(spans.flatMap((span, position) => (span.startMs > limitMs ? [position] : [])));
  const kept = spans.map((_, position) => position).filter((position) => !lost.has(position));
  for (const position of outOfOrder(kept.map((position) => spans[position]))) lost.add(kept[position]);
  return [...lost].sort((one, other) => one - other);
}

function limitOf(dates) {
  const possible = dates.filter((date) => date >= OLDEST_UTC_MS);
  return (possible.length ? least(possible) : greatest(dates)) + FAR_MS;
}

function outOfOrder(spans) {
  const lost = new Set();
  if (!spans.length) return lost;
  const ahead = bestChains(spans);
  const turned = spans.toReversed().map((span) => ({ startMs: -span.endMs, endMs: -span.startMs, votes: span.votes }));
  const behind = bestChains(turned).reverse();
  const through = spans.map((span, position) => ahead[position] + behind[position] - span.votes);
  const best = greatest(through);
  let newestEndMs = null;
  spans.forEach((span, position) => {
    if (through[position] < best) {
      lost.add(position);
    } else if (newestEndMs !== null && span.startMs + DAY_MS < newestEndMs) {
      lost.add(position); // dated long before a boot that came earlier
    } else {
      newestEndMs = Math.max(span.endMs, newestEndMs || span.endMs);
    }
  });
  return lost;
}

// Return the groups of fixes that share a moment and are as large as any, by sweeping over their intervals.
function largestGroups(fixes) {
  const spans = fixes.map((fix) => fix.timeAt(fixes[0].ms));
  const edges = [...spans.map(([start]) => [start, 0]), ...spans.map(([, end]) => [end, 1])];
  edges.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  let depth = 0;
  let most = 0;
  let places = [];
  for (const [atMs, isEnd] of edges) {
    depth += isEnd ? -1 : 1;
    if (!isEnd && depth > most) {
      most = depth;
      places = [atMs];
    } else if (!isEnd && depth === most) {
      places.push(atMs);
    }
  }
  const groups = new Map();
  for (const atMs of places) {
    const members = spans.flatMap(([start, end], position) => (start <= atMs && atMs <= end ? [position] : []));
    groups.set(String(members), members.map((position) => fixes[position]));
  }
  return [...groups.values()];
}

function unique(fixes) {
  return [...new Map(fixes.map((fix) => [`${fix.ms} ${fix.utcMs} ${fix.errorMs}`, fix])).values()];
}

// Return, for each boot, the most votes of an order of boots that ends with it.
function bestChains(spans) {
  const best = [];
  spans.forEach((span, position) => {
    const before = best.filter((_, other) => mayPrecede(spans[other], span));
    best[position] = span.votes + Math.max(0, greatest(before));
  });
  return best;
}
