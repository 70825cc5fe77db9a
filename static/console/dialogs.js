// The drawer and the question.
//
// Drawer: whatever is swapped into #drawer-body opens it; `data-close` closes it, and so does an
// answer with `HX-Trigger: drawer-close`. A form in it is answered 422 while it has errors.
const drawer = document.getElementById("drawer");
const question = document.getElementById("question");

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "drawer-body") return;
  drawer.classList.toggle("wide", Boolean(drawer.querySelector("[data-wide]")));
  if (!drawer.open) drawer.showModal();
});
document.addEventListener("drawer-close", () => drawer.close());
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  // A click on the veil has the dialog itself as its target; in the drawer a half-written form
  // would be lost, so only Escape and the buttons close that.
  if (event.target === question || event.target.matches?.("dialog.command")) event.target.close();
});
drawer?.addEventListener("close", () => document.getElementById("drawer-body").replaceChildren());

// Question: `hx-confirm` on what htmx sends, `data-confirm` on plain forms and buttons.
// `data-confirm-title`, `data-confirm-yes` and `data-danger` say more.
export function ask(text, from) {
  question.querySelector("h2").textContent = from.dataset.confirmTitle ?? question.dataset.title;
  question.querySelector("p").textContent = text;
  const yes = question.querySelector("[value=yes]");
  yes.textContent = from.dataset.confirmYes ?? question.dataset.yes;
  yes.classList.toggle("danger", "danger" in from.dataset);
  question.returnValue = "";
  question.showModal();
  return new Promise((resolve) => {
    question.addEventListener("close", () => resolve(question.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question, event.detail.elt)) event.detail.issueRequest(true);
});

document.addEventListener("submit", async (event) => {
  const from = event.submitter?.dataset.confirm ? event.submitter : event.target;
  if (!from.dataset.confirm || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target: form, submitter } = event;
  if (!(await ask(from.dataset.confirm, from))) return;
  form.dataset.confirmed = "yes";
  form.requestSubmit(submitter);
  delete form.dataset.confirmed;
}, true);
