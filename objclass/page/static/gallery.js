// The gallery: pages of cut-outs, annotated by key.
import { cutOutAddress, get, getStyles } from "./api.js";
import { $, make } from "./dom.js";
import * as edits from "./edits.js";
import { channelNames } from "./layers.js";
import * as images from "./images.js";
import { DIGITS, offer } from "./keys.js";
import { dismiss, trying } from "./notices.js";
import { classOfDigit, codeOf, colorOf, nameOfCode, on, set, state, tell } from "./state.js";

let page = null; // {source, number, tiles: [{ref, key, element, marked, predicted, annotated}]}
let cursor = 0;
let channels = null; // numbers of the shown channels, or null for all
let epoch = 0; // grows when pages that were fetched ahead are no longer right
const leftOut = new Set(); // keys of tiles that were marked when others were accepted
const LASTING = /^(suspected|invalid|annotated|id|selected)/; // sources whose annotated objects stay
const ALL = /^(diverse|random|uncertain|audit)/; // sources that have every object that is not annotated
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

function pictureOf({ image, t, object }) {
  const side = Math.round(parseFloat($("tiles").style.getPropertyValue("--tile")) * (devicePixelRatio || 1));
  return cutOutAddress({
    image, t, object, size: Math.min(512, side), context: $("context").value,
    outline: $("cut-outline").checked ? 1 : 0, channels: channels?.join(","),
  });
}

/** Fetch a page and its pictures, once; what was fetched ahead is there at once. */
function fetchPage(source, at, without = new Set()) {
  const n = Number($("tile-count").value);
  const address = JSON.stringify([source, at, n, epoch, $("among").value, $("context").value, $("cut-outline").checked, channels]);
  if (!fetched.has(address)) {
    const made = load(source, at, n, without);
    made.catch(() => fetched.delete(address));
    fetched.set(address, made);
    while (fetched.size > 4) fetched.delete(fetched.keys().next().value);
  }
  return fetched.get(address);
}

async function load(source, at, n, without) {
  const among = $("among").value.trim() || undefined;
  const asked = source.startsWith("diverse") && without.size ? 2 * n : n; // chosen anew, some of them again
  const found = source === "selected" ? selectedPage(n, at) : await get("gallery", { source, n: asked, page: at, seed: 0, among });
  const tiles = found.refs.map(([image, t, object]) => ({ image, t, object })).filter((tile) => !without.has(keyOf(tile)));
  const pictures = tiles.slice(0, n).map(async (tile) => {
    const picture = new Image();
    picture.alt = "";
    picture.src = pictureOf(tile);
    await picture.decode().catch(() => { picture.alt = "no picture"; });
    return { ...tile, picture };
  });
  return { says: found.says, tiles: await Promise.all(pictures) };
}

/** What is selected in the plot, as a page of the server. */
function selectedPage(n, at) {
  const mine = state.selection.objects.slice(at * n, (at + 1) * n);
  return { says: `${state.selection.objects.length} selected`, refs: mine.map(({ image, t, object }) => [image, t, object]) };
}

const keyOf = ({ image, t, object }) => `${image}\n${t}\n${object}`;

/**
 * Show a page and fetch the one after it. `number` counts what a person sees, `at` what the
 * server has: there, annotated objects leave the list, so that the next page moves up.
 */
async function show(number, at, coming) {
  if (!state.session) return;
  const source = chosen();
  if (source.endsWith(":")) { draw({ source, number: 0, at: 0, says: "", tiles: [] }); return; }
  layOut();
  const wanted = (show.latest = Symbol("page"));
  const found = await trying(() => coming || fetchPage(source, at), "gallery");
  if (!found || show.latest !== wanted) return;
  dismiss("gallery"); // what was refused before is no longer asked for
  draw({ source, number, at, says: found.says, tiles: found.tiles.map((tile) => ({ ...tile, marked: false, predicted: 0, annotated: 0 })) });
  restyle();
  if (found.tiles.length && !coming) ahead();
}

/** Fetch the next page before it is asked for, without what is shown or was left out. */
const ahead = () => fetchPage(page.source, page.at + 1, new Set([...page.tiles.map(keyOf), ...leftOut])).catch(() => {});

const first = () => { leftOut.clear(); show(0, 0); };
const again = () => page && show(page.number, page.at);
const next = () => page && show(page.number + 1, page.at + 1);
const previous = () => page && show(Math.max(0, page.number - 1), Math.max(0, page.at - 1));

/** Size the tiles so that a page fits without scrolling. */
function layOut() {
  const box = $("tiles");
  const [width, height, n] = [box.clientWidth - 16, box.clientHeight - 16, Number($("tile-count").value)];
  let side = 320;
  while (side > 56 && Math.floor((width + 5) / (side + 5)) * Math.floor((height + 5) / (side + 5)) < n) side--;
  box.style.setProperty("--tile", side + "px");
}

