/* Our one-line summary of an article, 300 ms after the pointer or the focus has come to its chip. */
(function () {
  "use strict";
  var DELAY = 300;
  var LEAVE = 160; // time to move the pointer from the chip into the pop-over
  var timer = 0;
  var open = null;

  function build(chip) {
    var pop = document.createElement("div");
    pop.className = "yh-pop";
    pop.id = "yh-pop";
    pop.setAttribute("role", "tooltip");
    var words = document.createElement("p");
    words.className = "yh-pop__words";
    words.textContent = chip.getAttribute("data-yh-summary");
    var where = document.createElement("div");
    where.className = "yh-pop__where";
    var name = document.createElement("span");
    name.textContent = chip.getAttribute("data-yh-article");
    var link = document.createElement("a");
    link.href = chip.href;
    link.tabIndex = -1; // the chip itself is the same link
    link.textContent = "去条文阅览";
    where.append(name, link);
    pop.append(words, where);
    return pop;
  }

  function place(pop, chip) {
    var at = chip.getBoundingClientRect();
    var room = document.documentElement.clientWidth;
    var left = Math.max(12, Math.min(at.left, room - pop.offsetWidth - 12));
    var below = at.bottom + 6;
    var fits = below + pop.offsetHeight <= window.innerHeight;
    var top = fits ? below : Math.max(6, at.top - pop.offsetHeight - 6);
    pop.style.left = left + window.scrollX + "px";
    pop.style.top = top + window.scrollY + "px";
  }

  function show(chip) {
    hide();
    var pop = build(chip);
    document.body.appendChild(pop);
    place(pop, chip);
    chip.setAttribute("aria-describedby", pop.id);
    open = { chip: chip, pop: pop };
    pop.addEventListener("mouseenter", function () { window.clearTimeout(timer); });
    pop.addEventListener("mouseleave", leave);
  }

  function hide() {
    window.clearTimeout(timer);
    if (!open) return;
    open.chip.removeAttribute("aria-describedby");
    open.pop.remove();
    open = null;
  }

  function chipOf(event) {
    return event.target.closest ? event.target.closest("[data-yh-summary]") : null;
  }

  function come(event) {
    var chip = chipOf(event);
    if (!chip) return;
    window.clearTimeout(timer);
    if (open && open.chip === chip) return;
    timer = window.setTimeout(function () { show(chip); }, DELAY);
  }

  function leave() {
    window.clearTimeout(timer);
    timer = window.setTimeout(hide, LEAVE);
  }

  document.addEventListener("mouseover", come);
  document.addEventListener("mouseout", function (event) { if (chipOf(event)) leave(); });
  document.addEventListener("focusin", come);
  document.addEventListener("focusout", function (event) { if (chipOf(event)) leave(); });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hide(); });
  document.addEventListener("htmx:beforeSwap", hide);
})();
