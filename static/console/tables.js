// Lists: choosing rows, "all that match", and which columns are shown.
//
// <div class="list" data-list="customers"> holds the table, the bulk bar `.bulk` and the column
// chooser. Cells of a column that may be hidden carry `data-col`.

function refresh(list) {
  const boxes = [...list.querySelectorAll("tbody .check input")];
  const chosen = boxes.filter((box) => box.checked);
  const all = list.querySelector("[data-all]");
  if (all) {
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const bar = list.querySelector(".bulk");
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  for (const place of bar.querySelectorAll("[data-count]")) place.textContent = chosen.length;
  const everything = bar.querySelector("[data-everything]");
  if (everything && !all?.checked) everything.checked = false;
}

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-all]")) {
    for (const box of list.querySelectorAll("tbody .check input")) box.checked = event.target.checked;
  }
  if (event.target.closest(".check")) refresh(list);
  if (event.target.matches("[data-column]")) keepColumns(list);
});

document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-clear]");
  if (!clear) return;
  const list = clear.closest("[data-list]");
  for (const box of list.querySelectorAll(".check input")) box.checked = false;
  refresh(list);
});

const key = (list) => `columns:${list.dataset.list}`;

function keepColumns(list) {
  const boxes = [...list.querySelectorAll("[data-column]")];
  const hidden = boxes.filter((box) => !box.checked).map((box) => box.dataset.column);
  localStorage.setItem(key(list), JSON.stringify(hidden));
  showColumns(list);
}

function showColumns(list) {
  const hidden = new Set(JSON.parse(localStorage.getItem(key(list)) ?? "[]"));
  for (const box of list.querySelectorAll("[data-column]")) box.checked = !hidden.has(box.dataset.column);
  for (const cell of list.querySelectorAll("[data-col]")) cell.hidden = hidden.has(cell.dataset.col);
}

function setUp() {
  for (const list of document.querySelectorAll("[data-list]")) {
    showColumns(list);
    refresh(list);
  }
}

setUp();
document.addEventListener("htmx:afterSettle", setUp);
