// Lines of the journal as lists with details: requests, webhooks and PDUs.

import { badge, empty, h, json, picker, show, time } from "./dom.js";
import { journal } from "./live.js";

const MOST_SHOWN = 300;

function statusTone(status) {
  return status >= 200 && status < 400 ? "good" : "bad";
}

function lines({ id, kind, title, hint, row, detail }) {
  const memory = { text: "", chosen: null };

  function found() {
    const text = memory.text.toLowerCase();
    const all = journal.entries.filter((entry) => entry.kind === kind
      && (!text || JSON.stringify(entry).toLowerCase().includes(text)));
    return all.slice(-MOST_SHOWN).reverse();
  }

  function draw(place, [seq]) {
    if (!place.querySelector(`.lines-${id}`)) frame(place);
    if (seq) memory.chosen = Number(seq);
    const rows = found();
    const entry = rows.find((one) => one.seq === memory.chosen) ?? rows[0];
    place.querySelector(".count").textContent = rows.length === MOST_SHOWN ? `newest ${MOST_SHOWN}` : `${rows.length}`;
    show(place.querySelector(".side"), rows.length
      ? picker(title, rows.map((one) => ({ key: one.seq, parts: row(one) })), entry.seq, (key) => { location.hash = `#/${id}/${key}`; })
      : empty(memory.text ? "Nothing fits the filter." : `No ${title.toLowerCase()} yet.`, memory.text ? null : hint));
    show(place.querySelector(".detail"), entry
      ? [h("h2", {}, `Entry ${entry.seq}`, h("span", { class: "quiet" }, ` ${entry.at}`)),
        entry.fault ? h("p", {}, badge(`fault ${entry.fault}`, "bad")) : null, ...detail(entry)]
      : []);
  }

  function frame(place) {
    show(place,
      h("div", { class: "title" },
        h("h1", {}, title),
        h("label", { class: "inline" }, "Filter",
          h("input", { type: "search", value: memory.text, "aria-keyshortcuts": "/", oninput: (event) => {
            memory.text = event.target.value;
            draw(place, []);
          } })),
        h("span", { class: "quiet" }, h("span", { class: "count" }), " shown")),
      h("div", { class: `split lines-${id}` },
        h("section", { class: "side", "aria-label": `List of ${title.toLowerCase()}` }),
        h("section", { class: "detail", "aria-label": "Details", "data-scroll": "detail" })));
  }

  return { draw, wants: (what, data) => what === "state" || (what === "entry" && data.kind === kind) };
}

function members(found) {
  return h("table", { class: "members" }, h("tbody", {}, Object.entries(found ?? {}).map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, typeof value === "object" ? JSON.stringify(value) : String(value))))));
}

function part(title, ...inside) {
  return h("section", { class: "part" }, h("h3", {}, title), ...inside);
}

function message(title, found) {
  return part(title,
    found.body === null || found.body === undefined ? h("p", { class: "quiet" }, "No body.") : json(found.body),
    found.headers ? h("details", {}, h("summary", {}, "Headers"), members(found.headers)) : null);
}

function asked(entry) {
  const query = new URLSearchParams(entry.request.query).toString();
  return entry.request.path + (query ? `?${query}` : "");
}

export const requests = lines({
  id: "requests", kind: "http", title: "Requests", hint: "Point your application at this server.",
  row: (entry) => [
    h("span", { class: "first" }, h("strong", {}, entry.request.method), badge(entry.answer.status, statusTone(entry.answer.status))),
    h("span", { class: "second" }, asked(entry)),
    h("span", { class: "third" }, `${time(entry.at)} · ${entry.milliseconds} ms${entry.fault ? " · fault" : ""}`),
  ],
  detail: (entry) => [
    h("p", { class: "line" }, h("strong", {}, entry.request.method), " ", asked(entry), " ",
      badge(entry.answer.status, statusTone(entry.answer.status))),
    message("Request", entry.request), message("Answer", entry.answer),
  ],
});

export const webhooks = lines({
  id: "webhooks", kind: "webhook", title: "Webhooks", hint: "Set a callback of a number or application; every attempt is shown here.",
  row: (entry) => [
    h("span", { class: "first" }, h("strong", {}, entry.request.method),
      entry.answer.status ? badge(entry.answer.status, statusTone(entry.answer.status)) : badge("no answer", "bad")),
    h("span", { class: "second" }, entry.url),
    h("span", { class: "third" }, `${time(entry.at)} · ${Math.round(entry.milliseconds ?? 0)} ms`),
  ],
  detail: (entry) => [
    h("p", { class: "line" }, h("strong", {}, entry.request.method), " ", entry.url),
    entry.error ? h("p", {}, badge(entry.error, "bad")) : null,
    message("Sent", entry.request), message("Answer", entry.answer),
  ],
});

export const pdus = lines({
  id: "pdus", kind: "smpp", title: "PDUs", hint: "Send a message, or write as a handset.",
  row: (entry) => [
    h("span", { class: "first" }, h("strong", {}, entry.pdu), badge(entry.direction === "in" ? "to SMSC" : "from SMSC", "")),
    h("span", { class: "second" }, entry.text ?? `status ${entry.status}`),
    h("span", { class: "third" }, `${time(entry.at)} · ${entry.system_id} · #${entry.sequence}`),
  ],
  detail: (entry) => [
    h("p", { class: "line" }, h("strong", {}, entry.pdu), ` ${entry.direction === "in" ? "to" : "from"} the SMSC, sequence ${entry.sequence}, status ${entry.status}`),
    entry.text === undefined ? null : part(entry.receipt ? "Receipt" : "Text", h("pre", { class: "json", tabindex: "0" }, entry.text)),
    entry.part ? h("p", {}, `Part ${entry.part.index} of ${entry.part.total}.`) : null,
    part("Fields", members(entry.fields)),
    entry.tlvs ? part("TLVs", members(entry.tlvs)) : null,
  ],
});
