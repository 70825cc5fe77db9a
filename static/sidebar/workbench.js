// The workbench: opening chats, closing tasks, reminding colleagues, and what happens as it happens.

import { get, once, post, toast, words } from "./page.js";
import { follow } from "./live.js";
import { detail, Failure, load } from "./sdk.js";

const app = document.getElementById("app");
let sdk = null;

async function openChat(contact) {
  try {
    sdk = sdk || (await load());
    await sdk.openEnterpriseChat({ groupName: "", externalUserIds: [contact] });
  } catch (error) {
    if (!(error instanceof Failure)) return toast(detail(error));
    toast(error.failure === "outside" ? words.no_chat : words.failures[error.failure].title);
  }
}

function lower(name) {
  const place = document.querySelector(`[data-count="${name}"]`);
  if (place) place.textContent = Math.max(0, Number(place.textContent) - 1);
}

async function done(task) {
  await post(`/sidebar/f/${followOf(task)}/tasks/${task.dataset.task}`, { answer: "done" });
  lower(task.classList.contains("overdue") ? "overdue" : "todo");
  task.remove();
  toast(words.changed);
}

function followOf(task) {
  return task.dataset.follow || task.closest("[data-follow]").dataset.follow;
}

const TAPS = {
  "[data-open-chat]": (button) => once(button, () => openChat(button.dataset.openChat)),
  "[data-done]": (button) => once(button, () => done(button.closest("[data-task]"))),
  "[data-urge]": (button) => once(button, async () => {
    toast((await (await post(button.dataset.urge)).json()).said);
  }),
  "[role=tab]": (tab) => {
    for (const other of tab.parentNode.querySelectorAll("[role=tab]")) {
      const isChosen = other === tab;
      other.setAttribute("aria-selected", String(isChosen));
      other.tabIndex = isChosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !isChosen;
    }
  },
  "[data-older]": (button) => once(button, async () => {
    const base = `/sidebar/f/${button.closest("[data-follow]").dataset.follow}`;
    const html = await (await get(`${base}/timeline?before=${encodeURIComponent(button.dataset.older)}`)).text();
    const row = button.closest("li");
    row.insertAdjacentHTML("afterend", html);
    row.remove();
  }),
};

app.addEventListener("click", (event) => {
  for (const selector of Object.keys(TAPS)) {
    const found = event.target.closest(selector);
    if (found) return TAPS[selector](found);
  }
});

// --- Live: the feed of the day, or the timeline of one customer -----------------------------------

function watch(path, since, list) {
  const shown = new Set(Array.from(list.querySelectorAll("[data-key]"), (row) => row.dataset.key));
  const wanted = path === "/live/me" ? "alert" : "timeline";
  follow(path, since, {
    heard(name, message) {
      if (name !== wanted || shown.has(message.key)) return;
      shown.add(message.key);
      const empty = list.querySelector(".state");
      if (empty) empty.remove();
      list.insertAdjacentHTML("afterbegin", message.html);
      list.firstElementChild.classList.add("fresh");
      toast(message.detail ? `${message.title} · ${message.detail}` : message.title);
    },
    state() {},
    stale: () => location.reload(),
    gone: () => location.reload(),
  });
}

const feed = document.getElementById("feed");
const card = app.querySelector(".card[data-uid]");
if (feed) watch("/live/me", feed.dataset.since, document.getElementById("alerts"));
if (card) watch(`/live/customers/${card.dataset.uid}`, card.dataset.since, document.getElementById("timeline"));
