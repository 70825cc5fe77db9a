// The customers list: keys that walk over its rows, and tabs that follow the filters.
//
// j / k go down and up, Enter opens, x chooses. Rows carry `data-row`, the address of their page.

const rows = () => [...document.querySelectorAll("[data-rows] tr[data-row]")];
const current = () => document.querySelector("[data-rows] tr.here");

function stand(row) {
  current()?.classList.remove("here");
  row.classList.add("here");
  row.querySelector("a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const place = all.indexOf(current());
  const next = all[place < 0 ? 0 : Math.min(all.length - 1, Math.max(0, place + by))];
  if (next) stand(next);
}

function choose(row) {
  row?.querySelector(".check input")?.click();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => choose(current()),
  Enter: () => current() && location.assign(current().dataset.row),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea, button, dialog");
  if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "Enter" && event.target.closest("a, input")) return;
  const act = KEYS[event.key];
  if (!act || rows().length === 0) return;
  event.preventDefault();
  act();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-rows] tr[data-row]");
  if (row && row !== current()) {
    current()?.classList.remove("here");
    row.classList.add("here");
  }
});

// What an address asks for, without order, empty fields, sorting and paging.
function asked(search) {
  const kept = [...new URLSearchParams(search)].filter(
    ([name, value]) => value && name !== "sort" && name !== "page",
  );
  return kept.map((pair) => pair.join("=")).sort().join("&");
}

function markTab() {
  for (const tab of document.querySelectorAll("#views .tab")) {
    if (asked(tab.search) === asked(location.search)) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

document.addEventListener("htmx:pushedIntoHistory", markTab);
document.addEventListener("htmx:afterSettle", markTab);
