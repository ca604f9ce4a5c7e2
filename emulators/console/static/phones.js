// Handsets: every number outside that has written or been written to, and what it sees.

import { attempt, get, post, query } from "./api.js";
import { badge, day, empty, h, picker, show, time } from "./dom.js";

const TONES = { delivered: "good", received: "good", failed: "bad", undelivered: "bad", rejected: "bad", expired: "bad" };

let newest = "";

export const wants = (what) => what !== "stream";

function threads(messages) {
  const found = new Map();
  for (const message of messages) {
    const inbound = message.direction === "inbound";
    const [handset, number] = inbound ? [message.from, message.to] : [message.to, message.from];
    const key = `${handset} ${number}`;
    if (!found.has(key)) found.set(key, { key, handset, number, messages: [] });
    found.get(key).messages.push(message);
  }
  return [...found.values()].sort((a, b) => b.messages.at(-1).id - a.messages.at(-1).id);
}

export async function draw(place, [chosen]) {
  const { messages } = await get("/messages?limit=500");
  const found = threads(messages);
  const thread = chosen === "new" ? null : found.find((one) => one.key === chosen) ?? found[0];
  if (!place.querySelector(".compose")) frame(place);
  show(place.querySelector(".side"), list(found, thread, chosen === "new"));
  const talk = place.querySelector(".talk");
  show(talk, thread ? bubbles(thread) : empty("A handset that is new here.", "Write to one of your numbers below."));
  address(place, thread);
  const last = `${thread?.key} ${thread?.messages.at(-1).id}`;
  if (last !== newest) talk.scrollTop = talk.scrollHeight;
  newest = last;
}

// The form stays while the rest is drawn again, with whatever is being typed into it.
function frame(place) {
  show(place,
    h("h1", {}, "Phones"),
    h("div", { class: "split" },
      h("section", { class: "side", "aria-label": "Threads" }),
      h("section", { class: "phone", "aria-label": "Messages" },
        h("h2", { class: "ends" }),
        h("div", { class: "talk", tabindex: "0", role: "log", "aria-label": "Messages of this thread" }),
        h("form", { class: "compose", onsubmit: send },
          h("label", {}, "From", h("input", { name: "from", required: true, inputmode: "tel", autocomplete: "off", placeholder: "12125550123" })),
          h("label", {}, "To", h("input", { name: "to", required: true, inputmode: "tel", autocomplete: "off", placeholder: "12065550100" })),
          h("label", { class: "wide" }, "Text", h("textarea", { name: "text", required: true, rows: "2", onkeydown: enter })),
          h("button", { class: "main" }, "Send as handset")))));
}

function enter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const { from, to, text } = Object.fromEntries(new FormData(form));
  const sent = await attempt(() => post("/traffic/sms", { from, to, text }), "The message was sent.");
  if (!sent) return;
  form.elements.text.value = "";
  if (form.dataset.thread === "new") location.hash = "#/phones";
}

function address(place, thread) {
  const form = place.querySelector(".compose");
  const title = place.querySelector(".ends");
  title.textContent = thread ? `${thread.handset} with ${thread.number}` : "New handset";
  const key = thread?.key ?? "new";
  if (form.dataset.thread === key) return;
  form.dataset.thread = key;
  form.elements.from.value = thread?.handset ?? "";
  form.elements.to.value = thread?.number ?? "";
}

function list(found, thread, fresh) {
  const rows = found.map((one) => {
    const last = one.messages.at(-1);
    return { key: one.key, parts: [
      h("span", { class: "first" }, h("strong", {}, one.handset), h("time", {}, time(last.at).slice(0, 5))),
      h("span", { class: "second" }, `with ${one.number}`),
      h("span", { class: "third" }, last.text || "(no text)"),
    ] };
  });
  return [
    h("a", { class: "button", href: "#/phones/new", "data-key": "new-handset", "aria-current": fresh ? "true" : null }, "New handset"),
    rows.length ? picker("Threads", rows, thread?.key, (key) => { location.hash = `#/phones/${encodeURIComponent(key)}`; })
      : empty("No messages yet."),
  ];
}

function bubbles(thread) {
  let date = "";
  return thread.messages.map((message) => {
    const own = message.direction === "inbound";
    const parts = [];
    if (day(message.at) !== date) {
      date = day(message.at);
      parts.push(h("p", { class: "day" }, date));
    }
    parts.push(h("article", { class: own ? "bubble own" : "bubble", "aria-label": `${own ? "From" : "To"} the handset` },
      h("p", {}, message.text || "(no text)"),
      (message.media ?? []).map((one) => h("p", { class: "media" }, one.url ?? "attachment")),
      h("footer", {}, h("time", {}, time(message.at).slice(0, 8)), " ",
        badge(message.status, TONES[message.status]),
        message.segments > 1 ? ` ${message.segments} parts` : "", message.error ? ` ${message.error}` : "")));
    return parts;
  });
}
