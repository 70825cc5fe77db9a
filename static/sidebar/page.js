// What all pages on a phone share: their words, asking the server, telling in a toast, sheets.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const boot = read("boot");
export const words = read("words");

// A session that has ended leads to the sign-in page; nothing else of ours redirects.
export class SignedOut extends Error {}

export class Refused extends Error {
  constructor(status, said) {
    super(said || words.failed);
    this.status = status;
  }
}

async function checked(answer) {
  if (answer.redirected) throw new SignedOut();
  if (answer.ok) return answer;
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") || "").indexOf("json") >= 0;
  const body = isJson ? JSON.parse(text) : {};
  throw new Refused(answer.status, body.said || body.reason);
}

export async function get(url) {
  return checked(await fetch(url, { credentials: "same-origin" }));
}

// `keepalive`: the client may close the page right after something was sent.
export async function post(url, fields) {
  const body = fields instanceof URLSearchParams ? fields : new URLSearchParams(fields || {});
  const token = document.querySelector("meta[name=csrf]").content;
  const headers = { "X-CSRFToken": token };
  return checked(
    await fetch(url, { method: "POST", body, headers, credentials: "same-origin", keepalive: true }),
  );
}

// One tap is one event, however often it arrives.
export function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

let timer = 0;

export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => { place.textContent = ""; }, 2600);
}

// While a button works it does not work twice.
export async function once(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    if (error instanceof SignedOut) location.reload();
    else toast(error instanceof Refused ? error.message : words.failed);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

export function openSheet(name) {
  const sheet = document.getElementById(`sheet-${name}`);
  if (sheet.showModal) sheet.showModal();
  else sheet.setAttribute("open", "");
  return sheet;
}

export function closeSheet(inside) {
  const sheet = inside.closest(".sheet");
  if (sheet.close) sheet.close();
  else sheet.removeAttribute("open");
}

// The first tap asks, a second one within three seconds does it.
export function isSure(button) {
  if (!button.dataset.sure || "asked" in button.dataset) {
    delete button.dataset.asked;
    return true;
  }
  button.dataset.asked = "";
  toast(button.dataset.sure);
  setTimeout(() => { delete button.dataset.asked; }, 3000);
  return false;
}
