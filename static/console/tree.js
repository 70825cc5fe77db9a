// The tree editor: moving about by keyboard, the menu of new steps, folding, zooming, the panel.
// Every change is a form of the server's; here they are only reached sooner.
import { ask } from "./dialogs.js";

const tree = document.getElementById("tree");
const panel = document.getElementById("panel");
const menu = document.getElementById("add-menu");
const editor = document.querySelector("[data-editor]");
const id = editor.dataset.editor;
const STEP = 0.1;
const LEAST_ZOOM = 0.3;

// --- Where we are ------------------------------------------------------------------------------

const isShown = (element) => element.offsetParent !== null;
const nodes = () => [...tree.querySelectorAll("[data-node]")].filter(isShown);
const nodeOf = (key) => tree.querySelector(`[data-node="${CSS.escape(key)}"]`);
const current = () => document.activeElement?.closest?.("[data-node]");

function goTo(key) {
  const node = nodeOf(key);
  if (!node) return false;
  unfoldAround(node);
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}

function mark(key) {
  for (const one of tree.querySelectorAll(".on")) one.classList.remove("on");
  if (key) nodeOf(key)?.classList.add("on");
}

// --- What the server answers -------------------------------------------------------------------

// Every change names the draft that was seen, as the tree shows it now.
document.addEventListener("htmx:configRequest", (event) => {
  const seen = tree.firstElementChild?.dataset.seen;
  const { formData } = event.detail;
  if (seen && formData.has("seen")) formData.set("seen", seen);
});

let wanted = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  wanted = current()?.dataset.node ?? panelKey() ?? wanted;
});

// What is new answers to htmx only when it has settled.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target === tree) showTree();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "panel") return;
  // A button in the panel has changed it without saving.
  isDirty = event.detail.requestConfig.verb === "post";
  showPanel();
});

function showTree() {
  const { focus, open } = tree.firstElementChild.dataset;
  const isRefused = Boolean(tree.querySelector(".refused"));
  fold();
  zoom(level);
  if (open !== undefined && focus) {
    mark(focus);
    goTo(focus);
    nodeOf(focus).click();
    return;
  }
  if (!isRefused) closePanel();
  if (isRefused) return;
  if (!goTo(focus || wanted)) (nodes().at(-1) ?? tree.querySelector("[data-node]"))?.focus();
}

function showPanel() {
  mark(panelKey());
  drawPreview();
  if (panel.contains(document.activeElement) && document.activeElement !== panel) return;
  const faulty = panel.querySelector('[aria-invalid="true"], .errorlist');
  const first = panel.querySelector(".body :is(input:not([type=hidden]), select, textarea)");
  (faulty ?? first ?? panel).focus();
}

const panelKey = () => panel.querySelector("[data-panel]")?.dataset.panel;

function closePanel() {
  panel.replaceChildren();
  isDirty = false;
  mark("");
}

// --- The panel ---------------------------------------------------------------------------------

let isDirty = false;

panel.addEventListener("input", () => { isDirty = true; });
panel.addEventListener("change", () => { isDirty = true; });

async function mayLeave() {
  if (!isDirty) return true;
  const { leave, leaveTitle, leaveYes } = editor.dataset;
  return ask(leave, { dataset: { confirmTitle: leaveTitle, confirmYes: leaveYes, danger: "" } });
}

async function leavePanel() {
  if (!(await mayLeave())) return;
  const key = panelKey();
  closePanel();
  if (key) goTo(key);
}

// Another step's panel takes the place of this one: what was written there would be lost.
document.addEventListener("htmx:confirm", async (event) => {
  if (!isDirty || !event.target.matches("a[data-node]")) return;
  event.preventDefault();
  if (await mayLeave()) event.detail.issueRequest(true);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close-panel]")) return;
  event.preventDefault();
  leavePanel();
});

panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.preventDefault();
    leavePanel();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    panel.querySelector("form.panel")?.requestSubmit();
  }
});

