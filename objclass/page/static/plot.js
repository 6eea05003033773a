// Objects as points: two features or principal components; lasso and hover work both ways.
import { get, getPoints } from "./api.js";
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import * as gallery from "./gallery.js";
import * as images from "./images.js";
import { DIGITS, offer } from "./keys.js";
import { trying } from "./notices.js";
import { packed, rgbOf } from "./paint.js";
import { classOfDigit, nameOfCode, on, set, state, tell } from "./state.js";
import { StyleTable } from "./styles.js";

const EDGE = { left: 18, right: 8, top: 8, bottom: 20 }; // room for the names of the axes
const NEAR = 7; // pixels within which the pointer means a point
const GREY = packed([140, 148, 158], 0.8);

let points = null; // what the server gave
let tables = []; // StyleTable of every place
let rows = []; // of every place: id → number of its point
let range = null; // {x: [low, high], y: [low, high]} that is shown
let selected = new Uint8Array(0);
let hovered = -1;
let lasso = null; // [[x, y], …] in pixels while one drags
let picture = null; // all points, drawn once
let scheduled = false;
let settings = "";

const canvas = $("plot");
const shown = () => state.view === "features" || $("plot-side").open;

function repaint(all) {
  if (all) picture = null;
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => { scheduled = false; paint(); });
}

/** The names of the axes are as large as all other text. */
function makeRoom() {
  const letter = Math.round(0.85 * parseFloat(getComputedStyle(document.body).fontSize));
  [EDGE.left, EDGE.bottom] = [letter + 6, letter + 8];
  repaint(true);
}

const objectOf = (k) => ({ image: points.places[points.owners[k]][0], t: points.places[points.owners[k]][1], object: points.ids[k] });

function pointOf(object) {
  const place = points?.places.findIndex(([image, t]) => image === object.image && t === object.t) ?? -1;
  return place < 0 ? -1 : rows[place].get(object.object) ?? -1;
}

async function load() {
  if (!shown() || !state.session) return;
  const wanted = (load.latest = Symbol("points"));
  $("plot-says").textContent = "reading …";
  const [x, y] = [$("plot-x").value, $("plot-y").value];
  const found = await trying(() => getPoints(x && y ? { x, y } : {}), "points");
  if (load.latest !== wanted) return;
  $("plot-says").textContent = "";
  points = found ?? null;
  if (!points) { repaint(true); return; }
  tables = points.places.map(([image, t]) => new StyleTable(image, t));
  rows = points.places.map(() => new Map());
  for (let k = 0; k < points.n; k++) rows[points.owners[k]].set(points.ids[k], k);
  selected = new Uint8Array(points.n);
  hovered = -1;
  range = { x: span(points.xs), y: span(points.ys) };
  takeSelection(state.selection);
  restyle();
}

function span(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
  if (!(high > low)) return [(low || 0) - 1, (low || 0) + 1];
  const more = (high - low) * 0.03;
  return [low - more, high + more];
}

/** Ask how the objects are classed now, place by place. */
async function restyle() {
  const mine = points;
  if (!mine || !shown()) return;
  repaint(true);
  await Promise.all(tables.map((table, k) => trying(() => table.fetch(rows[k].keys()), "styles")));
  if (points === mine) { repaint(true); says(); }
}

const size = () => [canvas.clientWidth, canvas.clientHeight];
const across = (value, [low, high], length) => ((value - low) / (high - low)) * length;
const placeX = (k) => EDGE.left + across(points.xs[k], range.x, size()[0] - EDGE.left - EDGE.right);
const placeY = (k) => size()[1] - EDGE.bottom - across(points.ys[k], range.y, size()[1] - EDGE.top - EDGE.bottom);

/** Draw all points into one picture: squares, annotated ones larger and last. */
function drawPoints(width, height, dense) {
  const drawn = new OffscreenCanvas(width, height);
  const context = drawn.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = (state.session?.classes || []).map((each) => packed(rgbOf(each.color), 1));
  const [w, h] = size();
  const [fx, fy] = [((w - EDGE.left - EDGE.right) / (range.x[1] - range.x[0])) * dense, ((h - EDGE.top - EDGE.bottom) / (range.y[1] - range.y[0])) * dense];
  const half = Math.max(1, Math.round((dense * Math.min(w, h)) / (points.n > 5000 ? 700 : 350)));
  const late = [];
  const square = (k, color, r) => {
    const x = Math.round(EDGE.left * dense + (points.xs[k] - range.x[0]) * fx);
    const y = Math.round((h - EDGE.bottom) * dense - (points.ys[k] - range.y[0]) * fy);
    if (!(x >= r && y >= r && x < width - r && y < height - r)) return; // beyond, or missing
    for (let row = y - r; row <= y + r; row++) pixels.fill(color, row * width + x - r, row * width + x + r + 1);
  };
  for (let k = 0; k < points.n; k++) {
    const table = tables[points.owners[k]];
    const slot = table.slots.get(points.ids[k]);
    const code = slot === undefined ? 0 : table.annotated[slot];
    if (code || selected[k]) late.push([k, colors[(code || (slot !== undefined && table.predicted[slot])) - 1] || GREY]);
    else square(k, (slot !== undefined && colors[table.predicted[slot] - 1]) || GREY, half);
  }
  for (const [k, color] of late) {
    square(k, selected[k] ? 0xffffffff : 0xff000000, half + 2);
    square(k, color, half + (selected[k] ? 0 : 1));
  }
  context.putImageData(image, 0, 0);
  return drawn;
}