/** Why a page is empty, and what helps. */
function nothing() {
  if (page.source.endsWith(":")) return "Write what to look for.";
  if (page.number) return "No more objects here. Choose another source, or PageUp.";
  if (!ALL.test(page.source)) return "There are no such objects. Choose another source.";
  if ($("among").value.trim()) return "There are no objects in these images that are not annotated.";
  return state.session.classes.some((each) => each.annotated)
    ? "Every object is annotated. Table (t) shows what was said."
    : "No object was found. Image (v) shows where they were looked for, and How objects are found beside it changes that.";
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
  const empty = make("p", { className: "empty" }, nothing());
  $("tiles").replaceChildren(...(elements.length ? elements : [empty]));
  $("page-number").textContent = `page ${page.number + 1}`;
  $("page-number").title = page.says;
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
  tell("hovered", page.tiles[cursor] ?? null);
}

/** Show what is selected in the plot. */
export function showSelected() {
  sources();
  $("source").value = "selected";
  needs();
  epoch++;
  set("view", "gallery");
  first();
}

/** Mark what is selected in the plot. */
function markSelected({ from, objects }) {
  sources();
  if (from !== "plot" || !page) return;
  const chosenKeys = new Set(objects.map(keyOf));
  for (const tile of page.tiles) tile.marked = chosenKeys.has(keyOf(tile));
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
  for (const tile of tiles) tile.annotated = codeOf(name);
  refresh();
  const coming = fetchPage(here.source, here.at + 1);
  await coming.catch(() => {}); // it is there already, or else of the list as it was before
  epoch++;
  const saving = edits.annotate(tiles, name);
  const at = LASTING.test(here.source) ? here.at + 1 : here.at;
  for (const tile of here.tiles) if (tile.marked) leftOut.add(keyOf(tile));
  await show(here.number + 1, at, coming);
  await saving;
  if (page?.number === here.number + 1 && page.tiles.length) ahead();
}

const open = (tile) => {
  const image = state.images.find((each) => each.name === tile.image);
  if (image) images.choose(image, tile);
};

const columns = () => getComputedStyle($("tiles")).gridTemplateColumns.split(" ").length;

function sources() {
  const before = $("source").value;
  const some = state.selection.objects.length;
  const offered = [...state.session.sources, ...(some ? [{ key: "selected", label: `selected in the plot (${some})`, needs: "" }] : [])];
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
  first();
}

function channelBoxes(image) {
  const names = channelNames(image);
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

/** Offer the names of images, such as wells, to look among. */
function amongWhat(all) {
  const said = new Set(all.flatMap((image) => Object.entries(image.names).map(([name, text]) => `${name} ${text}`)));
  $("among-box").hidden = said.size < 2;
  $("among-list").replaceChildren(...[...said].slice(0, 2000).map((value) => make("option", { value })));
}

export function start() {
  const visible = () => state.view === "gallery" && page;
  offer("Gallery", visible, [
    [DIGITS, "class for the tile under the cursor, or all marked", (event) => give(classOfDigit(Number(event.key)))],
    [["0", "Delete"], "erase the annotation", () => give(null)],
    [["-"], "ignore: annotated, but never learnt from", () => give("ignore")],
    [[" "], "mark, or not", mark],
    [["a"], "mark all, or none", () => { const all = page.tiles.some((tile) => !tile.marked); page.tiles.forEach((tile) => { tile.marked = all; }); refresh(); }],
    [["Enter"], "accept all but the marked ones; next page", accept],
    [["ArrowLeft"], "move the cursor (all arrow keys)", () => move(cursor - 1)],
    [["ArrowRight"], "", () => move(cursor + 1)],
    [["ArrowUp"], "", () => move(cursor - columns())],
    [["ArrowDown"], "", () => move(cursor + columns())],
    [["PageDown", "n"], "next page, accept nothing", next],
    [["PageUp", "p"], "page before", previous],
    [["h"], "outlines on or off", () => { $("cut-outline").checked ^= true; again(); }],
    [["m"], "more like this", () => page.tiles[cursor] && showLike(page.tiles[cursor])],
    [["s"], "show in its image", () => page.tiles[cursor] && open(page.tiles[cursor])],
    [["d"], "features of the object", () => page.tiles[cursor] && set("object", page.tiles[cursor])],
  ]);
  $("source").onchange = () => { needs(); first(); };
  $("source-value").onchange = first;
  for (const id of ["tile-count", "context", "cut-outline"]) $(id).onchange = again;
  $("among").onchange = first;
  on("images", amongWhat);
  $("next").onclick = next;
  $("previous").onclick = previous;
  $("accept").onclick = accept;
  let begun = false;
  on("session", () => {
    sources();
    if (begun) refresh();
    else { begun = true; first(); }
  });
  on("image", channelBoxes);
  on("selection", (selection) => state.session && markSelected(selection));
  on("pointed", (object) => {
    const at = object && page && state.view === "gallery" ? page.tiles.findIndex((tile) => keyOf(tile) === keyOf(object)) : -1;
    if (at >= 0) { cursor = at; refresh(); }
  });
  on("activeClass", () => page && refresh());
  on("styles", () => page && restyle());
  on("view", (view) => { if (view === "gallery" && page) { $("tiles").focus(); } });
  new ResizeObserver(() => page && layOut()).observe($("tiles"));
}
