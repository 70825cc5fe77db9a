// What every console page needs. Each part listens on the document, so answers that htmx puts into
// the page need no setting up.
import "./dialogs.js";
import "./tables.js";
import { toast } from "./toasts.js";

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  dispatchEvent(new Event("themechange"));
});

// A menu opens under its button, inside the window. (`toggle` does not bubble: it is caught.)
document.addEventListener("beforetoggle", (event) => {
  const menu = event.target;
  if (event.newState !== "open" || !menu.classList?.contains("menu")) return;
  requestAnimationFrame(() => {
    const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
    if (button) placeUnder(menu, button.getBoundingClientRect());
  });
}, true);

function placeUnder(menu, button) {
  const gap = 6;
  const edge = 10;
  const left = Math.min(button.left, innerWidth - menu.offsetWidth - edge);
  const below = button.bottom + gap;
  const fits = below + menu.offsetHeight <= innerHeight - edge;
  const top = fits ? below : button.top - gap - menu.offsetHeight;
  menu.style.left = `${Math.max(edge, left)}px`;
  menu.style.top = `${Math.max(edge, top)}px`;
}

// A menu that is filled from the server (`hx-trigger="opened"`) is filled each time it opens.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (menu.id && event.newState === "open" && menu.matches("[hx-trigger=opened]")) {
    htmx.trigger(menu, "opened");
  }
  // Nobody looks: what asks again and again rests.
  if (menu.id === "jobs" && event.newState === "closed") {
    document.getElementById("jobs-body").replaceChildren();
  }
}, true);

// Dots at the jobs and the bell: the answer to the frame's question says how many.
document.addEventListener("signals", (event) => {
  for (const name of ["jobs", "alerts"]) {
    const dot = document.getElementById(`${name}-dot`);
    if (dot) dot.hidden = !event.detail[name];
  }
});

// A choice closes its menu.
document.addEventListener("click", (event) => {
  const choice = event.target.closest(".menu .choice:not([data-keep])");
  choice?.closest("[popover]")?.hidePopover();
});

// The command menu is fetched when it is first asked for.
async function openCommand() {
  const { open } = await import("./command.js");
  open();
}

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openCommand();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-command]")) openCommand();
});

// One thin bar while an answer is on its way; a sentence when none comes.
const waiting = document.querySelector(".waiting");
let underway = 0;

function count(step) {
  underway = Math.max(0, underway + step);
  waiting?.classList.toggle("on", underway > 0);
}

const isQuiet = (event) => event.detail.elt?.closest("[data-quiet]");

document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || count(1));
document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || count(-1));
document.addEventListener("htmx:sendError", (event) => isQuiet(event) || toast(words.offline, "error"));
document.addEventListener("htmx:responseError", (event) => {
  if (isQuiet(event)) return;
  const status = event.detail.xhr.status;
  toast(words[status] ?? words.failed, "error");
});

const words = { ...document.body.dataset };
words.failed = words.wordsFailed;
words.offline = words.wordsOffline;
words[403] = words.words403;
words[404] = words.words404;
