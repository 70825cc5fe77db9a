// The sidebar: asks the client whose chat this is, fetches the card, and works on it.

import { boot, closeSheet, get, isSure, newToken, once, openSheet, post, toast, words, SignedOut } from "./page.js";
import { follow } from "./live.js";
import { detail, Failure, isCancelled, load } from "./sdk.js";

const CHATS = ["single_chat_tools", "contact_profile", "chat_attachment", "single_kf_tools"];
const app = document.getElementById("app");
let sdk = null;
let place = null;

// --- Beginning, and failing in words --------------------------------------------------------------

function fail(name, technical, reason) {
  const failure = words.failures[name] || words.failures.server;
  const shown = document.getElementById("failure").content.cloneNode(true);
  shown.querySelector("[data-title]").textContent = failure.title;
  shown.querySelector("[data-reason]").textContent = reason || failure.reason;
  shown.querySelector("[data-detail]").textContent = `${name} · ${technical || "-"}`;
  for (const step of failure.steps) {
    const line = document.createElement("li");
    line.textContent = step;
    shown.querySelector("[data-steps]").append(line);
  }
  app.replaceChildren(shown);
  app.setAttribute("aria-busy", "false");
}

// Whoever is signed in as somebody else signs out first; the page then asks WeCom who they are.
async function retry() {
  if (app.querySelector("[data-detail]").textContent.indexOf("member ") === 0) {
    try {
      await post(boot.urls.signOut);
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
    }
  }
  location.reload();
}

async function whoIsHere() {
  const { entry } = await sdk.getContext();
  const isGroup = entry === "group_chat_tools";
  if (!isGroup && CHATS.indexOf(entry) < 0) throw new Failure("entry", entry);
  try {
    if (isGroup) return { url: boot.urls.group, fields: { chat_id: (await sdk.getCurExternalChat()).chatId } };
    return { url: boot.urls.open, fields: { external_userid: (await sdk.getCurExternalContact()).userId } };
  } catch (error) {
    throw new Failure(isGroup ? "group" : "contact", detail(error));
  }
}

async function fetchCard() {
  const asked = await whoIsHere();
  try {
    return await (await post(asked.url, asked.fields)).text();
  } catch (error) {
    if (error instanceof SignedOut) throw new Failure("signin", "session");
    const missing = asked.url === boot.urls.group ? "group" : "missing";
    throw new Failure(error.status === 404 ? missing : "server", detail(error));
  }
}

// Development: the page was opened for a member of the sandbox, and somebody else is signed in.
function checkMember() {
  const wanted = new URLSearchParams(location.search).get("sim_member");
  if (wanted && window.wecomCalls && wanted.toLowerCase() !== boot.member.toLowerCase()) {
    throw new Failure("member", `${boot.member} ≠ ${wanted}`);
  }
}

async function begin() {
  try {
    checkMember();
    sdk = await load();
    show(await fetchCard());
  } catch (error) {
    if (error instanceof Failure) fail(error.failure, error.message, error.reason);
    else fail("server", detail(error));
  }
}

function show(html) {
  app.innerHTML = html;
  app.setAttribute("aria-busy", "false");
  const card = app.querySelector(".card");
  place = card.dataset.group
    ? { base: `/sidebar/g/${encodeURIComponent(card.dataset.group)}`, isGroup: true }
    : { base: `/sidebar/f/${card.dataset.follow}`, isGroup: false };
  if (place.isGroup) return;
  if (!app.querySelector("#panel-tasks .task")) choose(document.getElementById("tab-scripts"));
  live(card);
}

// --- Live -----------------------------------------------------------------------------------------

