// Features: what the classifier learns from, how much each matters, what that changes.
import { get } from "./api.js";
import { $, LongList, make } from "./dom.js";
import * as edits from "./edits.js";
import { trying } from "./notices.js";
import * as plot from "./plot.js";
import { on, state } from "./state.js";

let list;
let features = []; // as the server says them; `used` runs ahead of it
let version = -1;
let timer = 0;
let before = ""; // the score with the features of the workflow

const chosen = () => features.filter((each) => each.used);
const isOther = () => features.some((each) => each.used !== each.written);

function draw(each) {
  const most = Math.max(0.001, ...features.map(({ loss }) => loss ?? 0));
  const known = each.loss !== null && each.loss !== undefined;
  const box = make("input", { type: "checkbox", checked: each.used, tabIndex: -1, attributes: { "aria-hidden": "true" } });
  const row = make("div", { className: each.used ? "" : "unused", title: each.definition }, box,
    make("span", { className: "main" }, each.name + (each.unit ? ` (${each.unit})` : "")),
    known ? make("meter", { value: Math.max(0, each.loss) / most, attributes: { "aria-label": "importance" } }) : make("span"),
    make("span", { className: "side", title: "balanced accuracy that is lost without it" }, known ? each.loss.toFixed(3) : ""));
  row.setAttribute("aria-label", `${each.name}${each.used ? ", learned from" : ""}${known ? `, importance ${each.loss.toFixed(3)}` : ""}`);
  return row;
}

function listed() {
  const words = $("feature-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return features.filter((each) => words.every((word) => `${each.name} ${each.family}`.toLowerCase().includes(word)))
    .sort((a, b) => b.written - a.written || (b.loss ?? -1) - (a.loss ?? -1));
}

function says() {
  const count = `${chosen().length} of ${features.length} features`;
  $("feature-says").textContent = isOther() && before ? `${count}; with those of the workflow: ${before}` : count;
  $("feature-back").disabled = $("feature-write").disabled = !isOther();
}

function show() {
  list.show(listed());
  says();
}

/** Learn from what is chosen, once nobody clicks. */
function use() {
  show();
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    edits.useFeatures(chosen().map((each) => each.name), false);
  }, 300);
}

function toggle(each) {
  if (each.used && chosen().length === 1) { $("feature-says").textContent = "one feature must stay"; return; }
  each.used = !each.used;
  use();
}

function setListed(used) {
  const shown = new Set(listed());
  if (!used && chosen().every((each) => shown.has(each))) [...shown].sort((a, b) => (b.loss ?? 0) - (a.loss ?? 0)).slice(0, 1).forEach((each) => shown.delete(each));
  for (const each of shown) each.used = used;
  use();
}

async function refresh(importance) {
  if (state.view !== "features" || !state.session || (!importance && version === state.session.version)) return;
  version = state.session.version;
  $("feature-importance").disabled = Boolean(importance);
  const found = await trying(() => get("features", importance ? { importance: 1 } : {}), "features");
  $("feature-importance").disabled = !state.session.trained || Boolean(found?.known);
  if (!found) return;
  if (timer) { version = -1; return; } // what was just chosen is on its way
  features = found.features;
  show();
}

function key(event, each) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === " ") toggle(each);
  else if (event.key === "x" || event.key === "y") plot.setAxis(event.key, each.name);
  else return false;
  return true;
}

async function end(write) {
  clearTimeout(timer);
  timer = 0;
  await edits.useFeatures(write ? chosen().map((each) => each.name) : null, write);
  version = -1;
  refresh();
}

export function start() {
  list = new LongList($("feature-rows"), { draw, choose: toggle, keys: key });
  $("feature-search").oninput = show;
  $("feature-all").onclick = () => setListed(true);
  $("feature-none").onclick = () => setListed(false);
  $("feature-importance").onclick = () => refresh(true);
  $("feature-back").onclick = () => end(false);
  $("feature-write").onclick = () => end(true);
  on("session", () => refresh());
  on("standing", ({ score }) => { if (!isOther()) before = score.says; says(); });
  on("view", (view) => { if (view === "features") { refresh(); $("feature-rows").focus(); } });
}
