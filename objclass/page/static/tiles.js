// Square tiles of an image, fetched newest first and kept while there is room.
import { getArray } from "./api.js";

export const SIDE = 256;
const AT_ONCE = 6;
const KEPT = 48e6; // bytes of values, and as much again of pictures

/** Fetches and keeps tiles; `changed()` is called when one has come. */
export class TileStore {
  constructor(changed, failed) {
    Object.assign(this, { changed, failed, tiles: new Map(), queue: [], running: 0, bytes: 0 });
  }

  /** Return a tile if it is there; otherwise ask for it. `request` is {path, params}. */
  get(key, request, make) {
    let tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key); // the newest stand last
      this.tiles.set(key, tile);
      return tile.value;
    }
    tile = { key, request, make, value: null };
    this.tiles.set(key, tile);
    this.queue.push(tile);
    queueMicrotask(() => this.work());
    return null;
  }

  /** Return a tile only if it is there. */
  peek(key) {
    return this.tiles.get(key)?.value ?? null;
  }

  /** Forget what was asked for and has not begun: it is out of sight. */
  forgetQueue() {
    for (const tile of this.queue) this.tiles.delete(tile.key);
    this.queue = [];
  }

  clear() {
    this.forgetQueue();
    this.tiles.clear();
    this.bytes = 0;
  }

  work() {
    while (this.running < AT_ONCE && this.queue.length) this.fetch(this.queue.pop());
  }

  async fetch(tile) {
    this.running++;
    try {
      const array = await getArray(tile.request.path, tile.request.params);
      if (this.tiles.get(tile.key) === tile) {
        tile.value = tile.make(array);
        tile.bytes = array.values.byteLength;
        this.bytes += tile.bytes;
        this.shrink();
        this.changed(tile.value);
      }
    } catch (error) {
      this.tiles.delete(tile.key);
      this.failed(error);
    } finally {
      this.running--;
      this.work();
    }
  }

  shrink() {
    for (const [key, tile] of this.tiles) {
      if (this.bytes <= KEPT) return;
      if (!tile.value) continue;
      this.tiles.delete(key);
      this.bytes -= tile.bytes;
    }
  }
}
