// What the page knows, and who wants to hear of it.

export const state = {
  session: null, // what the server says of the session: classes, score, undo, …
  images: [], // all images, in the server's order
  image: null, // the one that is shown, an entry of images
  t: 0,
  view: "gallery",
  activeClass: null, // a name
  selection: { from: "", objects: [] }, // of the plot or a lasso in an image
  object: null, // the object whose facts are shown: {image, t, object}
};

const listeners = new Map();

/** Call `listener` whenever something of this name changes. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(listener);
}

/** Say that something changed. */
export function tell(name, value) {
  for (const listener of listeners.get(name) || []) listener(value);
}

export function set(name, value) {
  state[name] = value;
  tell(name, value);
}

/** The class a digit key stands for, or undefined. */
export const classOfDigit = (digit) => state.session?.classes[digit - 1]?.name;

export const colorOf = (name) => state.session?.classes.find((each) => each.name === name)?.color || "#9aa3ae";

const BEYOND = 65535; // the code of what is ignored, or whose class is left open

/** What a class code means, or an empty text. */
export function nameOfCode(code, beyond = "ignore") {
  if (!code) return "";
  return code === BEYOND ? beyond : state.session?.names[code - 1] || "";
}

/** The code of a class; 0 for none. */
export const codeOf = (name) => (name === null ? 0 : state.session.names.indexOf(name) + 1 || BEYOND);
