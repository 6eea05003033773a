// Where things lie: planes of a volume, screen and voxels.
import { SIDE } from "./tiles.js";

const AXES = { z: [1, 2], y: [0, 2], x: [0, 1] }; // rows and columns among (z, y, x)
const NUMBER = { z: 0, y: 1, x: 2 };

/** A plane of an image and the part of it one sees. */
export class PlaneView {
  constructor(image) {
    Object.assign(this, { image, axis: "z", index: Math.floor(image.shape[0] / 2), row: 0, column: 0, scale: 1, width: 1, height: 1 });
  }

  get rows() { return this.image.shape[AXES[this.axis][0]]; }
  get columns() { return this.image.shape[AXES[this.axis][1]]; }
  get depth() { return this.image.shape[NUMBER[this.axis]]; }
  get isVolume() { return this.image.shape[0] > 1; }

  /** How tall a voxel is drawn, its width being 1. */
  get ratio() {
    const spacing = this.image.spacing;
    const [row, column] = AXES[this.axis];
    return spacing ? Math.min(20, Math.max(0.05, spacing[row] / spacing[column])) : 1;
  }

  fit() {
    this.scale = Math.min(this.width / this.columns, this.height / (this.rows * this.ratio), 32) || 1;
    [this.row, this.column] = [this.rows / 2, this.columns / 2];
  }

  /** Show another plane, through a voxel where one is given. */
  turn(axis, voxel) {
    this.axis = axis;
    this.index = voxel ? voxel[NUMBER[axis]] : Math.floor(this.depth / 2);
    this.fit();
  }

  toScreen(row, column) {
    return [(column - this.column) * this.scale + this.width / 2, (row - this.row) * this.scale * this.ratio + this.height / 2];
  }

  toPlane(x, y) {
    return [this.row + (y - this.height / 2) / (this.scale * this.ratio), this.column + (x - this.width / 2) / this.scale];
  }

  /** The voxel (z, y, x) at a place of the screen, or null beside the image. */
  voxelAt(x, y) {
    const [row, column] = this.toPlane(x, y).map(Math.floor);
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return null;
    const voxel = [0, 0, 0];
    voxel[NUMBER[this.axis]] = this.index;
    [voxel[AXES[this.axis][0]], voxel[AXES[this.axis][1]]] = [row, column];
    return voxel;
  }

  goTo(voxel) {
    this.index = voxel[NUMBER[this.axis]];
    [this.row, this.column] = AXES[this.axis].map((k) => voxel[k] + 0.5);
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const [row, column] = this.toPlane(x, y);
    const least = Math.min(this.width / this.columns, this.height / this.rows) / 4;
    this.scale = Math.max(Math.min(least, 1), Math.min(64, this.scale * factor));
    const [newRow, newColumn] = this.toPlane(x, y);
    this.row += row - newRow;
    this.column += column - newColumn;
  }

  pan(x, y) {
    this.column = Math.max(0, Math.min(this.columns, this.column - x / this.scale));
    this.row = Math.max(0, Math.min(this.rows, this.row - y / (this.scale * this.ratio)));
  }

  get coarsest() {
    return Math.max(0, Math.ceil(Math.log2(Math.max(this.rows, this.columns) / (2 * SIDE))));
  }

  /** Every 2 ** level-th voxel is enough for this zoom. */
  get level() {
    const dense = this.scale * (window.devicePixelRatio || 1);
    return Math.max(0, Math.min(this.coarsest, Math.floor(Math.log2(1 / dense) + 0.3)));
  }

  /** Tiles of a level that one sees: {level, i, j, start, stop} in voxels of the plane. */
  tiles(level) {
    const step = SIDE * 2 ** level;
    const [top, left] = this.toPlane(0, 0);
    const [bottom, right] = this.toPlane(this.width, this.height);
    const found = [];
    for (let i = Math.max(0, Math.floor(top / step)); i * step < Math.min(bottom, this.rows); i++) {
      for (let j = Math.max(0, Math.floor(left / step)); j * step < Math.min(right, this.columns); j++) {
        const start = [i * step, j * step];
        found.push({ level, start, stop: [Math.min(this.rows, start[0] + step), Math.min(this.columns, start[1] + step)], name: `${level}/${i}/${j}` });
      }
    }
    const far = ({ start }) => Math.hypot(start[0] + step / 2 - this.row, start[1] + step / 2 - this.column);
    return found.sort((a, b) => far(b) - far(a)); // the last is fetched first: the middle
  }

  /** What one voxel of the screen's width measures, and in which unit. */
  get size() {
    const spacing = this.image.spacing;
    return spacing ? [spacing[AXES[this.axis][1]], this.image.unit || "px"] : [1, "px"];
  }
}
