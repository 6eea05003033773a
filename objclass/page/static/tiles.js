// Square tiles of an image, fetched newest first and kept while there is room.
import { getArray } from "./api.js";

export const SIDE = 256;
const AT_ONCE = 5; // a browser keeps six connections: one stays free for clicks
const IDS_AT_ONCE = 3; // they wait until objects are made, and pixels must not wait behind them
const KEPT = 48e6; // bytes of values, and as much again of pictures

const isIds = (tile) => tile.request.path === "ids";

/** Fetches and keeps tiles; `changed()` is called when one has come. */
export class TileStore {
  constructor(changed, failed) {
    Object.assign(this, { changed, failed, tiles: new Map(), queue: [], running: 0, runningIds: 0, bytes: 0 });
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
    while (this.running < AT_ONCE) {
      const tile = this.next();
      if (!tile) return;
      this.fetch(tile);
    }
  }

  /** Take the newest tile of pixels out of the queue, or else of ids while few of them wait. */
  next() {
    let at = this.queue.findLastIndex((tile) => !isIds(tile));
    if (at < 0 && this.runningIds < IDS_AT_ONCE) at = this.queue.length - 1;
    return at < 0 ? null : this.queue.splice(at, 1)[0];
  }

  async fetch(tile) {
    this.running++;
    if (isIds(tile)) this.runningIds++;
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
      if (isIds(tile)) this.runningIds--;
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
