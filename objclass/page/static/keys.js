// Keys that hold everywhere, and those of the view one sees.
import { $, make } from "./dom.js";

const tables = []; // {title, active(), keys: [[keys, words, action]]}

/** Offer keys while `active()`; `action(event)` may return false to leave the key alone. */
export function offer(title, active, keys) {
  tables.push({ title, active, keys });
}

const nameOf = (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  if (event.altKey) return `Alt-${key}`;
  return (event.ctrlKey || event.metaKey ? "Ctrl-" : "") + (shifted ? "Shift-" : "") + key;
};

const writes = (target) =>
  target.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=color])");

function pressed(event) {
  if ((event.altKey && !/^Arrow(Up|Down)$/.test(event.key)) || document.querySelector("dialog[open]") || event.defaultPrevented) return;
  const name = nameOf(event);
  if (writes(event.target) && name !== "Escape") return;
  if (event.target.matches("input[type=range]") && /^(Arrow|Page|Home|End)/.test(event.key)) return;
  if (event.target.matches("button, input") && ["Enter", " "].includes(event.key)) return;
  for (const { active, keys } of tables) {
    if (!active()) continue;
    for (const [names, , action] of keys) {
      if (!names.includes(name) || action(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
}

const WORDS = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "Alt-ArrowUp": "Alt-↑", "Alt-ArrowDown": "Alt-↓" };

/** Show all keys. */
export function help() {
  const parts = tables.map(({ title, keys }) => {
    const rows = keys.filter(([, words]) => words).flatMap(([names, words]) => {
      const digits = names.length === 9 && names[0] === "1";
      const shown = digits ? ["1 – 9"] : names.map((name) => WORDS[name] || name);
      return [make("dt", {}, ...shown.map((name) => make("kbd", {}, name))), make("dd", {}, words)];
    });
    return make("section", {}, make("h3", {}, title), make("dl", {}, ...rows));
  });
  $("help-keys").replaceChildren(...parts);
  $("help").showModal();
}

export const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export function start() {
  document.addEventListener("keydown", pressed);
  $("help-open").onclick = help;
}
