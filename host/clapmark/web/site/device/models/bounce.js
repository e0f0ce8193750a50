// What a pin sees when a finger presses a button: clapmark/sim/bounce.py in JavaScript.

export const LONGEST_BOUNCE_US = 6000;
const MOST_BOUNCES = 5;

// Return the edges of one press; `releaseUs` is null while the finger is still on the button: then `release` of the
// result gives the rest, once the time is known. A press that is still held counts as 12 ms or longer.
export function pressEdges(random, pin, atUs, lengthUs) {
  const longestUs = lengthUs === null ? LONGEST_BOUNCE_US : Math.min(LONGEST_BOUNCE_US, Math.floor(lengthUs / 2));
  const pressed = contact(random, longestUs);
  const released = contact(random, LONGEST_BOUNCE_US);
  const edges = (moments, startUs, level) => [
    { atUs: startUs, pin, level },
    ...moments.map((moment, index) => ({ atUs: startUs + moment, pin, level: level ^ (1 - (index % 2)) })),
  ];
  return {
    press: edges(pressed, atUs, 0),
    release: (releaseUs) => edges(released, releaseUs, 1),
  };
}

function contact(random, longestUs) {
  const bounces = random.integer(0, MOST_BOUNCES);
  if (longestUs <= 2 * bounces + 1) return [];
  return random.sample(1, longestUs, 2 * bounces).sort((one, other) => one - other);
}
