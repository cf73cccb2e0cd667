// Every page of the console works without this script. It presses the button of a
// page on which there is nothing to decide.
(function () {
  'use strict';
  var go = document.querySelector('form[data-go]');
  if (go && go.elements.state.value) go.submit();
})();
