// Python's random.Random, as far as the virtual device draws from it: the Mersenne Twister of Modules/_randommodule.c and
// randint, sample and randbytes of Lib/random.py. A script draws the same bounces here as in `clapmark sim`.

const WORDS = 624;
const SHIFT = 397;

export class PythonRandom {
  // `seed`: a whole number from 0 to 2**32 - 1.
  constructor(seed) {
    this.state = new Uint32Array(WORDS);
    this.place = WORDS;
    this.#seedWithArray([seed >>> 0]);
  }

  // Return a whole number of `bits` bits, at most 32.
  bits(bits) {
    return bits ? this.#word() >>> (32 - bits) : 0;
  }

  // Return a whole number from `first` to `last`.
  integer(first, last) {
    return first + this.#below(last - first + 1);
  }

  // Return `count` different elements of the numbers from `first` to before `end`, in the order drawn.
  sample(first, end, count) {
    const total = end - first;
    const result = [];
    let setSize = 21;
    if (count > 5) setSize += 4 ** Math.ceil(Math.log(count * 3) / Math.log(4));
    if (total <= setSize) {
      const pool = Array.from({ length: total }, (_, index) => first + index);
      for (let index = 0; index < count; index++) {
        const drawn = this.#below(total - index);
        result.push(pool[drawn]);
        pool[drawn] = pool[total - index - 1];
      }
      return result;
    }
    const selected = new Set();
    for (let index = 0; index < count; index++) {
      let drawn = this.#below(total);
      while (selected.has(drawn)) drawn = this.#below(total);
      selected.add(drawn);
      result.push(first + drawn);
    }
    return result;
  }

  // Return `count` random bytes.
  bytes(count) {
    const data = new Uint8Array(count);
    const view = new DataView(data.buffer);
    let place = 0;
    for (; place + 4 <= count; place += 4) view.setUint32(place, this.#word(), true);
    if (place < count) {
      const rest = this.bits((count - place) * 8);
      for (let index = 0; place + index < count; index++) data[place + index] = rest >>> (8 * index);
    }
    return data;
  }

  #below(limit) {
    const bits = 32 - Math.clz32(limit);
    let drawn = this.bits(bits);
    while (drawn >= limit) drawn = this.bits(bits);
    return drawn;
  }

  #seedWithArray(key) {
    const state = this.state;
    state[0] = 19650218;
    for (let index = 1; index < WORDS; index++) {
      state[index] = Math.imul(1812433253, state[index - 1] ^ (state[index - 1] >>> 30)) + index;
    }
    let at = 1;
    let from = 0;
    for (let step = Math.max(WORDS, key.length); step; step--) {
      state[at] = (state[at] ^ Math.imul(state[at - 1] ^ (state[at - 1] >>> 30), 1664525)) + key[from] + from;
      if (++at >= WORDS) {
        state[0] = state[WORDS - 1];
        at = 1;
      }
      from = (from + 1) % key.length;
    }
    for (let step = WORDS - 1; step; step--) {
      state[at] = (state[at] ^ Math.imul(state[at - 1] ^ (state[at - 1] >>> 30), 1566083941)) - at;
      if (++at >= WORDS) {
        state[0] = state[WORDS - 1];
        at = 1;
      }
    }
    state[0] = 0x80000000;
  }

  #word() {
    const state = this.state;
    if (this.place >= WORDS) {
      for (let index = 0; index < WORDS; index++) {
        const mixed = (state[index] & 0x80000000) | (state[(index + 1) % WORDS] & 0x7fffffff);
        state[index] = state[(index + SHIFT) % WORDS] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      }
      this.place = 0;
    }
    let word = state[this.place++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}
