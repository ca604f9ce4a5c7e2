// Views, the header, and the keys. Each view draws itself into <main> and again when told.

import { attempt, get, home, universe } from "./api.js";
import * as calls from "./calls.js";
import * as clock from "./clock.js";
import { byId, h, say, show } from "./dom.js";
import * as faults from "./faults.js";
import { listen, now, start, state } from "./live.js";
import { pdus, requests, webhooks } from "./lines.js";
import * as phones from "./phones.js";
import * as resources from "./resources.js";
import * as universes from "./universes.js";

const VIEWS = [
  ["phones", "Phones", phones],
  ["calls", "Calls", calls],
  ["requests", "Requests", requests],
  ["webhooks", "Webhooks", webhooks],
  ["pdus", "PDUs", pdus],
  ["resources", "Resources", resources],
  ["faults", "Faults", faults],
  ["clock", "Clock", clock],
  ["universes", "Universes", universes],
];
const KEYS_OFF = "polytrunk.keys-off";
const SOON = 120;

let view = null;
let waiting = 0;
let drawing = false;

function place() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { found: VIEWS.find(([id]) => id === name) ?? VIEWS[0], rest };
}

async function draw() {
  waiting = 0;
  if (drawing) return redraw();
  drawing = true;
  try {
    await view.draw(byId("view"), place().rest);
  } catch (error) {
    say(error.message, "bad");
  } finally {
    drawing = false;
  }
}

// Many things may happen at once: draw once for all of them.
function redraw() {
  if (!waiting) waiting = setTimeout(draw, SOON);
}

function go() {
  const { found: [id, title, module] } = place();
  if (view !== module) byId("view").replaceChildren();
  view = module;
  document.title = `${title} · ${universe} · polytrunk emulator`;
  for (const link of byId("views").querySelectorAll("a")) {
    if (link.dataset.view === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  return draw();
}

function header() {
  const at = now();
  byId("mode").textContent = state.mode;
  byId("mode").className = `badge ${state.mode === "frozen" ? "cold" : "good"}`;
  byId("now").textContent = at ? at.toISOString().slice(0, 19).replace("T", " ") : "";
}

async function choices() {
  const found = await get("/universes");
  show(byId("universe"), found.map((one) =>
    h("option", { value: one.name, selected: one.name === universe }, one.name)));
}

function typing(target) {
  return target.closest("input, textarea, select, dialog[open]") !== null;
}

const KEYS = [
  ["1 to 9", "go to a view"],
  ["/", "filter, where there is one"],
  ["↓ ↑", "next or previous in a list"],
  ["f", "freeze the clock, or let it run"],
  [".", "advance the clock by a minute"],
  ["?", "this list"],
];

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (localStorage.getItem(KEYS_OFF) && event.key !== "?") return;
  if (event.key >= "1" && event.key <= String(VIEWS.length)) {
    location.hash = `#/${VIEWS[event.key - 1][0]}`;
    byId("view").focus({ preventScroll: true });
  } else if (event.key === "/") byId("view").querySelector("input[type=search]")?.focus();
  else if (event.key === "f") clock.toggle();
  else if (event.key === ".") clock.advance(60);
  else if (event.key === "?") byId("keys").showModal();
  else return;
  event.preventDefault();
}

function furnish() {
  show(byId("views"), VIEWS.map(([id, title], index) =>
    h("li", {}, h("a", { href: `#/${id}`, "data-view": id, "aria-keyshortcuts": String(index + 1) },
      h("span", {}, title), h("kbd", { "aria-hidden": "true" }, String(index + 1))))));
  show(byId("key-list"), KEYS.map(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)]));
  const on = byId("keys-on");
  on.checked = !localStorage.getItem(KEYS_OFF);
  on.addEventListener("change", () =>
    on.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1"));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("universe").addEventListener("change", (event) => {
    location.href = home(event.target.value) + location.hash;
  });
  document.addEventListener("keydown", press);
  window.addEventListener("hashchange", go);
}

listen((what, data) => {
  if (what === "stream") {
    byId("stream").textContent = data;
    byId("stream").className = `badge ${data === "connected" ? "good" : "bad"}`;
  } else if (!view?.wants || view.wants(what, data)) redraw();
  if (what === "state") header();
});

furnish();
setInterval(header, 1000);
await attempt(choices);
await attempt(start);
await go();
