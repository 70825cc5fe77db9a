// The editor's preview, and a poster that is drawn anew while it is written.
const WAIT_MS = 400;

const form = document.querySelector("[data-code-form]");
if (form) {
  const text = form.querySelector("[name=text]");
  const material = form.querySelector("[name=material]");
  const bubble = form.querySelector("[data-preview-text]");
  const card = form.querySelector("[data-preview-material]");
  const nothing = form.querySelector("[data-preview-nothing]");
  const show = () => {
    const chosen = form.querySelector("[name=staff]:checked")?.closest("label");
    bubble.textContent = text.value
      .replaceAll("{客户}", "小林")
      .replaceAll("{员工}", chosen?.textContent.trim() ?? "{员工}");
    bubble.hidden = text.value.trim() === "";
    card.hidden = material.value === "";
    nothing.hidden = !(bubble.hidden && card.hidden);
    card.textContent = material.selectedOptions[0]?.textContent ?? "";
  };
  form.addEventListener("input", show);
  show();
}

const poster = document.querySelector("[data-poster]");
const posterForm = document.querySelector("[data-poster-form]");
if (poster && posterForm) {
  let waiting;
  const draw = () => {
    if (!posterForm.reportValidity()) return;
    const words = new URLSearchParams(new FormData(posterForm));
    poster.src = `${poster.src.split("?")[0]}?${words}`;
    for (const link of posterForm.querySelectorAll("[data-poster-file]")) {
      link.href = `${link.href.split("?")[0]}?${words}&download=1`;
    }
  };
  posterForm.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, WAIT_MS);
  });
}