function live(card) {
  const shown = new Set(Array.from(app.querySelectorAll("[data-key]"), (row) => row.dataset.key));
  const told = new Set();
  let wasOffline = false;
  let unseen = 0;

  // The recorder and the dispatcher both tell of a reading; it is announced once.
  function announce(message) {
    if (told.has(message.event)) return;
    told.add(message.event);
    toast(message.detail ? `${message.title} · ${message.detail}` : message.title);
  }

  function onTimeline(message) {
    const list = document.getElementById("timeline");
    const empty = list.querySelector(".state");
    if (empty) empty.remove();
    list.insertAdjacentHTML("afterbegin", message.html);
    list.firstElementChild.classList.add("fresh");
    if (document.getElementById("panel-timeline").hidden) {
      unseen += 1;
      app.querySelector("[data-new-count]").textContent = unseen;
    }
    if (/^link_/.test(message.type)) announce(message);
    if (/^(touch_sent|staff_task|stage_)/.test(message.type)) refreshNext();
    if (/^(link_opened|order_)/.test(message.type)) refreshNext(FOLDED_MS);
  }

  function onAlert(message) {
    if (message.customer !== card.dataset.uid) return announce(message);
    if (message.kind === "high_intent") refreshNext();
    announce(message);
  }

  follow(`/live/customers/${card.dataset.uid}`, card.dataset.since, {
    heard(name, message) {
      if (shown.has(message.key)) return;
      shown.add(message.key);
      if (name === "timeline") onTimeline(message);
      else onAlert(message);
    },
    state(isOnline) {
      if (!isOnline && !wasOffline) toast(words.offline);
      if (isOnline && wasOffline) toast(words.online);
      wasOffline = !isOnline;
    },
    stale: () => location.reload(),
    gone: () => fail("signin", "bye"),
  });
  document.getElementById("tab-timeline").addEventListener("click", () => {
    unseen = 0;
    app.querySelector("[data-new-count]").textContent = "";
  });
}

// What happened stands in the figures once the dispatcher has counted it.
const FOLDED_MS = 1500;
let nextTimer = 0;

function refreshNext(after = 250) {
  clearTimeout(nextTimer);
  nextTimer = setTimeout(async () => {
    try {
      putNext(await (await get(`${place.base}/next`)).text(), false);
    } catch {
      // The next event asks again.
    }
  }, after);
}

// What somebody is writing in a task is theirs: the list waits until they have sent it.
function putNext(html, isAnswer) {
  const box = document.getElementById("next");
  box.innerHTML = html;
  const fresh = box.querySelector("template[data-tasks]");
  if (!fresh) return;
  const standing = box.querySelector("template[data-standing]");
  document.getElementById("standing").replaceChildren(standing.content);
  standing.remove();
  const panel = document.getElementById("panel-tasks");
  const isWriting = Array.from(panel.querySelectorAll("textarea")).some((area) => area.value !== area.defaultValue);
  if (isAnswer || !isWriting) panel.replaceChildren(fresh.content.cloneNode(true));
  app.querySelector("[data-task-count]").textContent = fresh.dataset.count === "0" ? "" : fresh.dataset.count;
  fresh.remove();
}

// --- Tabs and searches ----------------------------------------------------------------------------

function choose(tab) {
  for (const other of tab.parentNode.querySelectorAll("[role=tab]")) {
    const isChosen = other === tab;
    other.setAttribute("aria-selected", String(isChosen));
    other.tabIndex = isChosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !isChosen;
  }
  const panel = document.getElementById(tab.getAttribute("aria-controls"));
  if (panel.dataset.load && !panel.childElementCount) fill(panel, "");
}

async function fill(panel, part) {
  const what = panel.dataset.load || "materials";
  const html = await (await post(`${place.base}/${what}`, { q: part })).text();
  const found = panel.querySelector("[data-found]");
  if (!found) {
    panel.innerHTML = html;
    return;
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  found.replaceWith(fresh.content.querySelector("[data-found]"));
}

let findTimer = 0;

app.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find]")) return;
  const panel = event.target.closest("[role=tabpanel]");
  clearTimeout(findTimer);
  findTimer = setTimeout(() => fill(panel, event.target.value.trim()).catch(() => toast(words.failed)), 200);
});

app.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  const tabs = Array.from(tab.parentNode.querySelectorAll("[role=tab]"));
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  next.focus();
  choose(next);
});

// --- Sending --------------------------------------------------------------------------------------

