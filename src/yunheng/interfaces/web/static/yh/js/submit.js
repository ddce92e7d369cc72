/* A form is sent once: its button is put out the moment it is pressed. */
(function () {
  "use strict";

  function putOut(form, button) {
    form.setAttribute("data-yh-sent", "");
    // After the browser has gathered the values, for the pressed button's own value is one of them.
    window.setTimeout(function () {
      if (button) {
        button.setAttribute("aria-disabled", "true");
        button.disabled = true;
      }
    }, 0);
  }

  function lightUp(form) {
    form.removeAttribute("data-yh-sent");
    document.querySelectorAll("[aria-disabled='true']").forEach(function (button) {
      if (button.form === form) {
        button.removeAttribute("aria-disabled");
        button.disabled = false;
      }
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-yh-many")) return;
    if (form.hasAttribute("data-yh-sent")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    putOut(form, event.submitter);
  }, true);

  // An answer of HTMX, or the way back in the browser, finds the form as it was.
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest && event.target.closest("form");
    if (form) lightUp(form);
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[data-yh-sent]").forEach(lightUp);
  });
})();
