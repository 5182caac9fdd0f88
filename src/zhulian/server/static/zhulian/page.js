// Small habits of every page; nothing here is needed to read or to submit. No inline script anywhere (CSP).

const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || element.matches("input, textarea, select"));

// "/" goes to the page's search box; Escape closes an open menu and gives the focus back to its button.
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  }
  if (event.key === "Escape") {
    const menu = document.querySelector("details.zl-menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.zl-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const button = event.target.closest("[data-print], [data-copy]");
  if (button?.hasAttribute("data-print")) window.print();
  if (button?.hasAttribute("data-copy")) copy(button);
});

// The address to copy is in the attribute; the button says that it worked, also to a screen reader.
async function copy(button) {
  const said = button.querySelector("[data-said]") ?? button;
  const before = said.textContent;
  try {
    await navigator.clipboard.writeText(new URL(button.dataset.copy, location.href).href);
    said.textContent = button.dataset.done;
  } catch {
    said.textContent = button.dataset.failed;
  }
  setTimeout(() => { said.textContent = before; }, 2000);
}

// A form is sent once: a double click must not submit twice. The server has its own guard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Paper has no "open": clauses unfold for printing and fold again.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("main details:not([open])")) {
    part.open = true;
    part.dataset.printed = "1";
  }
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("main details[data-printed]")) {
    part.open = false;
    delete part.dataset.printed;
  }
});

// On a narrow screen the row of tabs scrolls sideways: the current one is brought into view, the page stays put.
for (const tab of document.querySelectorAll(".zl-tabs a[aria-current]")) {
  const row = tab.closest(".zl-tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
