// Unpacks what clapmark/web/bundle.py packs.

// Return a Map of path to bytes.
export function unpack(bytes) {
  const end = bytes.indexOf(10);
  const files = new Map();
  let place = end + 1;
  for (const [path, size] of JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))) {
    files.set(path, bytes.subarray(place, place + size));
    place += size;
  }
  return files;
}
