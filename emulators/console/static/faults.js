// Faults: the named ones, and those defined here or by a test, to be switched on and off.

import { attempt, get, post, query, remove, universe } from "./api.js";
import { badge, empty, h, say, show } from "./dom.js";
import { journal } from "./live.js";

const KEPT = `polytrunk.faults.${universe}`;
const RESULTS = ["id", "met", "struck"];
const MOST_KEPT = 20;
const EXAMPLE = { on: "http", method: "POST", path: "/messages$", nth: 2, action: { kind: "status", status: 503 } };
const VIEWS = { http: "requests", webhook: "webhooks", smpp: "pdus" };

export const wants = (what) => what !== "stream";

function definition(fault) {
  return Object.fromEntries(Object.entries(fault).filter(([name]) => !RESULTS.includes(name)));
}

// Faults that were switched off here, so that they can be switched on again.
function kept() {
  return JSON.parse(localStorage.getItem(KEPT) ?? "[]");
}

function keep(definitions) {
  localStorage.setItem(KEPT, JSON.stringify(definitions.slice(0, MOST_KEPT)));
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export async function draw(place) {
  const [{ faults }, scripts] = await Promise.all([get("/faults"), get("/faults/scripts")]);
  if (!place.querySelector(".scripts")) frame(place);
  const own = faults.filter((fault) => !fault.script);
  const off = kept().filter((one) => !own.some((fault) => same(one, definition(fault))));
  show(place.querySelector(".scripts"), scripts.map((script) => named(script, faults.filter((fault) => fault.script === script.name))));
  show(place.querySelector(".own"), own.map((fault) => single(fault, true)), off.map((one) => single(one, false)),
    own.length + off.length ? null : h("li", {}, empty("None. Tests make them through the API; define one below.")));
  place.querySelector(".count").textContent = `${faults.length} on`;
  hits(place);
}

function frame(place) {
  show(place,
    h("div", { class: "title" }, h("h1", {}, "Faults"), h("span", { class: "count badge" }),
      h("button", { type: "button", onclick: () => attempt(() => remove("/faults"), "All faults are off.") }, "All off")),
    h("div", { class: "split even" },
      h("section", { "aria-labelledby": "faults-named", tabindex: "0", "data-scroll": "named" },
        h("h2", { id: "faults-named" }, "What happens in the field"), h("ul", { class: "scripts" })),
      h("section", { "aria-labelledby": "faults-own", tabindex: "0", "data-scroll": "own" },
        h("h2", { id: "faults-own" }, "Single faults"), h("ul", { class: "own" }),
        h("form", { onsubmit: add },
          h("label", { class: "wide" }, "Define one (JSON)", h("textarea", {
            name: "fault", rows: "5", spellcheck: "false", class: "code", required: true, value: JSON.stringify(EXAMPLE),
          })),
          h("button", { class: "main" }, "Switch on")),
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

function named(script, faults) {
  const on = faults.length > 0;
  const turn = on ? () => remove(`/faults?${query({ script: script.name })}`) : () => post("/faults", { script: script.name });
  return h("li", { class: on ? "fault on" : "fault" },
    knob(script.name, on, `script-${script.name}`, () => attempt(turn, on ? `${script.name} is off.` : `${script.name} is on.`)),
    h("div", {}, h("strong", {}, script.name), h("p", { class: "quiet" }, script.summary)),
    on ? count(faults) : null);
}

function single(fault, on) {
  const known = definition(fault);
  const text = words(known);
  return h("li", { class: on ? "fault on" : "fault" },
    knob(text, on, `fault-${JSON.stringify(known)}`, () => toggle(fault, on)),
    h("div", {}, h("p", {}, text), h("code", {}, JSON.stringify(known))),
    on ? count([fault]) : h("button", { type: "button", class: "small", "aria-label": `Forget ${text}`, onclick: (event) => forget(event, known) }, "Forget"));
}

function knob(label, on, key, turn) {
  return h("button", { type: "button", role: "switch", "aria-checked": String(on), "aria-label": label, "data-key": key, onclick: turn },
    h("span", { class: "knob" }));
}

function count(faults) {
  const [met, struck] = ["met", "struck"].map((name) => faults.reduce((sum, fault) => sum + fault[name], 0));
  return badge(`${struck} of ${met} hit`, struck ? "bad" : "");
}

async function toggle(fault, on) {
  const known = definition(fault);
  if (!on) return attempt(() => post("/faults", known), "The fault is on.");
  keep([known, ...kept().filter((one) => !same(one, known))]);
  return attempt(() => remove(`/faults/${fault.id}`), "The fault is off.");
}

function forget(event, known) {
  keep(kept().filter((one) => !same(one, known)));
  event.target.closest("li").remove();
}

function words({ on, action, nth, every, probability, times, ...match }) {
  const { kind, ...how } = action;
  const told = (members) => Object.entries(members).filter(([, value]) => value !== "" && value !== null)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");
  const which = told(match);
  const when = nth ? `event ${nth} only` : every ? `every ${every}th event` : probability ? `with probability ${probability}` : "every event";
  return `${on}${which ? ` with ${which}` : ""}: ${kind.replaceAll("_", " ")}${told(how) ? ` (${told(how)})` : ""}; ${when}${times ? `, at most ${times} times` : ""}`;
}

function hits(place) {
  const found = journal.entries.filter((entry) => entry.fault).slice(-10).reverse();
  show(place.querySelector(".hits"), found.length
    ? found.map((entry) => h("li", {}, h("a", { href: `#/${VIEWS[entry.kind] ?? "requests"}/${entry.seq}` },
      `${entry.at.slice(11, 19)} ${entry.fault} ${entry.request ? `${entry.request.method} ${entry.request.path ?? entry.url}` : entry.pdu ?? entry.kind}`)))
    : h("li", { class: "quiet" }, "None so far."));
}