// The message as the customer sees it, while it is being written.
function drawPreview() {
  const bubble = panel.querySelector("#preview-text");
  if (!bubble) return;
  const text = panel.querySelector("[data-preview]")?.value ?? "";
  bubble.textContent = text.replaceAll("{客户}", bubble.dataset.name);
  const material = panel.querySelector("[name=material]");
  const card = panel.querySelector("#preview-material");
  card.hidden = !material?.value;
  card.textContent = material?.value ? material.selectedOptions[0].textContent : "";
}

panel.addEventListener("input", drawPreview);
panel.addEventListener("change", drawPreview);
panel.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const field = document.getElementById(button.dataset.into);
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  drawPreview();
});

// --- The one menu of new steps -----------------------------------------------------------------

let opener = null;

function openMenu(place, from) {
  if (!menu) return;
  opener = from;
  menu.elements.place.value = place;
  menu.showPopover();
  const box = from.getBoundingClientRect();
  const edge = 10;
  const isBeside = box.right + menu.offsetWidth + edge < innerWidth;
  const left = isBeside ? box.right + 8 : Math.max(edge, innerWidth - menu.offsetWidth - edge);
  const top = Math.min(box.top, innerHeight - menu.offsetHeight - edge);
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(edge, top)}px`;
  menu.querySelector("[role=menuitem]").focus();
}

tree.addEventListener("click", (event) => {
  const plus = event.target.closest("[data-plus]");
  if (!plus) return;
  event.preventDefault();
  openMenu(plus.dataset.plus, plus);
});

menu?.addEventListener("toggle", (event) => {
  opener?.setAttribute("aria-expanded", String(event.newState === "open"));
});

menu?.addEventListener("keydown", (event) => {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 2, ArrowUp: at - 2, ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[Math.max(0, Math.min(items.length - 1, to))].focus();
  }
  if (event.key === "Escape") {
    event.preventDefault();
    menu.hidePopover();
    opener?.focus();
  }
});

menu?.addEventListener("htmx:beforeRequest", () => menu.hidePopover());

// --- Folding arms: kept for this window ---------------------------------------------------------

const foldKey = `folded:${id}`;
const folded = new Set(JSON.parse(sessionStorage.getItem(foldKey) ?? "[]"));

function fold() {
  for (const arm of tree.querySelectorAll("[data-arm]")) {
    const button = arm.querySelector(":scope > [data-fold]");
    if (!button) continue;
    const isFolded = folded.has(arm.dataset.arm);
    button.setAttribute("aria-expanded", String(!isFolded));
    arm.querySelector(":scope > .arm-body").hidden = isFolded;
    arm.querySelector(":scope > .folded").hidden = !isFolded;
  }
}

function toggle(arm) {
  const key = arm.dataset.arm;
  if (!folded.delete(key)) folded.add(key);
  sessionStorage.setItem(foldKey, JSON.stringify([...folded]));
  fold();
}

function unfoldAround(node) {
  for (let arm = node.closest("[data-arm]"); arm; arm = arm.parentElement.closest("[data-arm]")) {
    if (folded.has(arm.dataset.arm)) toggle(arm);
  }
}

tree.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (button) toggle(button.closest("[data-arm]"));
});

// --- Zooming ------------------------------------------------------------------------------------

let level = Number(sessionStorage.getItem("zoom") ?? 1);

function zoom(to) {
  level = Math.min(1.4, Math.max(LEAST_ZOOM, Math.round(to * 100) / 100));
  sessionStorage.setItem("zoom", String(level));
  const zoomer = tree.querySelector(".zoomer");
  if (zoomer) zoomer.style.zoom = level === 1 ? "" : String(level);
}

function fit() {
  const zoomer = tree.querySelector(".zoomer");
  const canvas = tree.querySelector(".canvas");
  zoomer.style.zoom = "";
  zoom(Math.min(1, canvas.clientWidth / zoomer.offsetWidth, canvas.clientHeight / zoomer.offsetHeight));
  canvas.scrollTo(0, 0);
}

tree.addEventListener("click", (event) => {
  const how = event.target.closest("[data-zoom]")?.dataset.zoom;
  if (how === "fit") fit();
  else if (how) zoom(level + (how === "in" ? STEP : -STEP));
});

// --- The keyboard -------------------------------------------------------------------------------

function send(op, step) {
  htmx.ajax("POST", tree.dataset.url, { target: "#tree", values: { op, step, seen: "0" } });
}

function beside(node, way) {
  const arm = node.closest("[data-arm]");
  const inside = node.parentElement.querySelector(":scope > .arms");
  if (way > 0 && inside) return inside.querySelector("[data-node]") ?? inside.querySelector(".plus");
  if (!arm) return null;
  let other = arm;
  do other = way > 0 ? other.nextElementSibling : other.previousElementSibling;
  while (other && !other.querySelector("[data-node], .plus"));
  if (other) return other.querySelector("[data-node]") ?? other.querySelector(".plus");
  return way < 0 ? arm.closest(".item-step").querySelector(":scope > [data-node]") : null;
}

function walk(node, way) {
  const all = nodes();
  return all[all.indexOf(node) + way];
}

const isStep = (node) => node.matches(".node") && node.dataset.node !== "entry";

const KEYS = {
  ArrowDown: (node) => walk(node, 1),
  ArrowUp: (node) => walk(node, -1),
  ArrowRight: (node) => beside(node, 1),
  ArrowLeft: (node) => beside(node, -1),
  Home: () => nodes()[0],
  End: () => nodes().at(-1),
};

tree.addEventListener("keydown", (event) => {
  const node = event.target.closest("[data-node]");
  if (!node || event.ctrlKey || event.metaKey) return;
  if (event.altKey) {
    const op = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (op && isStep(node) && menu) {
      event.preventDefault();
      send(op, node.dataset.node);
    }
    return;
  }
  if (event.key in KEYS) {
    event.preventDefault();
    const to = KEYS[event.key](node);
    to?.focus();
    to?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return;
  }
  if (act(event.key.toLowerCase(), node)) event.preventDefault();
});

function act(key, node) {
  if (key === "f") {
    for (const arm of node.parentElement.querySelectorAll(":scope > .arms > [data-arm]")) {
      if (arm.querySelector(":scope > [data-fold]")) toggle(arm);
    }
    return true;
  }
  if (!menu) return false;
  if (key === "a" || key === "insert") openMenu(node.dataset.place ?? "top", node);
  else if (key === "i") {
    const first = node.parentElement.querySelector(":scope > .arms .plus");
    if (first) openMenu(first.dataset.plus, first);
  } else if (!isStep(node)) return false;
  else if (key === "delete" || key === "backspace") send("remove", node.dataset.node);
  else if (key === "c") send("clone", node.dataset.node);
  else if (key === "m") {
    panel.addEventListener("htmx:afterSettle", openMove, { once: true });
    node.click();
  } else return false;
  return true;
}

function openMove() {
  const move = panel.querySelector("#move");
  if (!move) return;
  move.open = true;
  move.querySelector("select").focus();
}

document.addEventListener("keydown", (event) => {
  const isWriting = event.target.closest?.("input, textarea, select, dialog");
  if ((event.ctrlKey || event.metaKey) && !isWriting) {
    const key = event.key.toLowerCase();
    const op = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    const button = op && tree.querySelector(`.history [value=${op}]:not(:disabled)`);
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (isWriting || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!event.target.closest?.("#tree") && event.target !== document.body) return;
  if (event.key === "?") document.getElementById("keys").togglePopover();
  else if (event.key === "0") fit();
  else if (event.key === "-") zoom(level - STEP);
  else if (event.key === "=") zoom(level + STEP);
  else if (event.key.toLowerCase() === "p") document.getElementById("publish")?.click();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const go = event.target.closest("[data-go]");
  if (!go) return;
  event.preventDefault();
  go.closest("[popover]")?.hidePopover();
  if (goTo(go.dataset.go)) nodeOf(go.dataset.go).click();
});

fold();
zoom(level);
drawPreview();
if (panelKey()) mark(panelKey());
else goTo(location.hash.replace("#step-", "") || "entry");
