// The dashboard: printing, and an export that follows the filters as they change.

addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const link of document.querySelectorAll("[data-follows-query]")) {
    link.search = location.search;
  }
});
