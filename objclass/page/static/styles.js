// What is known of the objects of one frame: predicted, annotated, how sure. By id.
import { getStyles } from "./api.js";

const COLUMNS = { predicted: Uint16Array, annotated: Uint16Array, probability: Uint8Array, uncertainty: Uint8Array, share: Uint8Array, invalid: Uint8Array };

export class StyleTable {
  constructor(image, t) {
    Object.assign(this, { image, t, slots: new Map(), asked: new Map(), round: 0, size: 0 });
    for (const name of Object.keys(COLUMNS)) this[name] = new COLUMNS[name](1024);
  }

  /** The place of an object in the columns. */
  slot(id) {
    let slot = this.slots.get(id);
    if (slot === undefined) {
      this.slots.set(id, (slot = this.size++));
      if (this.size > this.predicted.length) this.grow();
    }
    return slot;
  }

  grow() {
    for (const [name, Type] of Object.entries(COLUMNS)) {
      const larger = new Type(this[name].length * 2);
      larger.set(this[name]);
      this[name] = larger;
    }
  }

  /** What is known may be old: ask again for what is seen. */
  outdate() {
    this.round++;
  }

  /** Ask for the objects that were not asked for in this round, and how probable a class is; true if something came. */
  async fetch(ids, ofClass) {
    const round = this.round;
    const wanted = [...ids].filter((id) => id && this.asked.get(id) !== round);
    if (!wanted.length) return false;
    for (const id of wanted) this.asked.set(id, round);
    let found;
    try {
      found = await getStyles(this.image, this.t, wanted, ofClass);
    } catch (error) {
      for (const id of wanted) this.asked.delete(id);
      throw error;
    }
    if (this.round !== round) return false; // newer answers are under way
    wanted.forEach((id, k) => {
      const slot = this.slot(id);
      for (const column of Object.keys(COLUMNS)) this[column][slot] = found[column][k];
    });
    return true;
  }

  /** Note a class before the server has told it. */
  guess(id, code) {
    this.annotated[this.slot(id)] = code;
    this.asked.delete(id);
  }
}
