// Changes of the session; each is saved by the server before it answers.
import { post } from "./api.js";
import { trying } from "./notices.js";
import { set, state, tell } from "./state.js";

const refs = (objects) => objects.map(({ image, t, object }) => [image, t, object]);

/** Take over what the server says of itself. */
export function takeState(session) {
  const known = state.session;
  if (known && known.run === session.run && session.version < known.version) return; // an answer that came late
  const names = session.classes.map((each) => each.name);
  if (!names.includes(state.activeClass)) state.activeClass = names[0] ?? null;
  set("session", session);
}

let last = Promise.resolve();

/** Make one change after the other, in the order of keys and clicks. */
function change(path, body, objects) {
  last = last.then(() => changeNow(path, body, objects));
  return last;
}

async function changeNow(path, body, objects) {
  const session = await trying(() => post(path, body), path);
  if (session) takeState(session);
  tell("styles", objects); // right or wrong, what is drawn follows the server
  return Boolean(session);
}

/** Annotate objects; they are drawn so at once, before the server has saved it. */
export function annotate(objects, name) {
  if (!objects.length || !name) return Promise.resolve(false);
  tell("guess", { objects, name });
  return change("annotate", { refs: refs(objects), class: name }, objects);
}

export function erase(objects) {
  if (!objects.length) return Promise.resolve(false);
  tell("guess", { objects, name: null });
  return change("erase", { refs: refs(objects) }, objects);
}

export const undo = () => change("undo");
export const redo = () => change("redo");
export const addClass = (name) => change("add_class", { name });
export const renameClass = (old, name) => change("rename_class", { old, new: name });
export const recolorClass = (name, color) => change("recolor_class", { name, color });
export const orderClasses = (names) => change("order_classes", { names });
export const setLive = (on) => change("live", { on });
export const learnNow = () => change("learn");
export const findObjects = (settings, reattach) => change("find_objects", { settings, reattach });
export const useFeatures = (names, write) => change("use_features", { names, write });
export const writeProject = () => change("project");
