// The article editor and links to copy.
import { toast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(button.dataset.copied);
});

// A chosen picture is sent at once: the draft is saved and the picture shown.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-upload]") || !event.target.files.length) return;
  event.target.form.requestSubmit(event.target.form.querySelector("[value=save]"));
});
