// Counts how long and how far this page is read, and says so in beacons.
// The server believes no more than its own clock; the running total makes lost beacons harmless.

const BEAT_MS = 5_000;
const TICK_MS = 500;
const IDLE_MS = 180_000;

const page = document.querySelector("[data-beacon]");
const article = document.getElementById("article");

let seq = 0;
let activeMs = 0;
let depth = 0;
let tickedAt = performance.now();
let movedAt = tickedAt;
let sent = { seconds: -1, depth: -1, final: false };

function measureDepth() {
  const box = article.getBoundingClientRect();
  const seen = (window.innerHeight - box.top) / box.height;
  depth = Math.max(depth, Math.min(100, Math.max(0, Math.round(seen * 100))));
}

function tick() {
  const now = performance.now();
  const isReading = document.visibilityState === "visible" && now - movedAt < IDLE_MS;
  if (isReading) activeMs += Math.min(now - tickedAt, BEAT_MS);
  tickedAt = now;
}

function send(final) {
  tick();
  const seconds = Math.floor(activeMs / 1_000);
  const isNews = seconds !== sent.seconds || depth !== sent.depth || (final && !sent.final);
  if (!isNews) return;
  seq += 1;
  sent = { seconds, depth, final };
  const body = JSON.stringify({ token: page.dataset.token, seq, seconds, depth, final });
  const accepted = navigator.sendBeacon?.(page.dataset.beacon, body);
  if (!accepted) {
    fetch(page.dataset.beacon, { method: "POST", body, keepalive: true }).catch(() => {});
  }
}

function moved() {
  movedAt = performance.now();
}

for (const name of ["scroll", "touchstart", "pointermove", "keydown"]) {
  window.addEventListener(name, moved, { passive: true });
}
window.addEventListener("scroll", measureDepth, { passive: true });
window.addEventListener("resize", measureDepth, { passive: true });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send(true);
  else tickedAt = movedAt = performance.now();
});
window.addEventListener("pagehide", () => send(true));

measureDepth();
setInterval(tick, TICK_MS);
setInterval(() => {
  if (document.visibilityState === "visible") send(false);
}, BEAT_MS);
