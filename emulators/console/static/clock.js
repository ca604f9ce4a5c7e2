// The clock of the universe: freeze it, let it run, move it.

import { attempt, post, put } from "./api.js";
import { h, say, show } from "./dom.js";
import { now, state } from "./live.js";

const STEPS = [["1 second", 1], ["30 seconds", 30], ["1 minute", 60], ["5 minutes", 300], ["1 hour", 3600], ["1 day", 86400]];

export const wants = (what) => what === "state";

export function toggle() {
  const frozen = state.mode === "frozen";
  return attempt(() => put("/clock", { mode: frozen ? "live" : "frozen" }), frozen ? "The clock runs." : "The clock stands still.");
}

export async function advance(seconds) {
  const done = await attempt(() => post("/clock/advance", { seconds }));
  if (done) say(`The clock moved ${seconds} s; ${done.ran} jobs were done on the way.`);
}

async function run() {
  const done = await attempt(() => post("/run", { until: "idle" }));
  if (done) say(`${done.ran} jobs were done.`);
}

export function draw(place) {
  if (!place.querySelector(".moves")) frame(place);
  const frozen = state.mode === "frozen";
  const button = place.querySelector("[role=switch]");
  button.setAttribute("aria-checked", String(frozen));
  place.querySelector(".says").textContent = frozen
    ? "It stands still: nothing happens by itself. Move it, or run what is due."
    : "It runs with the machine's clock.";
}

function frame(place) {
  show(place,
    h("h1", {}, "Clock"),
    h("section", { class: "panel", "aria-label": "Mode" },
      h("p", { class: "inline" },
        h("button", { type: "button", role: "switch", "aria-label": "Frozen", "aria-keyshortcuts": "f", onclick: toggle }, h("span", { class: "knob" })),
        h("strong", { "aria-hidden": "true" }, "Frozen"), h("span", { class: "says quiet" }))),
    h("section", { class: "panel moves", "aria-labelledby": "clock-advance" },
      h("h2", { id: "clock-advance" }, "Advance"),
      h("p", { class: "quiet" }, "Stops wherever something is due on the way, so that it happens at its own time."),
      h("p", { class: "inline" }, STEPS.map(([text, seconds]) => h("button", { type: "button", onclick: () => advance(seconds) }, text))),
      h("form", { class: "inline", onsubmit: other },
        h("label", { class: "inline" }, "Seconds", h("input", { name: "seconds", type: "number", min: "0", step: "any", required: true })),
        h("button", {}, "Advance"))),
    h("section", { class: "panel", "aria-labelledby": "clock-set" },
      h("h2", { id: "clock-set" }, "Set"),
      h("p", { class: "quiet" }, "Without stopping on the way, also backwards."),
      h("form", { class: "inline", onsubmit: set },
        h("label", { class: "inline" }, "Time (UTC)", h("input", { name: "now", required: true, value: now()?.toISOString() ?? "", size: "26" })),
        h("button", {}, "Set")),
      h("p", { class: "inline" }, h("button", { type: "button", onclick: run }, "Run what is due"))));
}

function other(event) {
  event.preventDefault();
  advance(Number(event.target.elements.seconds.value));
}

function set(event) {
  event.preventDefault();
  attempt(() => put("/clock", { now: event.target.elements.now.value }), "The clock was set.");
}
