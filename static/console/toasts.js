// Short messages at the edge. They come with the page (`.toast` in #toasts), in the answer's
// `HX-Trigger: {"toast": {"text": "…", "level": "success"}}`, or from other modules.
const SHOWN_MS = 5_000;
const ERROR_MS = 10_000;
const place = document.getElementById("toasts");

export function toast(text, level = "success") {
  const one = document.createElement("div");
  one.className = `toast ${level}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", place.dataset.close);
  close.textContent = "×";
  one.append(words, close);
  place.append(one);
  present(one);
}

function present(one) {
  // Shown anew each time: whatever opened last lies on top, and a dialog may be open.
  place.hidePopover();
  place.showPopover();
  setTimeout(() => drop(one), one.classList.contains("error") ? ERROR_MS : SHOWN_MS);
}

function drop(one) {
  one.remove();
  if (!place.children.length) place.hidePopover();
}

place.addEventListener("click", (event) => {
  if (event.target.closest("button")) drop(event.target.closest(".toast"));
});
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
for (const one of place.querySelectorAll(".toast")) present(one);
