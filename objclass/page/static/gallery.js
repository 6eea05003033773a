// The gallery: pages of cut-outs, annotated by key.
import { cutOutAddress, get, getStyles } from "./api.js";
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import * as images from "./images.js";
import { DIGITS, offer } from "./keys.js";
import { trying } from "./notices.js";
import { classOfDigit, codeOf, colorOf, nameOfCode, on, set, state } from "./state.js";

let page = null; // {source, number, tiles: [{ref, key, element, marked, predicted, annotated}]}
let cursor = 0;
let channels = null; // numbers of the shown channels, or null for all
const fetched = new Map(); // address of a page → promise of its tiles, pictures loaded

const chosen = () => {
  const key = $("source").value;
  return $("source-value").hidden ? key : `${key}:${$("source-value").value.trim()}`;
};

/** The class that Enter gives: what the page predicts, or else the active class. */
function pageClass() {
  const source = page?.source || "";
  return source.startsWith("predicted:") ? source.slice("predicted:".length) : state.activeClass;
}

const keyOf = ({ image, t, object }) => `${image}\n${t}\n${object}`;

function pictureOf({ image, t, object }) {
  const side = Math.round(parseFloat($("tiles").style.getPropertyValue("--tile")) * (devicePixelRatio || 1));
  return cutOutAddress({
    image, t, object, size: Math.min(512, side), context: $("context").value,
    outline: $("cut-outline").checked ? 1 : 0, channels: channels?.join(","),
  });
}

/** Fetch a page and its pictures, once; what was fetched ahead is there at once. */
function fetchPage(source, number) {
  const n = Number($("tile-count").value);
  const address = JSON.stringify([source, number, n, $("context").value, $("cut-outline").checked, channels, state.session.edits]);
  if (!fetched.has(address)) {
    const made = load(source, number, n);
    made.catch(() => fetched.delete(address));
    fetched.set(address, made);
    while (fetched.size > 4) fetched.delete(fetched.keys().next().value);
  }
  return fetched.get(address);
}

async function load(source, number, n) {
  const found = await get("gallery", { source, n, page: number, seed: 0 });
  const tiles = found.refs.map(([image, t, object]) => ({ image, t, object }));
  return Promise.all(tiles.map(async (tile) => {
    const picture = new Image();
    picture.alt = "";
    picture.src = pictureOf(tile);
    await picture.decode().catch(() => { picture.alt = "no picture"; });
    return { ...tile, picture, key: keyOf(tile) };
  }));
}

/** Show a page of the chosen source and fetch the one after it. */
async function show(number) {
  if (!state.session) return;
  const source = chosen();
  if (source.endsWith(":")) { draw({ source, number: 0, tiles: [] }); return; }
  layOut();
  const wanted = (show.latest = Symbol("page"));
  const tiles = await trying(() => fetchPage(source, number), "gallery");
  if (!tiles || show.latest !== wanted) return;
  draw({ source, number, tiles: tiles.map((tile) => ({ ...tile, marked: false, predicted: 0, annotated: 0 })) });
  restyle();
  if (tiles.length && source !== "id") fetchPage(source, number + 1).catch(() => {});
}

/** Size the tiles so that a page fits without scrolling. */
function layOut() {
  const box = $("tiles");
  const [width, height, n] = [box.clientWidth - 16, box.clientHeight - 16, Number($("tile-count").value)];
  let side = 320;
  while (side > 56 && Math.floor((width + 5) / (side + 5)) * Math.floor((height + 5) / (side + 5)) < n) side--;
  box.style.setProperty("--tile", side + "px");
}

