// All annotations as a table: jump, change, erase.
import { get } from "./api.js";
import { $, LongList, make } from "./dom.js";
import * as edits from "./edits.js";
import * as images from "./images.js";
import { trying } from "./notices.js";
import { classOfDigit, on, state } from "./state.js";

let list;
let rows = [];
let version = -1;

function draw(row) {
  const [image, t, object] = row.ref || [row.image, null, null];
  const state = row.why || row.validity;
  const cell = (text, className) => make("span", { className: className || "", dir: "auto", title: text ?? "" }, text === null || text === undefined ? "" : String(text));
  return make("div", {}, cell(row.line), cell(image), cell(t), cell(object), cell(row.class),
    cell(row.predicted, row.agrees === false ? "disagrees" : ""), cell(state, row.validity === "valid" ? "" : "invalid"));
}

const objectOf = (row) => row.ref && { image: row.ref[0], t: row.ref[1], object: row.ref[2] };

function jump(row) {
  const place = objectOf(row);
  const image = state.images.find((each) => each.name === (place?.image ?? row.image));
  if (image) images.choose(image, place);
}

function key(event, row) {
  const object = objectOf(row);
  if (!object || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (["Delete", "0"].includes(event.key)) edits.erase([object]);
  else if (event.key === "-") edits.annotate([object], "ignore");
  else if (/^[1-9]$/.test(event.key) && classOfDigit(Number(event.key))) edits.annotate([object], classOfDigit(Number(event.key)));
  else return false;
  return true;
}

function filter() {
  const wanted = $("row-filter").value;
  const words = $("row-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (row) =>
    (wanted !== "invalid" || row.validity !== "valid") && (wanted !== "disagree" || row.agrees === false) &&
    words.every((word) => `${row.image} ${row.class} ${row.ref?.[2] ?? ""}`.toLowerCase().includes(word));
  const found = rows.filter(fits);
  list.show(found);
  $("row-count").textContent = found.length === rows.length ? `${rows.length} annotations` : `${found.length} of ${rows.length} annotations`;
}

async function refresh() {
  if (state.view !== "table" || !state.session || version === state.session.version) return;
  version = state.session.version;
  const found = await trying(() => get("annotations"), "annotations");
  if (!found) return;
  const bad = (row) => (row.validity === "valid" ? 1 : 0);
  rows = found.rows.sort((a, b) => bad(a) - bad(b) || a.line - b.line);
  filter();
}

export function start() {
  list = new LongList($("rows"), { draw, choose: jump, keys: key });
  $("row-filter").onchange = $("row-search").oninput = filter;
  on("session", refresh);
  on("view", (view) => { if (view === "table") { refresh(); $("rows").focus(); } });
}
