// Every page works without this script; with it, it is a little kinder. Passkeys
// alone are not to be had without.
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

  // Passkeys: what is about them is hidden until it is known that the browser has
  // any. Bytes travel in base64url.
  var show = function (what) {
    document.querySelectorAll(what).forEach(function (el) { el.hidden = false; });
  };
  if (window.PublicKeyCredential && navigator.credentials) {
    show('[data-passkey]');
    if (document.querySelector('[data-offer]')) {
      PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then(function (yes) {
        if (yes) show('[data-offer]');
      });
    }
  }
  var bytes = function (text) {
    return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), function (c) { return c.charCodeAt(0); });
  };
  var text = function (buffer) {
    var chars = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(chars).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  };
  var sign = function (options) {
    options.challenge = bytes(options.challenge);
    (options.allowCredentials || options.excludeCredentials || []).forEach(function (c) { c.id = bytes(c.id); });
    if (!options.user) return navigator.credentials.get({ publicKey: options });
    options.user.id = bytes(options.user.id);
    return navigator.credentials.create({ publicKey: options });
  };
  var answer = function (c) {
    var r = {};
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach(function (name) {
      if (c.response[name]) r[name] = text(c.response[name]);
    });
    if (c.response.getTransports) r.transports = c.response.getTransports();
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response: r });
  };
  document.querySelectorAll('form[data-ask]').forEach(function (form) {
    var said = form.querySelector('[role=alert]'), busy;
    form.addEventListener('submit', function (e) {
      e.preventDefault();
      if (busy) return;
      busy = true;
      said.textContent = '';
      fetch(form.dataset.ask, { method: 'POST' }).then(function (r) { return r.json(); }).then(function (asked) {
        return sign(asked.publicKey);
      }).then(function (c) {
        form.elements.passkey.value = answer(c);
        form.submit();
      }).catch(function (err) {
        busy = false;
        said.textContent = err.name === 'InvalidStateError' && form.dataset.known || form.dataset.failed;
      });
    });
  });

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
