// Keeps a device in the browser's IndexedDB: its flash sector by sector, its files, and what was done with it.

import { SECTOR_BYTES } from "./models/nor_flash.js";

const DATABASE = "clapmark";
const STORE = "devices";

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// The place of one device. Keys are arrays: [board, "meta"], [board, "files"], [board, "flash", sector].
export class Store {
  // Open the database, or raise an Error with a sentence if the browser denies it.
  static async open(board) {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      return new Store(await finished(request), board);
    } catch (error) {
      throw new Error(`The browser gives this page no storage (${error?.message ?? error}).`);
    }
  }

  constructor(database, board) {
    this.database = database;
    this.board = board;
  }

  // Return {meta, files, flash}, or null if this browser has no such device yet.
  async load(flashBytes) {
    const store = this.database.transaction(STORE).objectStore(STORE);
    const range = IDBKeyRange.bound([this.board], [this.board, []]);
    const [keys, values] = await Promise.all([finished(store.getAllKeys(range)), finished(store.getAll(range))]);
    const found = { flash: new Uint8Array(flashBytes).fill(0xff) };
    keys.forEach(([, kind, sector], index) => {
      if (kind === "flash") found.flash.set(values[index], sector * SECTOR_BYTES);
      else found[kind] = values[index];
    });
    return found.meta && found.files ? found : null;
  }

  // Write what changed, all or nothing. `sectors` are the numbers of those in `flash` to write.
  save({ meta, files, flash, sectors }) {
    return this.#write((store) => {
      store.put(meta, [this.board, "meta"]);
      if (files) store.put(files, [this.board, "files"]);
      for (const sector of sectors) {
        store.put(flash.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES), [this.board, "flash", sector]);
      }
    });
  }

  // Forget the device.
  clear() {
    return this.#write((store) => store.delete(IDBKeyRange.bound([this.board], [this.board, []])));
  }

  // Resolve when what `write(store)` does is on the disk.
  #write(write) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser aborted the transaction"));
      write(transaction.objectStore(STORE));
    });
  }
}

// Hold the right to use a board's device as long as this worker lives; return false if another tab has it.
export function claim(board) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks
      .request(`clapmark-device-${board}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise(() => {}) : undefined;
      })
      .catch(() => resolve(true));
  });
}