function draw(next) {
  page = next;
  cursor = 0;
  const elements = page.tiles.map((tile, k) => {
    tile.badge = make("span", { className: "badge" });
    tile.element = make("div", {
      className: "tile", id: `tile-${k}`, attributes: { role: "option" },
      onmousemove: () => k !== cursor && move(k), onclick: () => { move(k); mark(); },
      ondblclick: () => open(tile),
    }, tile.picture.cloneNode(), tile.badge, make("span", { className: "mark", attributes: { "aria-hidden": "true" } }, "✕"));
    return tile.element;
  });
  const empty = make("p", { className: "empty" }, page.source.endsWith(":") ? "Write what to look for." : "No more objects here. Choose another source, or PageUp.");
  $("tiles").replaceChildren(...(elements.length ? elements : [empty]));
  $("page-number").textContent = `page ${page.number + 1}`;
  refresh();
}

function refresh() {
  if (!page) return;
  for (const [k, tile] of page.tiles.entries()) {
    tile.element.classList.toggle("cursor", k === cursor);
    tile.element.classList.toggle("marked", tile.marked);
    tile.element.setAttribute("aria-selected", tile.marked);
    const blind = page.source === "audit";
    const name = nameOfCode(tile.annotated) || (blind ? "" : nameOfCode(tile.predicted, "left open"));
    tile.badge.hidden = !name;
    tile.badge.classList.toggle("predicted", !tile.annotated);
    const dot = make("i");
    if (name) dot.style.background = dot.style.borderColor = colorOf(name);
    tile.badge.replaceChildren(dot, make("bdi", {}, name || ""));
    tile.element.setAttribute("aria-label", `object ${tile.object} of ${tile.image}` + (name ? `, ${tile.annotated ? "annotated" : "predicted"} ${name}` : ""));
  }
  if (page.tiles.length) $("tiles").setAttribute("aria-activedescendant", `tile-${cursor}`);
  const [left, name] = [accepted().length, pageClass()];
  $("accept").replaceChildren(`Accept ${left} as `, make("bdi", {}, name ?? "…"), " ", make("kbd", {}, "Enter"));
  $("accept").disabled = !left || !name;
  const marked = page.tiles.filter((tile) => tile.marked).length;
  $("gallery-hint").textContent = marked
    ? `${marked} marked: 1–9 give them a class, Enter accepts the other ${left}.`
    : "1–9 class the tile under the cursor, Space marks it, Enter accepts all that are not marked and brings the next page.";
}

const accepted = () => page.tiles.filter((tile) => !tile.marked && !tile.annotated);

/** Ask how the tiles are classed now. */
async function restyle() {
  const shown = page;
  const groups = Map.groupBy
    ? Map.groupBy(shown.tiles, (tile) => `${tile.image}\n${tile.t}`)
    : shown.tiles.reduce((all, tile) => all.set(`${tile.image}\n${tile.t}`, [...(all.get(`${tile.image}\n${tile.t}`) || []), tile]), new Map());
  await Promise.all([...groups.values()].map(async (tiles) => {
    const { image, t } = tiles[0];
    const styles = await trying(() => getStyles(image, t, tiles.map((tile) => tile.object)), "styles");
    if (styles) tiles.forEach((tile, k) => Object.assign(tile, { predicted: styles.predicted[k], annotated: styles.annotated[k] }));
  }));
  if (page === shown) refresh();
}

function move(to) {
  cursor = Math.max(0, Math.min(page.tiles.length - 1, to));
  refresh();
}

function mark() {
  const tile = page.tiles[cursor];
  if (!tile) return;
  tile.marked = !tile.marked;
  refresh();
}

/** Annotate the marked tiles, or the one under the cursor. */
function give(name) {
  const marked = page.tiles.filter((tile) => tile.marked);
  const tiles = marked.length ? marked : page.tiles.slice(cursor, cursor + 1);
  if (!tiles.length || name === undefined) return;
  const code = codeOf(name);
  for (const tile of tiles) Object.assign(tile, { annotated: code, marked: false });
  if (!marked.length && name !== null) move(cursor + 1);
  refresh();
  if (name === null) edits.erase(tiles);
  else edits.annotate(tiles, name);
}

async function accept() {
  const [tiles, name, here] = [accepted(), pageClass(), page];
  if (!tiles.length || !name) return;
  const code = codeOf(name);
  for (const tile of tiles) tile.annotated = code;
  refresh();
  const saving = edits.annotate(tiles, name);
  show(here.number + 1);
  await saving;
}

