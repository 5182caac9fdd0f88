// Copies the front-end parts into src/zhulian/server/static/vendor, with a compressed twin of each: WhiteNoise serves
// `name.br` or `name.gz` to whoever accepts it. The folder is made anew each time, so nothing stale is served.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const vendor = join(root, "src/zhulian/server/static/vendor");

// file of the package → file that is served
const FILES = {
  "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
  "htmx.org/LICENSE": "htmx.LICENSE.txt",
};

// The verifiers as others get them: the portal's page 核验 runs the one, offers both, and bundles hold the other.
const VERIFIERS = ["verify.js", "zhulian_verify.py"];

// Icons of @tabler/icons (MIT) that pages may use, by their name there; tests hold the templates to this list.
const ICONS = [
  "alert-triangle", "arrow-left", "arrow-right", "bell", "building", "building-community", "calendar", "certificate", "check",
  "checklist", "chevron-down", "chevron-right", "circle-check", "circle-x", "clock", "copy", "database-import",
  "download", "external-link", "eye", "eye-off", "file-search", "filter", "history", "home", "hourglass", "id-badge-2",
  "info-circle", "link", "list-details", "lock", "login", "logout", "menu-2", "minus", "printer", "help",
  "refresh", "scale", "search", "settings", "shield-check", "sort-ascending", "sort-descending", "table-import",
  "upload", "user", "users", "x",
];

function serve(name, text) {
  const bytes = Buffer.from(text);
  const path = join(vendor, name);
  writeFileSync(path, bytes);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
}

function symbol(name) {
  const svg = readFileSync(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [from, to] of Object.entries(FILES)) {
  // Source maps are not served, so their pointer would only make browsers ask for a missing file.
  serve(to, readFileSync(join(modules, from), "utf8").replace(/\/[*/]# sourceMappingURL=.*$/m, ""));
}
for (const name of VERIFIERS) serve(name, readFileSync(join(root, "verifier", name), "utf8"));
serve("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${ICONS.map(symbol).join("")}</svg>\n`);
cpSync(join(modules, "@tabler/icons/LICENSE"), join(vendor, "icons.LICENSE.txt"));
console.log(`front end: ${Object.keys(FILES).length} files and ${ICONS.length} icons in ${vendor}`);
