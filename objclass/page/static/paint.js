// Colours pixels: raw channels by contrast, objects by small tables of colours.

const rgbOf = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** Colours of uncertainty from 0 to 1 (cividis: even in brightness, for all eyes). */
const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"].map(rgbOf);

export function ramp(share) {
  const at = Math.max(0, Math.min(1, share)) * (CIVIDIS.length - 1);
  const [low, part] = [Math.min(CIVIDIS.length - 2, Math.floor(at)), at - Math.floor(at)];
  return CIVIDIS[low].map((value, k) => Math.round(value + (CIVIDIS[low + 1][k] - value) * (at < CIVIDIS.length - 1 ? part : 1)));
}

/** Add channels up: `channels` holds {values, low, high, color}; one grey value is one light. */
export function paintRaw(context, rows, columns, channels) {
  const picture = context.createImageData(columns, rows);
  const out = picture.data;
  for (let p = 3; p < out.length; p += 4) out[p] = 255;
  for (const { values, low, high, color, opacity } of channels) {
    const lights = rgbOf(color).map((value) => value * opacity);
    const factor = 1 / Math.max(1e-12, high - low);
    for (let k = 0, p = 0; k < values.length; k++, p += 4) {
      const light = Math.max(0, Math.min(1, (values[k] - low) * factor)); // NaN becomes 0
      if (!(light > 0)) continue;
      out[p] += lights[0] * light; // clamped by the array
      out[p + 1] += lights[1] * light;
      out[p + 2] += lights[2] * light;
    }
  }
  context.putImageData(picture, 0, 0);
}

/** Number the objects of a tile, so that tables of colours are as short as the tile needs. */
export function numberObjects({ rows, columns, values }) {
  const numbers = new Map([[0, 0]]);
  const codes = new Uint32Array(values.length);
  let last = 0, code = 0;
  for (let k = 0; k < values.length; k++) {
    const id = values[k];
    if (id !== last) {
      code = numbers.get(id);
      if (code === undefined) numbers.set(id, (code = numbers.size));
      last = id;
    }
    codes[k] = code;
  }
  return { rows, columns, codes, ids: Uint32Array.from(numbers.keys()), numbers };
}

/** How far inside its object a pixel lies: 1 and 2 at the border, 0 deeper; `factor` enlarges. */
export function borders({ rows, columns, codes }, margin, factor) {
  const [height, width] = [(rows - margin.top - margin.bottom) * factor, (columns - margin.left - margin.right) * factor];
  const depth = new Uint8Array(height * width);
  const at = (y, x) => codes[Math.min(rows - 1, Math.max(0, y)) * columns + Math.min(columns - 1, Math.max(0, x))];
  const beside = (y, x, code, far) => {
    const up = Math.floor((y - far) / factor) + margin.top, down = Math.floor((y + far) / factor) + margin.top;
    const left = Math.floor((x - far) / factor) + margin.left, right = Math.floor((x + far) / factor) + margin.left;
    const [row, column] = [Math.floor(y / factor) + margin.top, Math.floor(x / factor) + margin.left];
    return at(up, column) !== code || at(down, column) !== code || at(row, left) !== code || at(row, right) !== code;
  };
  for (let y = 0; y < height; y++) {
    const row = (Math.floor(y / factor) + margin.top) * columns + margin.left;
    for (let x = 0; x < width; x++) {
      const code = codes[row + Math.floor(x / factor)];
      if (!code) continue;
      depth[y * width + x] = beside(y, x, code, 1) ? 1 : beside(y, x, code, 2) ? 2 : 0;
    }
  }
  return { height, width, depth };
}

/** Colour a tile of objects: `fills` and `lines` hold RGBA (little-endian uint32) by code. */
export function paintObjects(context, tile, margin, factor, border, { fills, lines, thick }) {
  const { height, width, depth } = border;
  const picture = context.createImageData(width, height);
  const out = new Uint32Array(picture.data.buffer);
  const { codes, columns } = tile;
  for (let y = 0, p = 0; y < height; y++) {
    const row = (Math.floor(y / factor) + margin.top) * columns + margin.left;
    for (let x = 0; x < width; x++, p++) {
      const code = codes[row + Math.floor(x / factor)];
      if (!code) continue;
      const d = depth[p];
      out[p] = lines[code] && d && (d === 1 || thick[code]) ? lines[code] : fills[code];
    }
  }
  context.putImageData(picture, 0, 0);
}

/** A colour (red, green, blue) with an opacity as one number. */
export const packed = ([red, green, blue], opacity) =>
  ((Math.round(opacity * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;

export { rgbOf };
