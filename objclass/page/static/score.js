// How good the classifier is: in words, and as a curve over the annotations of this session.
import { $, make } from "./dom.js";
import { on, state } from "./state.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [240, 96, 28, 18];
const svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** Points that follow each other and were scored the same way, as lines. */
function lines(points) {
  const found = [];
  for (const point of points) {
    if (found.at(-1)?.at(-1).how !== point.how) found.push([]);
    found.at(-1).push(point);
  }
  return found;
}

function draw(points) {
  const counts = points.map((each) => each.annotations);
  const [first, last] = [Math.min(...counts), Math.max(...counts)];
  const x = (n) => LEFT + ((n - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 8);
  const y = (value) => 6 + (1 - value) * (HEIGHT - BOTTOM - 6);
  const at = (n, value) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`;
  const word = (text, left, top, anchor) => svg("text", { x: left, y: top, "text-anchor": anchor }, text);
  const chance = points.at(-1).chance;
  const parts = [0, 0.5, 1].map((value) => svg("line", { class: "grid", x1: LEFT, x2: WIDTH - 8, y1: y(value), y2: y(value) }));
  parts.push(svg("line", { class: "guess", x1: LEFT, x2: WIDTH - 8, y1: y(chance), y2: y(chance) }));
  for (const line of lines(points)) {
    const sure = line.filter((each) => each.interval);
    const band = [...sure.map((each) => at(each.annotations, each.interval[1])), ...sure.reverse().map((each) => at(each.annotations, each.interval[0]))];
    parts.push(svg("polygon", { class: "band", points: band.join(" ") }));
    parts.push(svg("polyline", { class: "line", points: line.map((each) => at(each.annotations, each.balanced_accuracy)).join(" ") }));
    for (const each of line) {
      const title = svg("title", {}, `${each.balanced_accuracy.toFixed(2)} with ${each.annotations} annotations`);
      parts.push(svg("circle", { class: "point", cx: x(each.annotations), cy: y(each.balanced_accuracy), r: 2.5 }, title));
    }
  }
  for (const value of [0, 0.5, 1]) parts.push(word(String(value), LEFT - 5, y(value) + 4, "end"));
  parts.push(word(String(first), LEFT, HEIGHT - 3, "start"));
  if (last > first) parts.push(word(`${last} annotations`, WIDTH - 8, HEIGHT - 3, "end"));
  const [from, to] = [points[0], points.at(-1)];
  const says = `Balanced accuracy ${from.balanced_accuracy.toFixed(2)} with ${from.annotations} annotations, ${to.balanced_accuracy.toFixed(2)} with ${to.annotations}; dashed: guessing`;
  $("curve").replaceChildren(svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": says }, ...parts),
    make("p", { className: "hint" }, "Dashed: guessing. The band holds the true value in 95 of 100 cases."));
}

function show({ score, curve }) {
  const begun = curve.length || state.session?.classes.some((each) => each.annotated);
  $("score").textContent = begun ? score.says : "Nothing is annotated yet. Give objects a class with the keys 1 to 9: the classifier learns from two classes on.";
  $("score").classList.toggle("chance", score.is_chance);
  $("held-back").hidden = !score.held_back;
  $("held-back").textContent = score.held_back && `objclass run would not train: ${score.held_back}.`;
  $("curve").hidden = curve.length < 2;
  if (curve.length > 1) draw(curve);
}

export function start() {
  on("standing", show);
}
