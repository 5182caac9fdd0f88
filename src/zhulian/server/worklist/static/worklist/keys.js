// Keyboard on the list: j and k move, Enter opens (the link has the focus), x ticks. Without it every link still works.
const rows = [...document.querySelectorAll("[data-row]")];
const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || element.matches("input:not([type=checkbox]), textarea, select, button, a"));
let here = -1;

function go(step) {
  if (!rows.length) return;
  rows[here]?.classList.remove("wl-here");
  here = Math.min(rows.length - 1, Math.max(0, here + step));
  const row = rows[here];
  row.classList.add("wl-here");
  row.querySelector("[data-open]").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

const keys = {
  j: () => go(1),
  k: () => go(here < 0 ? 1 : -1),
  x: () => rows[here]?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const away = event.ctrlKey || event.metaKey || event.altKey;
  const inList = event.target.closest?.("[data-row]");
  if (away || !(event.key in keys) || (typing(event.target) && !inList)) return;
  event.preventDefault();
  keys[event.key]();
});

// Where the focus goes by Tab or mouse, the keys go on from there.
for (const [index, row] of rows.entries()) {
  row.addEventListener("focusin", () => {
    rows[here]?.classList.remove("wl-here");
    here = index;
    row.classList.add("wl-here");
  });
}

const all = document.querySelector("[data-all]");
all?.addEventListener("change", () => {
  for (const row of rows) {
    const box = row.querySelector("input[type=checkbox]");
    if (box) box.checked = all.checked;
  }
});
