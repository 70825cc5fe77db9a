// The article editor and links to copy.
import "./copy.js";

// A chosen picture is sent at once: the draft is saved and the picture shown.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-upload]") || !event.target.files.length) return;
  event.target.form.requestSubmit(event.target.form.querySelector("[value=save]"));
});
