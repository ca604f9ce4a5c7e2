// All universes of the emulator: go to one, make, copy, reset or delete one.

import { attempt, get, home, post, remove, universe } from "./api.js";
import { badge, h, show } from "./dom.js";

export const wants = () => false;

export async function draw(place) {
  const found = await get("/universes");
  const again = () => draw(place);
  show(place,
    h("h1", {}, "Universes"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "All universes" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Name", "Clock", "Seed", "Base URL", "Actions"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, found.map((one) => row(one, again))))),
    h("form", { class: "panel inline", onsubmit: (event) => make(event, again) },
      h("label", { class: "inline" }, "Name", h("input", { name: "name", pattern: "[a-z0-9][a-z0-9\\-]{0,39}", placeholder: "drawn if empty" })),
      h("label", { class: "inline" }, "Template",
        h("select", { name: "template" }, ["seed", "demo", "empty"].map((name) => h("option", { value: name }, name)))),
      h("button", { class: "main" }, "Make a universe")));
}

function row(one, again) {
  const own = one.name === universe;
  const main = one.name === "main";
  return h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `${home(one.name)}#/universes` }, one.name), own ? [" ", badge("this page", "good")] : null),
    h("td", {}, `${one.clock.mode}, ${one.clock.now.slice(0, 19).replace("T", " ")}`),
    h("td", {}, String(one.seed)),
    h("td", {}, h("code", {}, one.base_url)),
    h("td", {}, h("span", { class: "inline" },
      h("button", { type: "button", "aria-label": `Copy ${one.name}`, onclick: () => act(() => post(`/universes/${one.name}/fork`), "A copy was made.", again) }, "Copy"),
      own ? h("button", { type: "button", onclick: () => act(() => post("/reset", { to: "seed" }), "It is as at its start.", again) }, "Reset") : null,
      main || own ? null : h("button", { type: "button", class: "danger", "aria-label": `Delete ${one.name}`, onclick: () => act(() => remove(`/universes/${one.name}`), "It was deleted.", again) }, "Delete"))));
}

async function act(work, done, again) {
  if (await attempt(work, done)) await again();
}

async function make(event, again) {
  event.preventDefault();
  const { name, template } = Object.fromEntries(new FormData(event.target));
  await act(() => post("/universes", { template, ...(name ? { name } : {}) }), "A universe was made.", again);
}
