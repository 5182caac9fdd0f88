// The bell's number is asked for anew every two minutes, and only while the page is looked at: no polling behind it.
const INTERVAL = 120_000;
const bell = document.getElementById("bell-count");
let asked = Date.now();

function ask() {
  if (document.hidden || !window.htmx || Date.now() - asked < INTERVAL) return;
  asked = Date.now();
  window.htmx.trigger(bell, "refresh");
}

if (bell) {
  setInterval(ask, INTERVAL / 4);
  document.addEventListener("visibilitychange", ask);
}
