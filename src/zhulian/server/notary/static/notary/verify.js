// 核验: checks a bundle, a proof or two checkpoints in the browser, with verifier/verify.js. Nothing leaves the page.
const v = globalThis.zhulianVerify;
const form = document.querySelector("[data-verify]");
const outcome = document.querySelector("[data-outcome]");
const words = JSON.parse(document.getElementById("verify-words").textContent);

const element = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });
const said = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
const field = (name) => form.elements[name];
const file = (name) => field(name).files[0];
const text = async (name) => (await file(name)).text();

function shown(holds, title, lines) {
  outcome.replaceChildren();
  outcome.className = "zl-note mt-3 " + (holds ? "zl-note-met" : "zl-note-short");
  outcome.append(element("b", title));
  const list = element("ul", "", "zl-list");
  for (const line of lines) list.append(element("li", line));
  outcome.append(list);
  outcome.hidden = false;
  outcome.focus();
}

function key() {
  const given = field("key").value.trim();
  return given ? v.readKey(given) : null;
}

function ofBundle(found) {
  const lines = [
    said(words.bundle, found),
    said(words.leaves, found),
    ...found.documents.map((each) => said(each.inLeaf ? words.document : words.document_alone, { title: each.title || each.path })),
    ...Object.entries(found.witnesses).map(([name, at]) => said(words.witness, { name, at: new Date(at * 1000).toLocaleString() })),
  ];
  if (found.openings) lines.push(said(words.openings, found));
  if (found.ownKey) lines.push(words.own_key);
  return lines;
}

async function checked() {
  const kind = field("kind").value;
  if (kind === "bundle") {
    const bytes = new Uint8Array(await file("bundle").arrayBuffer());
    return ofBundle(v.checkBundle(await v.readBundle(bytes), key()));
  }
  const own = key();
  if (!own) throw new v.Refused("note.key", words.key_needed, true);
  if (kind === "inclusion") {
    const leaf = new Uint8Array(await file("leaf").arrayBuffer());
    return [said(words.inclusion, v.checkProof(leaf, await text("proof"), own))];
  }
  const growth = v.checkGrowth(await text("old"), await text("latest"), await text("growth"), own);
  return [said(words.consistency, growth)];
}

function choose() {
  for (const part of form.querySelectorAll("[data-kind]")) {
    const chosen = part.dataset.kind === field("kind").value;
    part.hidden = !chosen;
    for (const input of part.querySelectorAll("input")) input.disabled = !chosen;
  }
}

form.addEventListener("change", (event) => event.target.name === "kind" && choose());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    shown(true, words.holds, await checked());
  } catch (error) {
    if (!(error instanceof v.Refused)) throw error;
    const why = words[error.code] ?? words.other;
    shown(false, error.unreadable ? words.unreadable : words.refuted, [why, error.code + "：" + error.message]);
  }
});
choose();
