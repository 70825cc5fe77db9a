// For browsers that know no modules: they would show an empty page for ever.
(function () {
  var failure = JSON.parse(document.getElementById("words").textContent).failures.old;
  var place = document.getElementById("app") || document.body;
  place.textContent = failure.title + " — " + failure.reason + " " + failure.steps.join(" ");
})();
