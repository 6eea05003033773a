// What is known of one object.
import { get } from "./api.js";
import { $, make } from "./dom.js";
import { trying } from "./notices.js";
import { on, state } from "./state.js";

const number = (value) => (value === null ? "–" : Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4))));
const percent = (share) => `${Math.round(share * 100)} %`;

function probabilities(found) {
  return Object.entries(found.probabilities).map(([name, share]) =>
    make("div", { className: "probability" }, make("bdi", {}, name), make("meter", { value: share, attributes: { "aria-label": name } }), make("span", {}, percent(share))));
}

function feature(each) {
  const among = Object.entries(each.quantiles).map(([name, share]) =>
    make("span", { title: `${percent(share)} of the annotated ${name} have less` }, make("bdi", {}, name), ` ${percent(share)}`));
  return make("div", { className: each.used ? "feature" : "feature unused", title: each.definition },
    make("b", {}, each.name), make("span", { className: "value" }, number(each.value) + (each.unit ? ` ${each.unit}` : "")),
    among.length ? make("div", { className: "among" }, ...among) : null);
}

function features(found) {
  const used = found.features.filter((each) => each.used);
  const rest = found.features.filter((each) => !each.used);
  return make("div", {}, make("p", { className: "hint" }, "Features; below, the share of a class's annotated objects that have less."), ...[...used, ...rest].map(feature));
}

async function show() {
  const object = state.object;
  if (!object) return;
  const found = await trying(() => get("details", { image: object.image, t: object.t, object: object.object }), "details");
  if (!found || state.object !== object) return;
  const said = [
    !found.selected && `not selected: this classifier is for ${state.session.selects}`,
    found.predicted && `predicted ${found.predicted}`, found.uncertainty !== null && `uncertainty ${number(found.uncertainty)}`,
    found.annotated && `annotated ${found.annotated}` + (found.row ? ` (line ${found.row})` : ""),
    `${found.size} voxels` + (found.touches_border ? ", touches the border" : ""), `stamp ${found.stamp}`,
  ].filter(Boolean);
  $("object").replaceChildren(make("p", {}, make("bdi", {}, object.image), (object.t === null || object.t === undefined ? "" : ` · t ${object.t}`) + ` · object ${object.object}`),
    ...probabilities(found), ...said.map((text) => make("p", { className: "hint", dir: "auto" }, text)), features(found));
}

export function start() {
  on("object", show);
  on("session", show);
}
