// Check boxes with a search above them: what does not fit is hidden, how many are chosen is counted.
function count(picker) {
  const chosen = picker.querySelectorAll("[data-picker-choice] :checked").length;
  picker.querySelector("[data-picker-count]").textContent = chosen;
}

function narrow(picker) {
  const wanted = picker.querySelector("[data-picker-search]").value.trim().toLowerCase();
  for (const choice of picker.querySelectorAll("[data-picker-choice]")) {
    const fits = choice.textContent.toLowerCase().includes(wanted);
    choice.hidden = !fits && !choice.querySelector(":checked");
  }
  for (const name of picker.querySelectorAll(".group-name")) name.hidden = wanted !== "";
}

document.addEventListener("input", (event) => {
  const picker = event.target.closest("[data-picker]");
  if (!picker) return;
  if (event.target.matches("[data-picker-search]")) narrow(picker);
  count(picker);
});
// Enter in the search would send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picker-search]")) event.preventDefault();
});
for (const picker of document.querySelectorAll("[data-picker]")) count(picker);
