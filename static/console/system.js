// Asks for the page's inner part again every few seconds while it is being looked at.

const EVERY_MS = 3_000;
const region = document.querySelector("[data-live]");

async function refresh() {
  if (document.visibilityState !== "visible" || getSelection()?.toString()) return;
  try {
    const answer = await fetch(region.dataset.live, { headers: { "X-Fragment": "1" } });
    if (answer.redirected) location.reload();
    else if (answer.ok) region.innerHTML = await answer.text();
  } catch {
    // The server is away for a moment: what is shown stays, the next round asks again.
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
