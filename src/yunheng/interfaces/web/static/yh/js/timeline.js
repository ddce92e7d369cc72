/* A narrow screen starts at the piece in question; the arrow keys go from piece to piece. */
(function () {
  "use strict";

  function prepare(root) {
    root.querySelectorAll("[data-yh-timeline]").forEach(function (box) {
      var start = Number(box.getAttribute("data-yh-timeline")) / 100;
      box.scrollLeft = Math.max(0, box.scrollWidth * start - box.clientWidth / 2);
    });
  }

  document.addEventListener("keydown", function (event) {
    var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    var link = step && event.target.closest ? event.target.closest(".yh-tl__link") : null;
    if (!link) return;
    var all = Array.from(link.closest("svg").querySelectorAll(".yh-tl__link"));
    var next = all[all.indexOf(link) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  document.addEventListener("DOMContentLoaded", function () { prepare(document); });
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.elt && event.detail.elt.querySelectorAll) prepare(event.detail.elt);
  });
})();
