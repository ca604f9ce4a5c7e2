// Elements from data. Text is always set as text: much of it was written by somebody else.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// h("p", {class: "note"}, "text", other)
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

// Replace what is in `place`, and give the focus back to the element of the same data-key.
export function show(place, ...children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const tops = new Map();
  for (const box of place.querySelectorAll("[data-scroll]")) tops.set(box.dataset.scroll, box.scrollTop);
  place.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const box of place.querySelectorAll("[data-scroll]")) {
    if (tops.has(box.dataset.scroll)) box.scrollTop = tops.get(box.dataset.scroll);
  }
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

export function time(text) {
  return text ? text.slice(11, 23).replace("+", "") : "";
}

export function day(text) {
  return text ? text.slice(0, 10) : "";
}

export function json(value) {
  return h("pre", { class: "json", tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

export function badge(text, tone) {
  return h("span", { class: `badge ${tone ?? ""}` }, String(text));
}

export function empty(text, more) {
  return h("div", { class: "empty" }, h("p", {}, text), more ? h("p", {}, more) : null);
}

// A list of rows that are chosen by click, Enter or the arrow keys.
export function picker(label, rows, chosen, pick) {
  const items = rows.map((row) =>
    h("li", {},
      h("button", {
        type: "button", class: row.tone ? `row ${row.tone}` : "row", "data-key": `row-${row.key}`,
        "aria-current": row.key === chosen ? "true" : null,
        onclick: () => pick(row.key),
      }, ...row.parts)));
  return h("ul", { class: "rows", "aria-label": label, "data-scroll": label, onkeydown: step }, ...items);
}

function step(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const all = [...event.currentTarget.querySelectorAll("button.row")];
  const next = all[all.indexOf(document.activeElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

let spoken = 0;

// Say something for a few seconds, aloud too where a screen reader listens.
export function say(text, tone) {
  const place = byId("said");
  place.textContent = text;
  place.className = tone ?? "";
  clearTimeout(spoken);
  spoken = setTimeout(() => { place.textContent = ""; }, 6000);
}