function paint() {
  if (!shown() || !canvas.clientWidth) return;
  const dense = devicePixelRatio || 1;
  const [width, height] = size().map((value) => Math.round(value * dense));
  if (canvas.width !== width || canvas.height !== height) { [canvas.width, canvas.height] = [width, height]; picture = null; }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  if (points) {
    picture ??= drawPoints(width, height, dense);
    context.drawImage(picture, 0, 0);
  }
  context.save();
  context.scale(dense, dense);
  words(context);
  if (points && hovered >= 0) ring(context, placeX(hovered), placeY(hovered));
  if (lasso?.length > 1) trace(context, lasso);
  context.restore();
  canvas.dataset.points = points ? points.n : 0;
}

function words(context) {
  if (!points) return;
  const [width, height] = size();
  context.fillStyle = "#e6e8eb";
  context.font = `${EDGE.left - 6}px system-ui, 'DejaVu Sans', sans-serif`;
  context.textAlign = "center";
  context.fillText(points.x, width / 2, height - 6, width - 20);
  context.translate(EDGE.left - 6, height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(points.y, 0, 0, height - 20);
  context.rotate(Math.PI / 2);
  context.translate(6 - EDGE.left, -height / 2);
}

function ring(context, x, y) {
  context.strokeStyle = "#fff";
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.stroke();
}

function trace(context, line) {
  context.strokeStyle = "#f0c04a";
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
  context.closePath();
  context.stroke();
}

function nearest(x, y) {
  let [best, at] = [NEAR ** 2, -1];
  const [w, h] = size();
  const [fx, fy] = [(w - EDGE.left - EDGE.right) / (range.x[1] - range.x[0]), (h - EDGE.top - EDGE.bottom) / (range.y[1] - range.y[0])];
  for (let k = 0; k < points.n; k++) {
    const dx = EDGE.left + (points.xs[k] - range.x[0]) * fx - x;
    const dy = h - EDGE.bottom - (points.ys[k] - range.y[0]) * fy - y;
    const far = dx * dx + dy * dy;
    if (far < best) [best, at] = [far, k];
  }
  return at;
}

function inside(x, y, line) {
  let is = false;
  for (let k = 0, j = line.length - 1; k < line.length; j = k++) {
    const [[x1, y1], [x2, y2]] = [line[k], line[j]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) is = !is;
  }
  return is;
}

const selectedObjects = () => [...selected.keys()].filter((k) => selected[k]).map(objectOf);

function choose(test) {
  for (let k = 0; k < points.n; k++) selected[k] = test(k) ? 1 : 0;
  set("selection", { from: "plot", objects: selectedObjects() });
  repaint(true);
  says();
}

/** Show in the plot what was selected elsewhere. */
function takeSelection({ objects }) {
  if (!points) return;
  selected.fill(0);
  for (const object of objects) { const k = pointOf(object); if (k >= 0) selected[k] = 1; }
  repaint(true);
  says();
}

function says() {
  const count = state.selection.objects.length;
  $("plot-gallery").hidden = !count;
  if (!points) return;
  const parts = [];
  if (hovered >= 0) {
    const { image, t, object } = objectOf(hovered);
    const table = tables[points.owners[hovered]];
    const slot = table.slots.get(object);
    const name = slot === undefined ? "" : nameOfCode(table.annotated[slot]) || nameOfCode(table.predicted[slot], "left open");
    parts.push(`object ${object} of ${image}${t === null ? "" : ` · t ${t}`}${name ? ` · ${name}` : ""}`);
  } else {
    const images = new Set(points.places.map(([image]) => image)).size;
    parts.push(`${points.n.toLocaleString("en")} objects of ${images} image${images === 1 ? "" : "s"}`);
  }
  if (count) parts.push(`${count} selected: 1–9 give them a class`);
  $("plot-says").textContent = parts.join(" · ");
}

const at = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

function pressed(event) {
  if (!points || event.button) return;
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  lasso = [at(event)];
}

function moved(event) {
  if (!points) return;
  if (lasso) { lasso.push(at(event)); repaint(); return; }
  point(nearest(...at(event)));
}

function point(k) {
  if (k === hovered) return;
  hovered = k;
  tell("pointed", k < 0 ? null : objectOf(k));
  repaint();
  says();
}

function released() {
  const line = lasso;
  lasso = null;
  if (!line || !points) return;
  const [x, y] = line[0];
  if (line.some(([a, b]) => Math.hypot(a - x, b - y) > 4)) { choose((k) => inside(placeX(k), placeY(k), line)); return; }
  const k = nearest(x, y);
  choose((each) => each === k);
  if (k >= 0) set("object", objectOf(k));
}

function zoom(event) {
  if (!points) return;
  event.preventDefault();
  const factor = Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
  const [x, y] = at(event);
  const [w, h] = size();
  const share = { x: (x - EDGE.left) / (w - EDGE.left - EDGE.right), y: (h - EDGE.bottom - y) / (h - EDGE.top - EDGE.bottom) };
  for (const axis of ["x", "y"]) {
    const [low, high] = range[axis];
    const here = low + share[axis] * (high - low);
    range[axis] = [here + (low - here) * factor, here + (high - here) * factor];
  }
  repaint(true);
}

/** Plot a feature along an axis. */
export function setAxis(axis, name) {
  $(`plot-${axis}`).value = name;
  axisChosen(axis);
}

/** Both axes are features, or both are principal components. */
function axisChosen(axis) {
  const [mine, other] = [$(`plot-${axis}`), $(`plot-${axis === "x" ? "y" : "x"}`)];
  if (!mine.value) other.value = "";
  else if (!other.value) other.value = [...other.options].find(({ value }) => value && value !== mine.value)?.value ?? mine.value;
  load();
}

async function axes() {
  const found = await trying(() => get("features"), "features");
  if (!found) return;
  const names = found.features.map((each) => each.name);
  for (const id of ["plot-x", "plot-y"]) {
    const before = $(id).value;
    const main = make("option", { value: "" }, id === "plot-x" ? "component 1" : "component 2");
    $(id).replaceChildren(main, ...names.map((name) => make("option", { value: name }, name)));
    $(id).value = names.includes(before) ? before : "";
  }
}

/** The plot is large beside the features, small beside all other views. */
async function settle() {
  (state.view === "features" ? $("plot-large") : $("plot-home")).append($("plot-box"));
  if (!shown()) return;
  if (!$("plot-x").options.length) await axes();
  if (!points) load();
  else restyle();
}

function jump() {
  const object = hovered >= 0 ? objectOf(hovered) : state.selection.objects[0];
  const image = object && state.images.find((each) => each.name === object.image);
  if (image) images.choose(image, object);
}

function give(name) {
  const objects = state.selection.objects;
  if (name === undefined || !objects.length) return false;
  if (name === null) edits.erase(objects);
  else edits.annotate(objects, name);
  return true;
}

function keys() {
  offer("Plot", () => state.view === "features" || document.activeElement === canvas, [
    [DIGITS, "class for the selected objects", (event) => give(classOfDigit(Number(event.key)))],
    [["0", "Delete"], "erase their annotations", () => give(null)],
    [["-"], "ignore: annotated, but never learnt from", () => give("ignore")],
    [["Escape"], "let the selection go", () => (points ? choose(() => false) : false)],
    [["f"], "all points", () => { if (!points) return false; range = { x: span(points.xs), y: span(points.ys) }; repaint(true); return true; }],
    [["s"], "show the object in its image", jump],
    [["d"], "features of the object", () => { if (hovered >= 0) set("object", objectOf(hovered)); }],
  ]);
}

export function start() {
  canvas.addEventListener("pointerdown", pressed);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", released);
  canvas.addEventListener("pointercancel", () => { lasso = null; repaint(); });
  canvas.addEventListener("pointerleave", () => point(-1));
  canvas.addEventListener("dblclick", jump);
  canvas.addEventListener("wheel", zoom, { passive: false });
  new ResizeObserver(makeRoom).observe(canvas);
  for (const axis of ["x", "y"]) $(`plot-${axis}`).onchange = () => axisChosen(axis);
  $("plot-again").onclick = load;
  $("plot-gallery").onclick = gallery.showSelected;
  $("plot-side").ontoggle = settle;
  on("view", settle);
  on("styles", () => { for (const table of tables) table.outdate(); restyle(); });
  on("selection", (selection) => { if (selection.from !== "plot") takeSelection(selection); });
  on("hovered", (object) => { if (shown() && points) { hovered = object ? pointOf(object) : -1; repaint(); says(); } });
  on("session", (session) => {
    const now = JSON.stringify(session.settings);
    if (settings && now !== settings) { points = null; settle(); }
    settings = now;
  });
  keys();
}
