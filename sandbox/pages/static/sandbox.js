// The page keeps its state in the address; regions are rendered by the server and fetched each
// second. A click or form with data-do posts to the control API, then the regions are fetched.

const POLL_MS = 1000;
const region = (name) => document.querySelector(`[data-region="${name}"]`);
const toast = document.querySelector("[data-toast]");
let toastTimer = 0;
let running = null;

function tell(text) {
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("shown"), 4000);
}

function isTyping(box) {
  const active = document.activeElement;
  return box.contains(active) && active.matches("input, textarea, select");
}

function keep(box) {
  const open = new Set();
  const scroll = new Map();
  for (const part of box.querySelectorAll("[data-key]")) {
    if (part.open) open.add(part.dataset.key);
    const isAtEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
    scroll.set(part.dataset.key, { top: part.scrollTop, isAtEnd });
  }
  return { open, scroll, top: box.scrollTop };
}

function restore(box, kept) {
  for (const part of box.querySelectorAll("[data-key]")) {
    if (kept.open.has(part.dataset.key)) part.open = true;
    const place = kept.scroll.get(part.dataset.key);
    const isAtEnd = "bottom" in part.dataset && (!place || place.isAtEnd);
    if (isAtEnd) part.scrollTop = part.scrollHeight;
    else if (place) part.scrollTop = place.top;
  }
  box.scrollTop = kept.top;
}

function show(regions, isForced) {
  for (const [name, { hash, html }] of Object.entries(regions)) {
    const box = region(name);
    if (!box || (!isForced && isTyping(box))) continue;
    const kept = keep(box);
    box.innerHTML = html;
    box.dataset.hash = hash;
    restore(box, kept);
  }
}

async function refresh({ isForced = false } = {}) {
  const have = [...document.querySelectorAll("[data-region]")]
    .map((box) => `${box.dataset.region}:${box.dataset.hash}`)
    .join(",");
  const asked = location.search;
  const query = new URLSearchParams(asked);
  query.set("have", have);
  const answer = await fetch(`/_pages/regions?${query}`);
  if (!answer.ok) throw new Error(`沙箱回答 ${answer.status}`);
  const regions = await answer.json();
  if (asked === location.search) show(regions, isForced);
  document.body.classList.remove("offline");
}

async function poll() {
  if (!document.hidden && !running) {
    running = refresh()
      .catch(() => document.body.classList.add("offline"))
      .finally(() => { running = null; });
    await running;
  }
  setTimeout(poll, POLL_MS);
}

async function go(search) {
  history.pushState(null, "", search || "/");
  await refresh({ isForced: true });
  for (const name of ["phone-body", "staff-body"]) {
    const box = region(name);
    if (!box.querySelector("[data-bottom]")) box.scrollTop = 0;
  }
}

function change(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  return go(`?${query}`);
}

function fields(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    const input = form.elements.namedItem(name);
    if (name.startsWith("selected.")) {
      values.selected ??= {};
      (values.selected[name.slice(9)] ??= []).push(value);
    } else {
      values[name] = input.type === "number" ? Number(value) : value;
    }
  }
  return values;
}

function body(source) {
  const values = JSON.parse(source.dataset.args || "{}");
  if (source.tagName !== "FORM") return values;
  if (source.dataset.append) values[source.dataset.append].push(fields(source));
  else Object.assign(values, fields(source));
  return values;
}

const NEXT = {
  chat: (result) => ({ screen: "chats", chat: result.userid, code: "" }),
  group: (result) => ({ screen: "groups", chat: result.chat_id, code: "" }),
  customer: (result) => ({ customer: result.external_userid, screen: "scan", chat: "", q: "" }),
};

async function act(source) {
  const name = source.dataset.do;
  const answer = await fetch(name.startsWith("/") ? name : `/_sim/actions/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body(source)),
  });
  const result = await answer.json().catch(() => ({ error: `沙箱回答 ${answer.status}` }));
  if (!answer.ok) return tell(result.error || `沙箱回答 ${answer.status}`);
  if (source.tagName === "FORM") source.reset();
  const next = NEXT[source.dataset.then];
  await (next ? change(next(result)) : refresh({ isForced: true }));
}

function isSure(button) {
  if (!button.dataset.sure || "asked" in button.dataset) return true;
  const label = button.textContent;
  button.dataset.asked = "";
  button.textContent = button.dataset.sure;
  setTimeout(() => {
    delete button.dataset.asked;
    button.textContent = label;
  }, 3000);
  return false;
}

async function once(source, work) {
  if (source.ariaBusy === "true") return;
  source.ariaBusy = "true";
  try {
    await work();
  } catch (error) {
    tell(error.message);
  } finally {
    source.ariaBusy = null;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link && isPlain) {
    event.preventDefault();
    once(link, () => go(link.getAttribute("href")));
    return;
  }
  const button = event.target.closest("button[data-do]");
  if (button && isSure(button)) once(button, () => act(button));
  if (event.target.closest("[data-theme]")) switchTheme();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.do) {
    once(form, () => act(form));
  } else {
    const input = form.querySelector("input[type=search]");
    once(form, () => change({ [input.name]: input.value }));
  }
});

let searchTimer = 0;
document.addEventListener("input", (event) => {
  const input = event.target;
  if (input.type !== "search") return;
  clearTimeout(searchTimer);
  searchTimer = setTimeout(async () => {
    const { name, value } = input;
    await change({ [name]: value });
    const again = document.querySelector(`input[type=search][name="${name}"]`);
    again?.focus();
    again?.setSelectionRange(value.length, value.length);
  }, 250);
});

window.addEventListener("popstate", () => refresh({ isForced: true }).catch(() => {}));

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  localStorage.setItem("sandbox-theme", root.dataset.theme);
}

const theme = localStorage.getItem("sandbox-theme");
if (theme) document.documentElement.dataset.theme = theme;
for (const part of document.querySelectorAll("[data-bottom]")) part.scrollTop = part.scrollHeight;
setTimeout(poll, POLL_MS);
