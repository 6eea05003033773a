// The viewer: a plane of an image in tiles, objects coloured here, clicks and keys on objects.
import { get, post } from "./api.js";
import { $ } from "./dom.js";
import * as edits from "./edits.js";
import * as gallery from "./gallery.js";
import * as images from "./images.js";
import { DIGITS, offer } from "./keys.js";
import * as layers from "./layers.js";
import { trying } from "./notices.js";
import { borders, numberObjects, paintObjects, paintRaw } from "./paint.js";
import { PlaneView } from "./plane.js";
import { classOfDigit, codeOf, nameOfCode, on, set, state, tell } from "./state.js";
import { StyleTable } from "./styles.js";
import { SIDE, TileStore } from "./tiles.js";

const DRAG = 4; // pixels after which a press is no click
const PICTURES = 160; // painted tiles that are kept

let view = null; // PlaneView of the image
let table = null; // StyleTable of image and frame
let tool = "click";
let hovered = 0; // id
let pointer = null; // {x, y} in the canvas
let press = null; // {x, y, moved, points, selects}
let selected = new Set();
let pictures = new Map(); // key → {canvas, stamp}
let stamps = { raw: 0, objects: 0 };
let scheduled = false;

let preview = null; // {drawn, tile}: objects that other settings would find
let settings = ""; // of how objects are found, as text

const canvas = $("canvas");
const store = new TileStore(repaint, (error) => trying(() => { throw error; }, "tiles"));

function repaint() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => { scheduled = false; paint(); });
}

const frameKey = () => `${state.image.name}|${state.t}|${view.axis}${view.index}`;

function request(path, tile, margin, channel) {
  const { level, start, stop } = tile;
  const [step, more] = [2 ** level, margin ? 1 : 0]; // regions count in voxels of the level
  const low = start.map((value) => Math.max(0, value / step - more));
  const high = [view.rows, view.columns].map((n, k) => Math.min(Math.ceil(n / step), Math.ceil(stop[k] / step) + more));
  return { path, params: { image: state.image.name, t: state.t, axis: view.axis, index: view.index, level, region: [...low, ...high].join(","), channel } };
}

function rawTile(tile, k) {
  const key = `raw|${k}|${frameKey()}|${tile.name}`;
  return store.get(key, request("raw", tile, false, k), (array) => array);
}

function idTile(tile) {
  const key = `ids|${frameKey()}|${tile.name}`;
  return store.get(key, request("ids", tile, true), (array) => ({ ...numberObjects(array), borders: new Map() }));
}

/** A painted tile, painted again where what it shows has changed. */
function picture(key, stamp, width, height, painter) {
  let made = pictures.get(key);
  if (!made || made.stamp !== stamp) {
    const drawn = made?.canvas.width === width && made.canvas.height === height ? made.canvas : new OffscreenCanvas(width, height);
    painter(drawn.getContext("2d"));
    made = { canvas: drawn, stamp };
  }
  pictures.delete(key);
  pictures.set(key, made);
  if (pictures.size > PICTURES) pictures.delete(pictures.keys().next().value);
  return made.canvas;
}

function rawPicture(tile) {
  const shown = layers.shownChannels();
  const parts = shown.map((channel, k) => (channel.visible ? rawTile(tile, k) : null));
  if (shown.some((channel, k) => channel.visible && !parts[k])) return null;
  const all = shown.map((channel, k) => ({ ...channel, values: parts[k]?.values })).filter((each) => each.visible);
  if (!all.length) return null;
  shown.forEach((channel, k) => { if (channel.low === null && parts[k]) layers.chooseContrast(channel, parts[k].values); });
  if (all.some((each) => each.low === null)) { repaint(); return null; }
  const { rows, columns } = parts.find(Boolean);
  return picture(`raw|${frameKey()}|${tile.name}`, stamps.raw, columns, rows, (context) => paintRaw(context, rows, columns, all));
}

const enlargement = (level) => (level ? 1 : view.scale >= 4 ? 4 : view.scale >= 1.7 ? 2 : 1);

