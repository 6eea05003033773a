// The list of classes: which is active, names, colours, counts.
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import * as order from "./order.js";
import { on, set, state } from "./state.js";

let renaming = null;

function nameButton({ name }) {
  if (renaming !== name) {
    return make("button", {
      className: "name", dir: "auto", title: name, onclick: () => set("activeClass", name), ondblclick: () => rename(name),
      attributes: { "aria-pressed": name === state.activeClass },
    }, name);
  }
  const field = make("input", { className: "rename", dir: "auto", value: name, attributes: { "aria-label": `New name of ${name}` } });
  const end = (keep) => {
    if (renaming !== name) return;
    renaming = null;
    const given = field.value.trim();
    if (keep && given && given !== name) {
      if (state.activeClass === name) state.activeClass = given;
      edits.renameClass(name, given).then(draw);
    }
    draw();
  };
  field.onkeydown = (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") end(false);
    event.stopPropagation();
  };
  field.onblur = () => end(true);
  return field;
}

function rename(name) {
  renaming = name;
  draw();
  const field = $("classes").querySelector(".rename");
  field.focus();
  field.select();
}

/** Rename the active class. */
export const renameActive = () => state.activeClass && rename(state.activeClass);

function row(each, k) {
  const color = make("input", {
    type: "color", value: each.color, title: "Colour", attributes: { "aria-label": `Colour of ${each.name}` },
    onchange: (event) => edits.recolorClass(each.name, event.target.value),
  });
  const predicted = each.predicted === null ? "" : ` · ${each.predicted.toLocaleString("en")}`;
  const words = `${each.annotated} annotated` + (predicted ? `, ${each.predicted} predicted` : "");
  const dragged = {
    draggable: renaming === null,
    ondragstart: (event) => event.dataTransfer.setData("text/x-class", each.name),
    ondragover: (event) => { event.preventDefault(); event.currentTarget.classList.add("over"); },
    ondragleave: (event) => event.currentTarget.classList.remove("over"),
    ondrop: (event) => {
      event.preventDefault();
      event.currentTarget.classList.remove("over");
      const name = event.dataTransfer.getData("text/x-class");
      const from = state.session.names.indexOf(name);
      if (from >= 0 && from !== k) order.open(k - from, name);
    },
  };
  return make("li", { className: each.name === state.activeClass ? "active" : "", ...dragged },
    make("kbd", {}, k < 9 ? String(k + 1) : ""), color, nameButton(each),
    make("span", { className: "count", title: words, attributes: { "aria-label": words } }, each.annotated + predicted),
    make("button", { className: "edit", title: "Rename (F2)", onclick: () => rename(each.name), attributes: { "aria-label": `Rename ${each.name}` } }, "✎"));
}

function draw() {
  if (renaming && $("classes").querySelector(".rename") === document.activeElement) return;
  $("classes").replaceChildren(...(state.session?.classes || []).map(row));
}

export function start() {
  on("session", draw);
  on("activeClass", draw);
  $("add-class").onsubmit = async (event) => {
    event.preventDefault();
    const field = $("new-class");
    const name = field.value.trim();
    const added = name && (await edits.addClass(name));
    if (added && field.value.trim() === name) field.value = ""; // else the next one is being typed
  };
}
