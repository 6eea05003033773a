// The list of images: names, wells, how many are annotated. Ten thousand are fine.
import { $, LongList, make } from "./dom.js";
import { on, set, state, tell } from "./state.js";

let list;

const wellsOf = (image) => Object.entries(image.names).map(([name, text]) => `${name} ${text}`).join(" · ");

function row(image) {
  const total = image.objects === null ? "" : `/${image.objects}`;
  return make("div", { title: wellsOf(image) },
    make("span", { className: "main", dir: "auto" }, image.name),
    make("span", { className: "side accuracy", title: "annotations that are predicted right by models that have not seen them" },
      image.right === undefined ? "" : `${Math.round(100 * image.right)} %`),
    make("span", { className: "side" }, image.annotated || image.objects !== null ? `${image.annotated}${total}` : ""));
}

/** Show an image, and an object of it where one is given. */
export function choose(image, place) {
  const same = state.image === image;
  state.t = place?.t ?? (same ? state.t : 0);
  set("image", image);
  set("view", "viewer");
  tell("goto", place || null);
}

/** Show the image before (-1) or after (1). */
export function step(by) {
  const next = list.items[Math.max(0, Math.min(list.items.length - 1, list.items.indexOf(state.image) + by))];
  if (next && next !== state.image) choose(next);
}

function search() {
  const words = $("image-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (image) => words.every((word) => image.search.includes(word));
  const found = words.length ? state.images.filter(fits) : state.images;
  list.show(found, found.indexOf(state.image));
}

export function start() {
  list = new LongList($("images"), { draw: row, choose: (image) => choose(image) });
  $("image-search").oninput = search;
  on("images", (images) => {
    for (const image of images) image.search = `${image.name} ${wellsOf(image)}`.toLowerCase();
    search();
  });
  on("image", (image) => { const at = list.items.indexOf(image); if (at >= 0) list.move(at); });
  on("standing", ({ counts, score }) => {
    for (const image of state.images) image.right = score.by_image[image.name];
    for (const image of state.images) [image.annotated, image.objects] = counts[image.name] || [0, image.objects];
    list.paint();
  });
}