async function messagesOf(item, text) {
  const messages = text ? [{ msgtype: "text", text: { content: text } }] : [];
  const material = item.dataset.material;
  if (material) messages.push(await (await post(`${place.base}/message`, { material_id: material })).json());
  return messages;
}

async function send(item, text) {
  const messages = await messagesOf(item, text);
  if (!messages.length) return toast(words.empty);
  try {
    for (const message of messages) {
      const isLast = message === messages[messages.length - 1];
      await sdk.sendChatMessage(Object.assign({ enterChat: isLast }, message));
    }
  } catch (error) {
    return toast(isCancelled(error) ? words.cancelled : words.not_sent);
  }
  if (place.isGroup) return toast(words.sent);
  const told = await post(`${place.base}/sent`, {
    kind: item.dataset.kind,
    title: item.dataset.title,
    material_id: item.dataset.material || "",
    script_id: item.dataset.script || "",
    token: newToken(),
  });
  toast((await told.json()).said);
  if (item.dataset.task) await answer(item.dataset.task, { answer: "done" });
}

async function answer(task, fields) {
  putNext(await (await post(`${place.base}/tasks/${task}`, fields)).text(), true);
}

function textOf(item) {
  const area = item.querySelector("[data-words]");
  return (area ? area.value : item.dataset.text || "").trim();
}

// --- Taps -----------------------------------------------------------------------------------------

const TAPS = {
  "[role=tab]": (tab) => choose(tab),
  "[data-retry]": (button) => once(button, retry),
  "[data-close]": (button) => closeSheet(button),
  "[data-use]": (button) => once(button, () => send(button.closest("[data-kind]"), button.dataset.text)),
  "[data-send]": (button) => {
    const item = button.closest("[data-kind]");
    once(button, () => send(item, textOf(item)));
  },
  "[data-done]": (button) => once(button, async () => {
    await answer(button.closest("[data-task]").dataset.task, { answer: "done" });
    toast(words.changed);
  }),
  "[data-later]": (button) => {
    openSheet("later").dataset.task = button.closest("[data-task]").dataset.task;
  },
  "[data-mark]": (button) => {
    if (!isSure(button)) return;
    once(button, async () => {
      const fields = { mark: button.dataset.mark, token: newToken() };
      toast((await (await post(`${place.base}/marks`, fields)).json()).said);
    });
  },
  "[data-older]": (button) => once(button, async () => {
    const query = `before=${encodeURIComponent(button.dataset.older)}`;
    const html = await (await get(`${place.base}/timeline?${query}`)).text();
    const row = button.closest("li");
    row.insertAdjacentHTML("afterend", html);
    row.remove();
  }),
  "[data-sheet]": (button) => {
    const sheet = openSheet(button.dataset.sheet);
    if (button.dataset.sheet !== "tags") return;
    once(button, async () => {
      sheet.querySelector("[data-body]").innerHTML = await (await get(`${place.base}/tags`)).text();
    });
  },
};

app.addEventListener("click", (event) => {
  for (const selector of Object.keys(TAPS)) {
    const found = event.target.closest(selector);
    if (found) return TAPS[selector](found);
  }
});

const FORMS = {
  async tags(form) {
    document.getElementById("tags").innerHTML = await (await post(`${place.base}/tags`, values(form))).text();
    toast(words.changed);
  },
  async remark(form) {
    const fields = values(form);
    toast((await (await post(`${place.base}/remark`, fields)).json()).said);
    app.querySelector("[data-remark]").textContent = fields.get("remark") || words.unnamed;
    const about = app.querySelector("[data-about]");
    about.textContent = about.title = fields.get("description");
    about.hidden = !about.textContent;
  },
  async note(form) {
    toast((await (await post(`${place.base}/notes`, values(form))).json()).said);
    form.reset();
  },
  async later(form) {
    await answer(form.closest(".sheet").dataset.task, values(form));
    toast(words.changed);
  },
};

function values(form) {
  const fields = new URLSearchParams(new FormData(form));
  if (!fields.has("token")) fields.set("token", newToken());
  return fields;
}

app.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  once(form, async () => {
    await FORMS[form.dataset.form](form);
    closeSheet(form);
  });
});

begin();
