// Which layers one sees and how: channels with contrast and colour, what is known of objects.
import { $, make } from "./dom.js";
import { offer } from "./keys.js";
import { packed, ramp, rgbOf } from "./paint.js";
import { on, state, tell } from "./state.js";

const LIGHTS = ["#9a9aff", "#5fd35f", "#ff5a6a", "#d070ff", "#50d8d8", "#ffffff"]; // beside those of classes
const layer = (key, name, visible, mode, opacity) => ({ key, name, visible, mode, opacity });

/** Of objects, the lowest first. */
export const layers = [
  layer("probability", "Probability", false, "fill", 0.7),
  layer("uncertainty", "Uncertainty", false, "fill", 0.7),
  layer("objects", "Objects", true, "outline", 0.55),
  layer("prediction", "Prediction", true, "outline", 1),
  layer("annotations", "Annotations", true, "outline", 1),
];
const by = Object.fromEntries(layers.map((each) => [each.key, each]));
let channels = [];
let shownNames = "";
let onlyRaw = false;
let ofClass = null; // the class whose probability is shown; null for the one that is predicted

/** The class whose probability the page asks for, or undefined. */
export const probabilityOf = () => (by.probability.visible && state.session?.names.includes(ofClass) ? ofClass : undefined);

export const shownChannels = () => channels;

/** What the channels of an image are called; those of a colour picture by their light. */
export const channelNames = (image) => (image?.rgb ? ["red", "green", "blue"] : image?.channels || []);

/** Take over the channels of an image; the same channels keep their contrast. */
function takeChannels(image) {
  if (!image || image.channels.join("\n") === shownNames) return;
  shownNames = image.channels.join("\n");
  const n = image.channels.length;
  channels = channelNames(image).map((name, k) => ({
    name, visible: k < 6, opacity: 1, min: 0, max: 255, low: image.rgb ? 0 : null, high: image.rgb ? 255 : null,
    color: n === 1 ? "#ffffff" : image.rgb ? ["#ff0000", "#00ff00", "#0000ff"][k] : LIGHTS[k % LIGHTS.length],
  }));
  draw();
}

/** Choose a contrast from the first values seen of a channel. */
export function chooseContrast(channel, values) {
  const finite = Float64Array.from(values).filter(Number.isFinite).sort();
  if (!finite.length) return;
  const at = (share) => finite[Math.min(finite.length - 1, Math.floor(share * finite.length))];
  [channel.min, channel.max] = [finite[0], finite[finite.length - 1]];
  [channel.low, channel.high] = [at(0.01), Math.max(at(0.998), at(0.01) + 1e-9)];
  draw();
}

/** Colours of every object of a tile: insides, outlines, and which outlines are thick. */
export function colorsOf(tile, table, { hovered, selected }) {
  const n = tile.ids.length;
  const [fills, lines, thick] = [new Uint32Array(n), new Uint32Array(n), new Uint8Array(n)];
  const colors = (state.session?.classes || []).map((each) => rgbOf(each.color));
  for (let code = 1; code < n; code++) {
    const id = tile.ids[code];
    const slot = table.slots.get(id);
    for (const each of onlyRaw ? [] : layers) {
      const color = each.visible && colorIn(each.key, table, slot, colors);
      if (!color) continue;
      if (each.mode === "fill") fills[code] = packed(color, each.opacity);
      else lines[code] = packed(color, each.opacity);
      if (each.key === "annotations") thick[code] = 1;
    }
    if (selected.has(id)) [fills[code], thick[code]] = [packed([240, 192, 74], 0.45), 1];
    if (id === hovered) [lines[code], thick[code]] = [0xffffffff, 1];
  }
  return { fills, lines, thick };
}

function colorIn(key, table, slot, colors) {
  if (key === "objects") return [207, 214, 222];
  if (slot === undefined) return null;
  if (key === "uncertainty") return table.predicted[slot] ? ramp(table.uncertainty[slot] / 255) : null;
  if (key === "probability") return table.predicted[slot] ? ramp((probabilityOf() ? table.share : table.probability)[slot] / 255) : null;
  const code = key === "prediction" ? table.predicted[slot] : table.annotated[slot];
  return code ? colors[code - 1] || [154, 163, 174] : null;
}

