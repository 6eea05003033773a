// Starts the page: what the session is, which view one sees, and what changes under way.
import { follow, get, slow } from "./api.js";
import * as classes from "./classes.js";
import * as details from "./details.js";
import { $ } from "./dom.js";
import * as edits from "./edits.js";
import * as explorer from "./explorer.js";
import * as gallery from "./gallery.js";
import * as images from "./images.js";
import * as keys from "./keys.js";
import * as layers from "./layers.js";
import * as features from "./features.js";
import { dismiss, notice, trying } from "./notices.js";
import * as order from "./order.js";
import * as plot from "./plot.js";
import * as score from "./score.js";
import { on, set, state, tell } from "./state.js";
import * as thresholds from "./thresholds.js";
import * as viewer from "./viewer.js";

const VIEWS = ["gallery", "viewer", "table", "features"];

function showView(name) {
  for (const each of VIEWS) {
    $(each).hidden = each !== name;
    $(`tab-${each}`).setAttribute("aria-selected", each === name);
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  $("layers-section").hidden = name !== "viewer";
  $("found").hidden = name !== "viewer";
}

function showSession(session) {
  $("title").textContent = session.title;
  document.title = `${session.title} – objclass label`;
  $("live").checked = session.live;
  $("learn").disabled = session.live;
  $("selects").hidden = !session.selects;
  $("selects").textContent = `For ${session.selects}.`;
  $("undo").disabled = !session.can_undo;
  $("redo").disabled = !session.can_redo;
  for (const text of session.told) notice(text, "told");
  if (session.fault) notice(session.fault, "fault");
  else dismiss("fault");
}

let asking = 0;

/** Ask how good the classifier is, a little later: it takes longer than an edit. */
function askStanding() {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const standing = await trying(() => get("standing"), "standing");
    if (standing) tell("standing", standing);
  }, 300);
}

/** Ask for the state again; what is drawn follows. */
async function refresh() {
  const session = await trying(() => get("state"), "state");
  if (!session) return;
  edits.takeState(session);
  tell("styles");
}

/** A message of the server: a version, or that pages came and went. */
function heard(message) {
  if (message.pages > 1) notice(`This workflow is open in ${message.pages} pages. All of them edit the same annotations.`, "pages");
  else dismiss("pages");
  if (!state.session || message.version > state.session.version || message.run !== state.session.run) refresh();
}

function line(up) {
  if (up) dismiss("line");
  else notice("The connection to objclass label is lost; this page tries again. What was saved is kept. If it was started anew, open the address that it prints.", "line");
}

function globalKeys() {
  keys.offer("Everywhere", () => true, [
    [["g"], "gallery", () => set("view", "gallery")],
    [["v"], "image", () => set("view", "viewer")],
    [["t"], "annotations", () => set("view", "table")],
    [["e"], "features and plot", () => set("view", "features")],
    [["Ctrl-z"], "undo", edits.undo],
    [["Ctrl-Shift-z", "Ctrl-y"], "redo", edits.redo],
    [["l"], "live: learn after every change, or not", () => { edits.setLive(!state.session.live); }],
    [["Shift-l"], "learn now", () => { edits.learnNow(); }],
    [["["], "the class before is active", () => nextClass(-1)],
    [["]"], "the next class is active", () => nextClass(1)],
    [["Alt-ArrowUp", "Alt-ArrowDown"], "the active class moves up or down", (event) => order.open(event.key === "ArrowUp" ? -1 : 1)],
    [["F2"], "rename the active class", classes.renameActive],
    [["/"], "search images", () => $("image-search").focus()],
    [["?"], "this help", keys.help],
    [["Escape"], "", () => document.activeElement.matches("input") && document.activeElement.blur()],
  ]);
}

function nextClass(by) {
  const names = state.session.names;
  set("activeClass", names[(names.indexOf(state.activeClass) + by + names.length) % names.length]);
}

function buttons() {
  for (const each of VIEWS) $(`tab-${each}`).onclick = () => set("view", each);
  document.querySelector("nav").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = VIEWS[(VIEWS.indexOf(state.view) + by + VIEWS.length) % VIEWS.length];
    set("view", next);
    $(`tab-${next}`).focus();
  });
  $("live").onchange = () => edits.setLive($("live").checked);
  $("learn").onclick = edits.learnNow;
  $("project").onclick = edits.writeProject;
  $("undo").onclick = edits.undo;
  $("redo").onclick = edits.redo;
}

async function start() {
  slow.tell = (is) => { $("busy").hidden = !is; };
  on("view", showView); // before its parts, which may take the focus
  on("session", showSession);
  on("session", askStanding);
  globalKeys();
  for (const part of [plot, layers, classes, images, order, viewer, gallery, explorer, details, thresholds, features, score, keys]) part.start();
  buttons();
  set("view", "gallery");
  const [session, found] = await trying(() => Promise.all([get("state"), get("images")]), "state") || [];
  if (!session) return;
  set("images", found.images);
  if (found.images.length) { state.t = found.images[0].times[0]; set("image", found.images[0]); }
  edits.takeState(session);
  follow(heard, line);
  document.body.dataset.ready = "yes";
}

start();
