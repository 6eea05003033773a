// What went wrong, and what the page wants to be known.
import { $, make } from "./dom.js";

const shown = new Map();

/** Show a notice until it is closed; the same key or the same words replace the one before. */
export function notice(text, key = text) {
  dismiss(key);
  for (const [other, box] of shown) if (box.firstChild.textContent === text) dismiss(other);
  const close = make("button", { onclick: () => dismiss(key) }, "Close");
  const box = make("div", {}, make("pre", { dir: "auto" }, text), close);
  shown.set(key, box);
  $("notices").append(box);
}

export function dismiss(key) {
  shown.get(key)?.remove();
  shown.delete(key);
}

/** Run something that asks the server; what it refuses is shown. */
export async function trying(action, key) {
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") notice(error.message, key);
    return undefined;
  }
}
