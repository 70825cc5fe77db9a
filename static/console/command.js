// The command menu: letters find, arrows choose, Enter goes.
const dialog = document.getElementById("command");
const field = dialog.querySelector("input");
const found = document.getElementById("found");

const options = () => [...found.querySelectorAll("[role=option]")];
const chosen = () => found.querySelector("[aria-selected=true]");

export function open() {
  if (dialog.open) return;
  dialog.showModal();
  field.select();
  htmx.trigger(field, "opened");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

function step(by) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  choose(all[(at + by + all.length) % all.length]);
}

field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    chosen()?.click();
  }
});
found.addEventListener("htmx:afterSwap", () => choose(options()[0]));
