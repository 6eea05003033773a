// How objects are found: other settings are shown over the image before they are written.
import { Refused, previewObjects } from "./api.js";
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import { on, state } from "./state.js";
import { seen, showPreview } from "./viewer.js";

let changed = {}; // node.field → value
let timer = 0;

const shown = ([way, value]) => (value === null && /size/.test(way)) || typeof value === "number" || (Array.isArray(value) && value.every((each) => typeof each === "number"));

/** What was written into a field, as JSON has it; text stays text, such as `3 um`. */
function read(text) {
  try {
    return text.trim() === "" ? null : JSON.parse(text);
  } catch {
    return text.trim();
  }
}

function field([way, value]) {
  const input = make("input", { value: value === null ? "" : JSON.stringify(value), autocomplete: "off", attributes: { "aria-label": way } });
  input.oninput = () => {
    const given = read(input.value);
    if (JSON.stringify(given) === JSON.stringify(value)) delete changed[way];
    else changed[way] = given;
    clearTimeout(timer);
    timer = setTimeout(preview, 250);
  };
  return make("label", {}, make("span", {}, way), input);
}

async function preview() {
  const wanted = { ...changed };
  const where = seen();
  $("found-apply").disabled = true;
  if (!Object.keys(wanted).length || !where) { clear(); return; }
  $("found-says").textContent = "looking …";
  let found;
  try {
    found = await previewObjects({ settings: wanted, ...where });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    found = null;
    $("found-says").textContent = error.message;
  }
  if (!found || JSON.stringify(wanted) !== JSON.stringify(changed)) return;
  $("found-says").textContent = `${found.before} objects → ${found.objects}; ${found.says}`;
  $("found-apply").disabled = false;
  showPreview({ ...where, array: found.array });
}

function clear() {
  showPreview(null);
  $("found-says").textContent = "";
  $("found-apply").disabled = true;
}

async function apply() {
  if (!(await edits.findObjects({ ...changed }, $("found-reattach").checked))) return;
  changed = {};
  clear();
}

function draw(session) {
  const text = JSON.stringify(session.settings);
  if (draw.text === text) return;
  draw.text = text;
  changed = {};
  clear();
  const fields = Object.entries(session.settings).filter(shown);
  $("found-section").hidden = !fields.length;
  $("found-fields").replaceChildren(...fields.map(field));
}

export function start() {
  on("session", draw);
  on("image", () => Object.keys(changed).length && preview());
  $("found-apply").onclick = apply;
  $("found-reset").onclick = () => { draw.text = ""; draw(state.session); };
}
