// The order of classes: it numbers them in what runs write, so that nothing moves unasked.
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import { on, state } from "./state.js";

let names = []; // as they would stand

function row(name, k) {
  const was = state.session.names.indexOf(name);
  const { color } = state.session.classes[was];
  const dot = make("i");
  dot.style.background = color;
  const step = (by, sign, word) => make("button", {
    type: "button", disabled: !names[k + by], onclick: () => move(name, by), attributes: { "aria-label": `${name} ${word}`, "data-by": by },
  }, sign);
  return make("li", { className: was === k ? "" : "moved", dataset: { name } }, make("span", {}, `${k + 1}`), dot, make("bdi", {}, name),
    make("span", { className: "was" }, was === k ? "" : `was ${was + 1}`), step(-1, "↑", "up"), step(1, "↓", "down"));
}

function draw() {
  $("order-rows").replaceChildren(...names.map(row));
  $("order-write").disabled = names.every((name, k) => name === state.session.names[k]);
}

/** Move a class in the dialog; the button that did so keeps the focus. */
function move(name, by) {
  const [from, to] = [names.indexOf(name), names.indexOf(name) + by];
  if (from < 0 || to < 0 || to >= names.length) return;
  names.splice(to, 0, ...names.splice(from, 1));
  draw();
  const [same, other] = [by, -by].map((each) => $("order-rows").children[to].querySelector(`[data-by="${each}"]`));
  (same.disabled ? other : same).focus();
}

/** Show the order as it would be with a class moved: the active one, or that of a name. */
export function open(by = 0, name = state.activeClass) {
  if (!state.session || $("order").open) return;
  names = [...state.session.names];
  draw();
  $("order").showModal();
  if (by) move(name, by);
}

/** Follow classes that came or went elsewhere meanwhile; new ones stand last. */
function follow({ names: known }) {
  const left = names.filter((name) => known.includes(name));
  if (!$("order").open || (left.length === names.length && left.length === known.length)) return;
  names = [...left, ...known.filter((name) => !left.includes(name))];
  draw();
}

function keyed(event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const at = event.target.closest("li")?.dataset.name ?? state.activeClass;
  if (!by || !event.altKey) return;
  event.preventDefault();
  move(at, by);
}

export function start() {
  on("session", follow);
  $("order-open").onclick = () => open();
  $("order").addEventListener("keydown", keyed);
  $("order-cancel").onclick = () => $("order").close();
  $("order-write").onclick = () => {
    $("order").close();
    edits.orderClasses(names);
  };
}
