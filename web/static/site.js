// Every page works without this script; with it, it is a little kinder.
(function () {
  'use strict';

  // A page that comes back from the back/forward cache may show what is no
  // longer this person's to see.
  addEventListener('pageshow', function (e) {
    if (e.persisted) location.reload();
  });

  // A page that answers a form has all that was typed with it in the browser's
  // history, on disk too. An ordinary page stands there instead.
  var answered = document.querySelector('[data-instead]');
  if (answered) history.replaceState(null, '', answered.dataset.instead);

  // The server writes times in UTC, since it cannot know where the reader is.
  document.querySelectorAll('time').forEach(function (el) {
    var style = { dateStyle: 'long' };
    if (el.dataset.clock) style.timeStyle = 'short';
    el.textContent = new Date(el.dateTime).toLocaleString(document.documentElement.lang, style);
  });

  // Show what is typed. Without this script there is no box to tick.
  var password = document.querySelector('[data-reveal]');
  if (password) {
    var label = document.createElement('label');
    var reveal = document.createElement('input');
    label.className = 'check';
    reveal.type = 'checkbox';
    reveal.id = 'reveal';
    reveal.autocomplete = 'off';
    label.append(reveal, password.dataset.reveal);
    password.after(label);
    reveal.addEventListener('change', function () {
      password.type = reveal.checked ? 'text' : 'password';
    });
    password.form.addEventListener('submit', function () {
      password.type = 'password'; // so that password managers offer to keep it
    });
  }

  // Tell the sender that a person opened the link: once somebody has touched the
  // page, or has had it in sight for a second.
  var opened = document.querySelector('[data-opened]');
  if (opened) {
    var timer;
    var tell = function () {
      if (!opened) return;
      fetch(opened.dataset.opened, { method: 'POST', keepalive: true }).catch(function () {});
      opened = null;
    };
    var look = function () {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') timer = setTimeout(tell, 1000);
    };
    document.addEventListener('visibilitychange', look);
    ['pointerdown', 'keydown'].forEach(function (type) {
      addEventListener(type, function (e) { if (e.isTrusted) tell(); }, { once: true, passive: true });
    });
    look();
  }
})();
