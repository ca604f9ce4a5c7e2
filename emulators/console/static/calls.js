// Calls and their ladders; a call can be made as somebody outside.

import { attempt, get, post } from "./api.js";
import { badge, empty, h, json, picker, show, time } from "./dom.js";
import { ladder } from "./ladder.js";

const TONES = { completed: "good", in_progress: "good", busy: "bad", no_answer: "bad", failed: "bad", cancelled: "bad" };

const memory = { step: 0, call: null };

export const wants = (what, data) => what === "state" || (what === "entry" && data.kind === "webhook");

export async function draw(place, [uid]) {
  const { calls } = await get("/calls");
  if (!place.querySelector(".calls")) frame(place);
  const rows = nested(calls);
  const chosen = calls.find((one) => one.uid === uid) ?? rows[0];
  const pick = (key) => { location.hash = `#/calls/${key}`; };
  show(place.querySelector(".side"), calls.length
    ? picker("Calls", rows.map((one) => ({ key: one.uid, parts: row(one), tone: one.parent ? "leg" : null })), chosen.uid, pick)
    : empty("No calls yet.", "Call one of your numbers, or make a call through an API."));
  const found = chosen && await get(`/calls/${chosen.uid}`);
  if (memory.call !== chosen?.uid) Object.assign(memory, { call: chosen?.uid, step: 0 });
  diagram(place, found);
}

function frame(place) {
  show(place,
    h("div", { class: "title" }, h("h1", {}, "Calls"), form()),
    h("div", { class: "split three calls" },
      h("section", { class: "side", "aria-label": "List of calls" }),
      h("section", { class: "drawing", "aria-label": "Ladder", tabindex: "0", "data-scroll": "ladder" }),
      h("section", { class: "detail", "aria-label": "Step" })));
}

function form() {
  return h("form", { class: "inline", onsubmit: dial },
    h("label", { class: "inline" }, "From", h("input", { name: "from", required: true, inputmode: "tel", value: "+12125550123", size: "14" })),
    h("label", { class: "inline" }, "To", h("input", { name: "to", required: true, inputmode: "tel", placeholder: "+12065550101", size: "14" })),
    h("label", { class: "inline" }, "Digits", h("input", { name: "digits", size: "6", placeholder: "none" })),
    h("button", {}, "Call"));
}

async function dial(event) {
  event.preventDefault();
  const { from, to, digits } = Object.fromEntries(new FormData(event.target));
  const made = await attempt(() => post("/traffic/call", { from, to, ...(digits ? { digits } : {}) }), "The call came in.");
  if (made) location.hash = `#/calls/${made.id}`;
}

// The legs of a call below it.
function nested(calls) {
  const known = new Set(calls.map((one) => one.uid));
  const legs = (uid) => calls.filter((one) => one.parent === uid).reverse();
  const tree = (one) => [one, ...legs(one.uid).flatMap(tree)];
  return calls.filter((one) => !known.has(one.parent)).flatMap(tree);
}

function row(call) {
  const seconds = call.seconds ? ` · ${call.seconds} s` : "";
  return [
    h("span", { class: "first" }, h("strong", {}, call.from ?? "unknown"), badge(call.status.replace("_", " "), TONES[call.status])),
    h("span", { class: "second" }, `to ${(call.to ?? "unknown").replace(/^sips?:/, "")}`),
    h("span", { class: "third" }, `${call.parent ? "leg" : call.direction} · ${time(call.started_at).slice(0, 8)}${seconds}`),
  ];
}

function diagram(place, found) {
  const pick = (index) => {
    memory.step = index;
    diagram(place, found);
  };
  const drawing = place.querySelector(".drawing");
  show(drawing, found ? ladder(found, drawing.clientWidth - 34, memory.step, pick) : []);
  const step = found?.steps[memory.step];
  show(place.querySelector(".detail"), step
    ? [h("h2", {}, step.label), h("p", { class: "quiet" }, step.at), json(step.text ?? step.data)]
    : found ? h("p", { class: "quiet" }, "Nothing was sent yet.") : []);
}
