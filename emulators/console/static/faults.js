// Faults: what is switched on, and what has been before, to be switched on again.

import { attempt, get, post, remove, universe } from "./api.js";
import { badge, empty, h, say, show } from "./dom.js";
import { journal } from "./live.js";

const KEPT = `polytrunk.faults.${universe}`;
const OWN = ["id", "met", "struck"];
const MOST_KEPT = 20;
const FIRST = [
  { on: "http", action: { kind: "status", status: 503 } },
  { on: "http", every: 2, action: { kind: "status", status: 500 } },
  { on: "http", method: "POST", times: 1, action: { kind: "status", status: 429, retry_after: 2 } },
];

export const wants = (what) => what !== "stream";

function definition(fault) {
  return Object.fromEntries(Object.entries(fault).filter(([name]) => !OWN.includes(name)));
}

// Members that were left out come back with a default: compare what both have.
function same(a, b) {
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b;
  return Object.keys(a).every((name) => !(name in b) || same(a[name], b[name]))
    && Object.keys(b).every((name) => name in a || name === "retry_after" || name === "text");
}

function kept() {
  return JSON.parse(localStorage.getItem(KEPT) ?? "null") ?? FIRST;
}

function keep(definitions) {
  localStorage.setItem(KEPT, JSON.stringify(definitions.slice(0, MOST_KEPT)));
}

export async function draw(place) {
  const { faults } = await get("/faults");
  const off = kept().filter((one) => !faults.some((fault) => same(one, definition(fault))));
  if (!place.querySelector(".faults")) frame(place);
  show(place.querySelector(".faults"),
    faults.map((fault) => row(fault, true)), off.map((one) => row(one, false)),
    faults.length + off.length ? null : empty("No faults."));
  hits(place);
}

function frame(place) {
  const words = h("textarea", {
    name: "fault", rows: "6", spellcheck: "false", class: "code", required: true,
    value: JSON.stringify({ on: "http", method: "POST", path: "/messages$", nth: 2, action: { kind: "status", status: 503 } }, null, 1),
  });
  show(place,
    h("div", { class: "title" }, h("h1", {}, "Faults"),
      h("button", { type: "button", onclick: () => attempt(() => remove("/faults"), "All faults are off.") }, "All off")),
    h("div", { class: "split even" },
      h("section", { "aria-labelledby": "faults-known" }, h("h2", { id: "faults-known" }, "Switches"), h("ul", { class: "faults" })),
      h("section", { "aria-labelledby": "faults-more" },
        h("h2", { id: "faults-more" }, "Another fault"),
        h("form", { onsubmit: add }, h("label", { class: "wide" }, "Definition (JSON)", words), h("button", { class: "main" }, "Switch on")),
        h("h2", {}, "Last hits"), h("ul", { class: "hits" }))));
}

async function add(event) {
  event.preventDefault();
  let fault;
  try {
    fault = JSON.parse(event.target.elements.fault.value);
  } catch (error) {
    return say(`This is not JSON: ${error.message}`, "bad");
  }
  return attempt(() => post("/faults", fault), "The fault is on.");
}

function row(fault, on) {
  const known = definition(fault);
  const text = words(known);
  return h("li", { class: on ? "fault on" : "fault" },
    h("button", {
      type: "button", role: "switch", "aria-checked": String(on), "aria-label": text,
      "data-key": `fault-${JSON.stringify(known)}`, onclick: () => toggle(fault, on),
    }, h("span", { class: "knob" })),
    h("div", {}, h("p", {}, text), h("code", {}, JSON.stringify(known))),
    on ? badge(`${fault.struck ?? 0} of ${fault.met ?? 0} hit`, fault.struck ? "bad" : "")
      : h("button", { type: "button", class: "small", "aria-label": `Forget ${text}`, onclick: (event) => forget(event, known) }, "Forget"));
}

async function toggle(fault, on) {
  const known = definition(fault);
  if (on) {
    const rest = kept().filter((one) => !same(one, known));
    if (await attempt(() => remove(`/faults/${fault.id}`), "The fault is off.")) keep([known, ...rest]);
  } else await attempt(() => post("/faults", known), "The fault is on.");
}

function forget(event, known) {
  keep(kept().filter((one) => !same(one, known)));
  event.target.closest("li").remove();
}

function words({ on, action, nth, every, probability, times, ...match }) {
  const kind = typeof action === "string" ? action : action.kind;
  const does = { status: `Answer ${action.status}` }[kind] ?? kind.replaceAll("_", " ");
  const which = Object.entries(match).map(([name, value]) => `${name} ${value}`).join(", ");
  const when = nth ? `the ${nth}. time` : every > 1 ? `every ${every}. time` : probability ? `with probability ${probability}` : "every time";
  return `${does} on ${on}${which ? ` (${which})` : ""}, ${when}${times ? `, at most ${times}×` : ""}`;
}

function hits(place) {
  const found = journal.entries.filter((entry) => entry.fault).slice(-10).reverse();
  const views = { http: "requests", webhook: "webhooks", smpp: "pdus" };
  show(place.querySelector(".hits"), found.length
    ? found.map((entry) => h("li", {}, h("a", { href: `#/${views[entry.kind] ?? "requests"}/${entry.seq}` },
      `${entry.at.slice(11, 19)} ${entry.fault} ${entry.request ? `${entry.request.method} ${entry.request.path ?? entry.url}` : entry.pdu ?? entry.kind}`)))
    : h("li", { class: "quiet" }, "None so far."));
}
