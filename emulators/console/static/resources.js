// Anything the product has, as each dialect shows it, and what one dialect's object loses in another.

import { get, query } from "./api.js";
import { badge, empty, h, json, picker, show } from "./dom.js";

const PAGE = 50;
const TONES = { kept: "good", converted: "cold", parked: "warm", defaulted: "", impossible: "bad" };

const memory = { known: null, account: null, kind: "number", offset: 0, dialect: null, to: null };

export const wants = () => false;

export async function draw(place, [kind, uid]) {
  memory.known = await get("/resources");
  const { accounts } = memory.known;
  if (!accounts.some((one) => one.uid === memory.account)) memory.account = accounts[0]?.uid ?? null;
  if (kind && kind !== memory.kind) Object.assign(memory, { kind, offset: 0 });
  if (!memory.account) return show(place, h("h1", {}, "Resources"), empty("There are no accounts."));
  const found = await get(`/resources/${memory.kind}?${query({ account: memory.account, limit: PAGE, offset: memory.offset })}`);
  const chosen = uid ?? found.rows[0]?.uid;
  show(place,
    h("div", { class: "title" }, h("h1", {}, "Resources"), choices(place), h("button", { type: "button", "data-key": "again", onclick: () => draw(place, [memory.kind, chosen]) }, "Read again")),
    h("div", { class: "split" }, side(place, found, chosen), h("section", { class: "detail", "aria-label": "As the dialects show it" })));
  if (chosen) await one(place.querySelector(".detail"), chosen);
}

function select(label, options, value, change) {
  return h("label", { class: "inline" }, label,
    h("select", { "data-key": `select-${label}`, onchange: (event) => change(event.target.value) },
      options.map(([key, text]) => h("option", { value: key, selected: key === value }, text))));
}

function choices(place) {
  const { accounts, kinds } = memory.known;
  return [
    select("Account", accounts.map((one) => [one.uid, one.name]), memory.account, (value) => {
      Object.assign(memory, { account: value, offset: 0 });
      draw(place, [memory.kind]);
    }),
    select("Kind", kinds.map((kind) => [kind, kind.replaceAll("_", " ")]), memory.kind, (value) => {
      location.hash = `#/resources/${value}`;
    }),
  ];
}

function side(place, found, chosen) {
  const turn = (by) => () => {
    memory.offset += by;
    draw(place, [memory.kind]);
  };
  return h("section", { class: "side", "aria-label": "List" },
    found.rows.length
      ? picker("Resources", found.rows.map((row) => ({ key: row.uid, parts: [h("span", { class: "second" }, row.name)] })), chosen,
        (key) => { location.hash = `#/resources/${memory.kind}/${key}`; })
      : empty("None of this kind."),
    memory.offset || found.more ? h("p", { class: "pages" },
      h("button", { type: "button", disabled: !memory.offset, "data-key": "back", onclick: turn(-PAGE) }, "Previous"),
      h("button", { type: "button", disabled: !found.more, "data-key": "on", onclick: turn(PAGE) }, "Next")) : null);
}

// All dialects side by side; the ledger is of the chosen one.
async function one(place, uid) {
  const names = Object.entries(memory.known.dialects);
  const seen = await Promise.all(names.map(([name]) => view(uid, name)));
  const again = () => one(place, uid);
  if (!memory.dialect) memory.dialect = names.find((_, index) => !seen[index].error)?.[0] ?? names[0][0];
  const own = seen[names.findIndex(([name]) => name === memory.dialect)];
  const others = names.filter(([name]) => name !== memory.dialect);
  if (!others.some(([name]) => name === memory.to)) memory.to = others[0]?.[0];
  show(place,
    h("h2", {}, "As each dialect shows it"),
    h("div", { class: "cards" }, names.map(([name, title], index) => card(name, title, seen[index]))),
    h("h2", {}, "Loss ledger"),
    h("p", { class: "inline" },
      select("Object of", names, memory.dialect, (value) => { memory.dialect = value; again(); }),
      select("seen through", others, memory.to, (value) => { memory.to = value; again(); })),
    own.error ? empty(own.error) : ledger(own[memory.to]));
}

async function view(uid, dialect) {
  try {
    return await get(`/resources/${memory.kind}/${uid}?${query({ account: memory.account, dialect })}`);
  } catch (error) {
    return { error: error.message };
  }
}

function card(name, title, seen) {
  const objects = Object.entries(seen.error ? {} : seen[name].from.objects);
  return h("section", { class: "card", "aria-label": title },
    h("h3", {}, title),
    objects.map(([object, value]) => [h("p", { class: "quiet" }, object), json(value)]),
    objects.length ? null : h("p", { class: "quiet" }, seen.error ?? "No object of this kind."));
}

function ledger(found) {
  if (!found) return empty("There is no other dialect.");
  const order = Object.keys(TONES);
  const rows = [...found.members].sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
  return [
    h("p", { class: "inline" }, Object.entries(found.fates).map(([fate, count]) => badge(`${count} ${fate}`, TONES[fate]))),
    found.to.hidden ? h("p", {}, found.to.hidden) : null,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ledger" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Member", "Fate", "Becomes", "Why"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {},
        h("th", { scope: "row" }, h("code", {}, `${row.object}.${row.member}`)),
        h("td", {}, badge(row.fate, TONES[row.fate])),
        h("td", {}, row.into ? h("code", {}, [row.into].flat().join(", ")) : ""),
        h("td", {}, row.why ?? "")))))),
  ];
}