function objectPicture(tile) {
  const ids = idTile(tile);
  if (!ids) return null;
  const factor = enlargement(tile.level);
  const margin = { top: tile.start[0] ? 1 : 0, left: tile.start[1] ? 1 : 0, bottom: tile.stop[0] < view.rows ? 1 : 0, right: tile.stop[1] < view.columns ? 1 : 0 };
  if (!ids.borders.has(factor)) {
    ids.borders.clear();
    ids.borders.set(factor, borders(ids, margin, factor));
  }
  const border = ids.borders.get(factor);
  const stamp = `${stamps.objects}|${ids.numbers.has(hovered) ? hovered : 0}|${factor}`;
  return picture(`ids|${frameKey()}|${tile.name}`, stamp, border.width, border.height, (context) =>
    paintObjects(context, ids, margin, factor, border, layers.colorsOf(ids, table, { hovered, selected })));
}

function place(context, drawn, tile) {
  const dense = devicePixelRatio || 1;
  const [left, top] = view.toScreen(...tile.start);
  const [right, bottom] = view.toScreen(...tile.stop);
  const edges = [left, top, right, bottom].map((value) => Math.round(value * dense));
  context.drawImage(drawn, edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
}

function paint() {
  if (!view || state.view !== "viewer") return;
  const dense = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
    [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
  }
  [view.width, view.height] = [width, height];
  if (view.unseen) { view.unseen = false; view.fit(); }
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  store.forgetQueue();
  const [level, coarsest] = [view.level, view.coarsest];
  const levels = level === coarsest ? [level] : [coarsest, level];
  context.imageSmoothingEnabled = view.scale < 3;
  for (const each of levels) for (const tile of view.tiles(each)) { const drawn = rawPicture(tile); if (drawn) place(context, drawn, tile); }
  context.imageSmoothingEnabled = view.scale < 1;
  const seen = new Set();
  for (const tile of view.tiles(level)) {
    const drawn = objectPicture(tile);
    if (!drawn) continue;
    place(context, drawn, tile);
    for (const id of idTile(tile).ids) if (id) seen.add(id);
  }
  if (preview) place(context, preview.drawn, preview.tile);
  restyle(seen);
  drawTools(context, dense);
  scaleBar();
  canvas.dataset.painted = stamps.objects;
}

async function restyle(seen) {
  const mine = table;
  if (mine && (await trying(() => mine.fetch(seen, layers.probabilityOf()), "styles")) && mine === table) {
    stamps.objects++;
    repaint();
    hoverText();
  }
}

/** What one sees, for those who ask the server about it: at most a million voxels. */
export function seen() {
  if (!view || state.view !== "viewer") return null;
  let { level } = view;
  const [top, left] = view.toPlane(0, 0).map((value) => Math.max(0, Math.floor(value)));
  const [bottom, right] = view.toPlane(view.width, view.height).map(Math.ceil);
  const stop = [Math.min(view.rows, bottom), Math.min(view.columns, right)];
  while (((stop[0] - top) * (stop[1] - left)) / 4 ** level > 1e6) level++;
  const step = 2 ** level;
  const region = [Math.floor(top / step), Math.floor(left / step), Math.ceil(stop[0] / step), Math.ceil(stop[1] / step)];
  return { image: state.image.name, t: state.t, axis: view.axis, index: view.index, level, region: region.join(",") };
}

/** Draw objects over the image: what `seen` said, with an array of ids; null draws none. */
export function showPreview(found) {
  preview = null;
  if (found?.array.values.length) {
    const [margin, factor] = [{ top: 0, left: 0, bottom: 0, right: 0 }, enlargement(found.level)];
    const ids = numberObjects(found.array);
    const border = borders(ids, margin, factor);
    const n = ids.ids.length;
    const drawn = new OffscreenCanvas(border.width, border.height);
    const colors = { fills: new Uint32Array(n), lines: new Uint32Array(n).fill(0xffff40ff), thick: new Uint8Array(n).fill(1) };
    paintObjects(drawn.getContext("2d"), ids, margin, factor, border, colors);
    const [top, left, bottom, right] = found.region.split(",").map((value) => value * 2 ** found.level);
    preview = { drawn, tile: { start: [top, left], stop: [Math.min(view.rows, bottom), Math.min(view.columns, right)] } };
  }
  repaint();
}

/** Other settings make other objects: what was fetched of them is no longer right. */
function forgetObjects(session) {
  const now = JSON.stringify(session.settings);
  if (settings && settings !== now) {
    store.clear();
    pictures.clear();
    if (table) table = new StyleTable(table.image, table.t);
    select([]);
  }
  settings = now;
}

function drawTools(context, dense) {
  context.save();
  context.scale(dense, dense);
  context.lineWidth = 1.5;
  if (press?.selects && press.points.length > 1) {
    context.strokeStyle = "#f0c04a";
    context.beginPath();
    for (const [row, column] of outlineOf(press)) context.lineTo(...view.toScreen(row, column));
    context.closePath();
    context.stroke();
  }
  if (!pointer && document.activeElement === canvas) {
    const [x, y] = [view.width / 2, view.height / 2];
    context.strokeStyle = "#fff";
    context.beginPath();
    for (const [a, b] of [[1, 0], [0, 1]]) {
      context.moveTo(x - 12 * a, y - 12 * b);
      context.lineTo(x + 12 * a, y + 12 * b);
    }
    context.stroke();
  }
  context.restore();
}

function scaleBar() {
  const [size, unit] = view.size;
  const wanted = (110 / view.scale) * size;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = power * [5, 2, 1].find((k) => k * power <= wanted);
  $("scale-bar").style.width = (length / size) * view.scale + "px";
  $("scale-bar").firstElementChild.textContent = `${Number(length.toPrecision(2))} ${unit === "um" ? "µm" : unit}`;
}

/** The id at a place as the tiles show it; 0 where it is not known. */
function idIn(x, y) {
  const voxel = view.voxelAt(x, y);
  if (!voxel) return 0;
  const [row, column] = view.toPlane(x, y).map(Math.floor);
  for (const tile of view.tiles(view.level)) {
    if (row < tile.start[0] || row >= tile.stop[0] || column < tile.start[1] || column >= tile.stop[1]) continue;
    const ids = store.peek(`ids|${frameKey()}|${tile.name}`);
    if (!ids) return 0;
    const step = 2 ** tile.level;
    const at = (value, start) => Math.floor((value - start) / step) + (start ? 1 : 0);
    return ids.ids[ids.codes[at(row, tile.start[0]) * ids.columns + at(column, tile.start[1])]] || 0;
  }
  return 0;
}

/** The object at a place, asked at full resolution where tiles are coarser. */
async function objectAt(x, y) {
  const voxel = view.voxelAt(x, y);
  if (!voxel) return null;
  const known = view.level === 0 ? idIn(x, y) : 0;
  const id = known || (await trying(() => get("object", { image: state.image.name, t: state.t, point: voxel.join(",") }), "object"))?.object;
  return id ? { image: state.image.name, t: state.t, object: id } : null;
}

const here = () => pointer || { x: view.width / 2, y: view.height / 2 };

function hover() {
  const { x, y } = here();
  const id = idIn(x, y);
  if (id !== hovered) { hovered = id; repaint(); tell("hovered", id ? { image: state.image.name, t: state.t, object: id } : null); }
  hoverText();
}

function hoverText() {
  const slot = table?.slots.get(hovered);
  const parts = hovered ? [`object ${hovered}`] : [];
  if (slot !== undefined) {
    const [predicted, annotated] = [nameOfCode(table.predicted[slot], "left open"), nameOfCode(table.annotated[slot])];
    if (!predicted && state.session.trained && state.session.selects) parts.push("not selected");
    if (predicted) parts.push(`predicted ${predicted} ${Math.round(table.probability[slot] / 2.55)} %`);
    if (annotated) parts.push(`annotated ${annotated}${table.invalid[slot] ? " (invalid)" : ""}`);
  }
  $("hover").textContent = parts.join(" · ");
}

const selectedObjects = () => [...selected].map((object) => ({ image: state.image.name, t: state.t, object }));

function select(ids) {
  selected = new Set(ids);
  $("selection").hidden = !selected.size;
  $("selection").textContent = `${selected.size} object${selected.size === 1 ? "" : "s"} selected: 1–9 give them a class, 0 erases, Escape lets go`;
  stamps.objects++;
  repaint();
}

/** Annotate what is selected, or the object under the pointer; null erases. */
async function give(name) {
  if (name === undefined) return;
  const { x, y } = here();
  const found = selected.size ? selectedObjects() : [await objectAt(x, y)].filter(Boolean);
  select([]);
  if (name === null) edits.erase(found);
  else edits.annotate(found, name);
}

/** The outline of a box or lasso in voxels of the plane. */
function outlineOf({ points, selects }) {
  if (selects === "lasso") return points;
  const [[top, left], [bottom, right]] = [points[0], points[points.length - 1]];
  return [[top, left], [top, right], [bottom, right], [bottom, left]];
}

async function selectInside({ points, selects }) {
  const outline = outlineOf({ points, selects });
  const body = { image: state.image.name, t: state.t, axis: view.axis, index: view.index, shape: selects, outline };
  const found = await trying(() => post("objects", body), "objects");
  if (!found) return;
  select(found.objects);
  set("selection", { from: "image", objects: selectedObjects() });
}

const at = (event) => {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

function pressed(event) {
  if (!view || event.button > 2) return;
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  const selects = event.button === 0 && (event.shiftKey ? "box" : tool === "click" ? null : tool);
  press = { ...at(event), last: at(event), moved: false, selects, points: [view.toPlane(at(event).x, at(event).y)], button: event.button };
}

function moved(event) {
  pointer = at(event);
  if (!press) { hover(); return; }
  press.moved ||= Math.hypot(pointer.x - press.x, pointer.y - press.y) > DRAG;
  if (!press.moved) return;
  if (press.selects) press.points.push(view.toPlane(pointer.x, pointer.y));
  else view.pan(pointer.x - press.last.x, pointer.y - press.last.y);
  press.last = pointer;
  repaint();
}

async function released() {
  const done = press;
  press = null;
  repaint();
  if (!done) return;
  if (done.moved) { if (done.selects) selectInside(done); return; }
  const object = await objectAt(done.x, done.y);
  if (!object) { select([]); return; }
  if (done.button === 2) set("object", object);
  else if (done.button === 0) edits.annotate([object], state.activeClass);
}

function turned(event) {
  event.preventDefault();
  if (!view) return;
  const delta = event.deltaY || event.deltaX;
  if (view.isVolume && !event.shiftKey && !event.ctrlKey) goDeep(Math.sign(delta));
  else view.zoom(Math.exp(-delta * (event.deltaMode ? 0.05 : 0.0015)), at(event).x, at(event).y);
  hover();
  repaint();
}

function goDeep(by) {
  view.index = Math.max(0, Math.min(view.depth - 1, view.index + by));
  select([]);
  controls();
}

function goTime(by) {
  const times = state.image.times;
  const k = Math.max(0, Math.min(times.length - 1, times.indexOf(state.t) + by));
  showFrame(times[k]);
}

function showFrame(t) {
  state.t = t;
  preview = null;
  table = new StyleTable(state.image.name, t);
  hovered = 0;
  select(plotted());
  controls();
}

/** The objects of this frame that were selected in the plot. */
const plotted = () => (state.selection.from === "plot" ? state.selection.objects : [])
  .filter(({ image, t }) => image === state.image.name && t === state.t).map(({ object }) => object);

function turnTo(axis) {
  view.turn(axis, view.voxelAt(view.width / 2, view.height / 2));
  select([]);
  controls();
}

function controls() {
  const { times, name } = state.image;
  $("time-box").hidden = times.length < 2;
  $("time").max = times.length - 1;
  $("time").value = times.indexOf(state.t);
  $("time-value").textContent = state.t ?? "";
  $("plane-box").hidden = $("depth-box").hidden = !view.isVolume;
  $("plane").value = $("depth-name").textContent = view.axis;
  $("depth").max = view.depth - 1;
  $("depth").value = view.index;
  $("depth-value").textContent = view.index;
  $("where").textContent = name;
  repaint();
}

function chooseTool(name) {
  tool = name;
  for (const each of ["click", "box", "lasso"]) $(`tool-${each}`).setAttribute("aria-checked", each === name);
  canvas.style.cursor = name === "click" ? "default" : "crosshair";
}

/** Show another image, or an object of it: {t, object}. */
async function goTo(wanted) {
  if (view?.image !== state.image) {
    store.clear();
    pictures.clear();
    view = new PlaneView(state.image);
    view.unseen = true;
  }
  if (!state.image.times.includes(state.t)) state.t = state.image.times[0];
  if (table?.image !== state.image.name || table.t !== state.t) showFrame(state.t);
  controls();
  if (!wanted) return;
  const found = await trying(() => get("details", { image: wanted.image, t: wanted.t, object: wanted.object }), "details");
  if (!found || found.ref[0] !== state.image.name) return;
  paint(); // the view knows its size now
  view.goTo(found.middle);
  view.scale = Math.max(view.scale, Math.min(8, view.height / (6 * Math.max(12, ...found.extent))));
  select([wanted.object]);
  controls();
}

function listen() {
  canvas.addEventListener("pointerdown", pressed);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", released);
  canvas.addEventListener("pointercancel", () => { press = null; repaint(); });
  canvas.addEventListener("pointerleave", () => { pointer = null; hover(); repaint(); });
  canvas.addEventListener("wheel", turned, { passive: false });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("focus", repaint);
  canvas.addEventListener("blur", repaint);
  new ResizeObserver(repaint).observe(canvas);
  $("time").oninput = () => showFrame(state.image.times[$("time").value]);
  $("depth").oninput = () => goDeep(Number($("depth").value) - view.index);
  $("plane").onchange = () => turnTo($("plane").value);
  $("fit").onclick = () => { view.fit(); repaint(); };
  for (const name of ["click", "box", "lasso"]) $(`tool-${name}`).onclick = () => chooseTool(name);
}

function follow() {
  on("goto", goTo);
  on("selection", ({ from }) => { if (from === "plot" && table) select(plotted()); });
  on("pointed", (object) => {
    if (!table || state.view !== "viewer" || (object && (object.image !== table.image || object.t !== table.t))) return;
    hovered = object ? object.object : 0;
    repaint();
    hoverText();
  });
  on("view", (shown) => { if (shown === "viewer" && state.image) { goTo(null); canvas.focus(); } });
  on("layers", (what) => {
    if (what === "shares") table?.outdate();
    stamps[what === "raw" ? "raw" : "objects"]++;
    repaint();
  });
  on("guess", ({ objects, name }) => {
    if (!table) return;
    for (const { image, t, object } of objects) if (image === table.image && t === table.t) table.guess(object, codeOf(name));
    stamps.objects++;
    repaint();
  });
  on("styles", () => { table?.outdate(); stamps.objects++; repaint(); });
  on("session", (session) => { forgetObjects(session); stamps.objects++; repaint(); });
}

function keys() {
  const visible = () => state.view === "viewer" && view;
  const pan = (x, y) => () => { view.pan(x * view.width * 0.12, y * view.height * 0.12); hover(); repaint(); };
  const zoom = (factor) => () => { view.zoom(factor, here().x, here().y); hover(); repaint(); };
  const withObject = (action) => async () => { const { x, y } = here(); const object = await objectAt(x, y); if (object) action(object); };
  offer("Image", visible, [
    [DIGITS, "class for the object under the pointer (or cross), or for all selected", (event) => { give(classOfDigit(Number(event.key))); }],
    [["0", "Delete"], "erase the annotation", () => { give(null); }],
    [["-"], "ignore: annotated, but never learnt from", () => { give("ignore"); }],
    [["ArrowLeft"], "move (all arrow keys)", pan(1, 0)], [["ArrowRight"], "", pan(-1, 0)], [["ArrowUp"], "", pan(0, 1)], [["ArrowDown"], "", pan(0, -1)],
    [["+", "="], "closer (also the wheel; in volumes with Shift)", zoom(1.4)], [["z", "_"], "farther", zoom(1 / 1.4)],
    [["f"], "the whole image", () => { view.fit(); repaint(); }],
    [[","], "the frame before", () => goTime(-1)], [["."], "the frame after", () => goTime(1)],
    [["PageUp"], "a plane up (also the wheel)", () => goDeep(-1)], [["PageDown"], "a plane down", () => goDeep(1)],
    [["x"], "planes xy, xz, yz in turn", () => { if (view.isVolume) turnTo({ z: "y", y: "x", x: "z" }[view.axis]); }],
    [["c"], "click", () => chooseTool("click")], [["b"], "select with a box (or drag with Shift)", () => chooseTool("box")], [["o"], "select with a lasso", () => chooseTool("lasso")],
    [["Escape"], "let the selection go", () => select([])],
    [["n"], "next image", () => images.step(1)], [["p"], "image before", () => images.step(-1)],
    [["d"], "features of the object (also the right button)", () => { withObject((object) => set("object", object))(); }],
    [["m"], "more like this", () => { withObject((object) => gallery.showLike(object))(); }],
  ]);
}

export function start() {
  chooseTool("click");
  listen();
  follow();
  keys();
}