const open = (tile) => {
  const image = state.images.find((each) => each.name === tile.image);
  if (image) images.choose(image, tile);
};

const columns = () => getComputedStyle($("tiles")).gridTemplateColumns.split(" ").length;

function sources() {
  const before = $("source").value;
  const offered = state.session.sources;
  const text = JSON.stringify(offered);
  if (sources.text === text) return;
  sources.text = text;
  $("source").replaceChildren(...offered.map(({ key, label }) => make("option", { value: key, dir: "auto" }, label)));
  if (offered.some(({ key }) => key === before)) $("source").value = before;
  needs();
}

function needs() {
  const needed = state.session.sources.find(({ key }) => key === $("source").value)?.needs;
  $("source-value").hidden = !needed;
  $("source-value").placeholder = needed || "";
}

/** Show the objects that are most like one. */
export function showLike({ image, t, object }) {
  $("source").value = "like";
  needs();
  $("source-value").value = [image, t, object].filter((part) => part !== null && part !== undefined).join(":");
  set("view", "gallery");
  show(0);
}

function channelBoxes(image) {
  const names = image?.channels || [];
  const boxes = names.length < 2 ? [] : names.map((name, k) => make("label", {}, make("input", {
    type: "checkbox", checked: !channels || channels.includes(k),
    onchange: (event) => {
      const on = new Set(channels || names.keys());
      event.target.checked ? on.add(k) : on.delete(k);
      channels = on.size === names.length ? null : [...on].sort((a, b) => a - b);
      again();
    },
  }), " ", make("bdi", {}, name)));
  $("cut-channels").replaceChildren(...boxes);
}

const again = () => page && show(page.number);

export function start() {
  const visible = () => state.view === "gallery" && page;
  offer("Gallery", visible, [
    [DIGITS, "class for the tile under the cursor, or all marked", (event) => give(classOfDigit(Number(event.key)))],
    [["0", "Delete"], "erase the annotation", () => give(null)],
    [["-"], "ignore: annotated, but never learnt from", () => give("ignore")],
    [[" "], "mark, or not", mark],
    [["a"], "mark all, or none", () => { const all = page.tiles.some((tile) => !tile.marked); page.tiles.forEach((tile) => { tile.marked = all; }); refresh(); }],
    [["Enter"], "accept all but the marked ones; next page", accept],
    [["ArrowLeft"], "move the cursor", () => move(cursor - 1)],
    [["ArrowRight"], "", () => move(cursor + 1)],
    [["ArrowUp"], "", () => move(cursor - columns())],
    [["ArrowDown"], "", () => move(cursor + columns())],
    [["PageDown", "n"], "next page, accept nothing", () => show(page.number + 1)],
    [["PageUp", "p"], "page before", () => show(Math.max(0, page.number - 1))],
    [["h"], "outlines on or off", () => { $("cut-outline").checked ^= true; again(); }],
    [["m"], "more like this", () => page.tiles[cursor] && showLike(page.tiles[cursor])],
    [["s"], "show in its image", () => page.tiles[cursor] && open(page.tiles[cursor])],
    [["d"], "features of the object", () => page.tiles[cursor] && set("object", page.tiles[cursor])],
  ]);
  $("source").onchange = () => { needs(); show(0); };
  $("source-value").onchange = () => show(0);
  for (const id of ["tile-count", "context", "cut-outline"]) $(id).onchange = again;
  $("next").onclick = () => show(page.number + 1);
  $("previous").onclick = () => show(Math.max(0, page.number - 1));
  $("accept").onclick = accept;
  let first = true;
  on("session", () => {
    sources();
    if (first) { first = false; show(0); } else refresh();
  });
  on("image", channelBoxes);
  on("activeClass", () => page && refresh());
  on("styles", () => page && restyle());
  on("view", (view) => { if (view === "gallery" && page) { $("tiles").focus(); } });
  new ResizeObserver(() => page && layOut()).observe($("tiles"));
}
