// Elements, and a list that draws only the rows one sees.

export const $ = (id) => document.getElementById(id);

/** Make an element: `make("li", { className: "x" }, "text", child)`. */
export function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  const { dataset, attributes, ...plain } = properties || {};
  Object.assign(element, plain);
  Object.assign(element.dataset, dataset || {});
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A listbox of thousands of rows of one height; only visible ones are elements. */
export class LongList {
  constructor(box, { height = 26, draw, choose, keys }) {
    Object.assign(this, { box, height, draw, choose, items: [], at: -1 });
    this.space = make("div");
    this.space.style.position = "relative";
    box.append(this.space);
    box.addEventListener("scroll", () => this.paint());
    new ResizeObserver(() => this.paint()).observe(box);
    box.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(box.clientHeight / height) - 1);
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
      if (step !== undefined) this.move(this.at + step);
      else if (event.key === "Enter" && this.items[this.at]) choose(this.items[this.at]);
      else if (!keys || !this.items[this.at] || !keys(event, this.items[this.at])) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  show(items, at = this.at) {
    this.items = items;
    this.at = Math.min(at, items.length - 1);
    this.space.style.height = items.length * this.height + "px";
    this.paint();
  }

  move(to) {
    this.at = Math.max(0, Math.min(this.items.length - 1, to));
    const top = this.at * this.height;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    if (top + this.height > scrollTop + clientHeight) this.box.scrollTop = top + this.height - clientHeight;
    this.paint();
  }

  paint() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 4);
    const last = Math.min(this.items.length, first + Math.ceil(this.box.clientHeight / this.height) + 8);
    const rows = [];
    for (let k = first; k < last; k++) {
      const row = this.draw(this.items[k]);
      row.classList.add("row");
      row.id = `${this.box.id}-${k}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", k === this.at);
      row.setAttribute("aria-posinset", k + 1);
      row.setAttribute("aria-setsize", this.items.length);
      row.style.top = k * this.height + "px";
      row.addEventListener("click", () => { this.at = k; this.paint(); this.choose(this.items[k]); });
      rows.push(row);
    }
    this.space.replaceChildren(...rows);
    if (this.at >= 0) this.box.setAttribute("aria-activedescendant", `${this.box.id}-${this.at}`);
  }
}
