/* Where the focus goes, what is read aloud, and a thin line when an answer takes its time. */
(function () {
  "use strict";
  var PATIENCE = 300;
  var waiting = new Map();

  function say(words) {
    var live = document.getElementById("yh-live");
    if (!live || !words) return;
    live.textContent = "";
    window.setTimeout(function () { live.textContent = words; }, 50);
  }

  function sheetOf(element) {
    return element && element.closest ? element.closest(".yh-sheet, .yh-verdict, .yh-timeline") : null;
  }

  function focusOn(element) {
    if (!element) return;
    if (!element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
    element.focus({ preventScroll: false });
  }

  document.addEventListener("htmx:beforeRequest", function (event) {
    var sheet = sheetOf(event.detail.target) || sheetOf(event.detail.elt);
    if (!sheet) return;
    waiting.set(event.detail.xhr, {
      sheet: sheet,
      timer: window.setTimeout(function () { sheet.classList.add("yh-loading"); }, PATIENCE)
    });
    sheet.setAttribute("aria-busy", "true");
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var held = waiting.get(event.detail.xhr);
    if (!held) return;
    window.clearTimeout(held.timer);
    held.sheet.classList.remove("yh-loading");
    held.sheet.removeAttribute("aria-busy");
    waiting.delete(event.detail.xhr);
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var place = event.detail.elt;
    if (!place || !place.querySelector) return;
    if (place.hasAttribute("data-yh-stay")) return;
    var errors = place.matches("[data-yh-focus]") ? place : place.querySelector("[data-yh-focus]");
    var heading = place.querySelector("h1, h2, h3");
    focusOn(errors || heading);
    say(place.getAttribute("data-yh-say") || (heading && heading.textContent.trim()));
  });

  function lost() { say("没有连上服务器，填写的内容还在本页，稍后再试"); }
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  document.addEventListener("htmx:responseError", function () { say("没有办成，填写的内容还在本页，稍后再试"); });

  document.addEventListener("DOMContentLoaded", function () {
    focusOn(document.querySelector("[data-yh-focus]"));
    document.addEventListener("click", function (event) {
      var trigger = event.target.closest("[data-yh-print]");
      if (trigger) window.print();
    });
  });
})();
