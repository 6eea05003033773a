"use strict";
// Click on a title, or press Enter on it: sort by this column, then the other way round.
const value = (row, k) => {
  const cell = row.cells[k];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true });
const sort = (title) => {
  const table = title.closest("table"), body = table.tBodies[0], k = title.cellIndex;
  const down = title.getAttribute("aria-sort") === "ascending";
  for (const each of table.querySelectorAll("th[aria-sort]")) each.removeAttribute("aria-sort");
  title.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows];
  const empty = (row) => row.cells[k].textContent === "";
  rows.sort((a, b) => empty(a) - empty(b) || (down ? -1 : 1) * compare(value(a, k), value(b, k)));
  body.append(...rows);
};
for (const title of document.querySelectorAll("table.sorted thead th")) {
  title.addEventListener("click", () => sort(title));
  title.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(title); });
}
// What is folded away is printed all the same.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
