// Who a virtual device is: clapmark/sim/state_folder.py in JavaScript.

// Return the six bytes of its MAC address; bit 1 of the first: locally administered.
export function deviceId(seed) {
  return Uint8Array.of(0x02, 0xc1, 0xa9, (seed >> 16) & 255, (seed >> 8) & 255, seed & 255);
}