const changed = (what) => tell("layers", what);

function checkbox(target, name, what) {
  return make("input", {
    type: "checkbox", checked: target.visible, attributes: { "aria-label": `Show ${name}` },
    onchange: (event) => { target.visible = event.target.checked; changed(target === by.probability ? "shares" : what); },
  });
}

function slider(label, value, min, max, input) {
  const field = make("input", { type: "range", min: 0, max: 1000, step: 1, attributes: { "aria-label": label } });
  field.value = Math.round(((value - min) / Math.max(1e-12, max - min)) * 1000);
  field.oninput = () => input(min + (field.value / 1000) * (max - min));
  return field;
}

function channelBox(each) {
  const ready = each.low !== null;
  const set = (name) => (value) => { each[name] = value; changed("raw"); };
  const contrast = ready ? [
    make("div", { className: "contrast", title: "contrast: what is shown dark, and what bright" },
      slider(`Darkest of ${each.name}`, each.low, each.min, each.max, set("low")),
      slider(`Brightest of ${each.name}`, each.high, each.min, each.max, set("high"))),
  ] : [];
  return make("div", { className: "layer" }, checkbox(each, each.name, "raw"),
    make("bdi", {}, channels.length === 1 ? "Raw" : each.name),
    make("input", { type: "color", value: each.color, oninput: (event) => { each.color = event.target.value; changed("raw"); }, attributes: { "aria-label": `Colour of ${each.name}` } }),
    ...contrast);
}

/** Chooses the class whose probability is shown. */
function classChoice() {
  const names = state.session?.names || [];
  const box = make("select", { className: "of-class", dir: "auto", attributes: { "aria-label": "Probability of which class" } },
    make("option", { value: "" }, "of the predicted class"), ...names.map((name) => make("option", { value: name, dir: "auto" }, `of ${name}`)));
  box.value = names.includes(ofClass) ? ofClass : "";
  box.onchange = () => { ofClass = box.value || null; by.probability.visible = true; draw(); changed("shares"); };
  return box;
}

function layerBox(each) {
  const mode = make("select", { onchange: () => { each.mode = mode.value; changed("objects"); }, attributes: { "aria-label": `How ${each.name} are drawn` } },
    make("option", {}, "outline"), make("option", {}, "fill"));
  mode.value = each.mode;
  const opacity = slider(`Opacity of ${each.name}`, each.opacity, 0, 1, (value) => { each.opacity = value; changed("objects"); });
  const parts = [checkbox(each, each.name, "objects"), make("span", {}, each.name), opacity, mode];
  if (each.key === "probability") parts.push(classChoice());
  return make("div", { className: "layer known" }, ...parts);
}

function draw() {
  if ($("layers").contains(document.activeElement) && document.activeElement.type === "range") return;
  $("layers").replaceChildren(...[...layers].reverse().map(layerBox), ...channels.map(channelBox));
}

function toggle(key) {
  by[key].visible = !by[key].visible;
  draw();
  changed(key === "probability" ? "shares" : "objects");
}

let shownClasses = "";

export function start() {
  on("image", takeChannels);
  on("session", ({ names }) => { if (names.join("\n") !== shownClasses) { shownClasses = names.join("\n"); draw(); } });
  const visible = () => state.view === "viewer";
  offer("Layers", visible, [
    [["i"], "only the raw image, or all", () => { onlyRaw = !onlyRaw; changed("objects"); }],
    [["h"], "objects' outlines", () => toggle("objects")],
    [["q"], "prediction", () => toggle("prediction")],
    [["w"], "annotations", () => toggle("annotations")],
    [["u"], "uncertainty", () => toggle("uncertainty")],
    [["y"], "probability of the predicted class, or of the one chosen", () => toggle("probability")],
  ]);
}
