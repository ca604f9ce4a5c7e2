// A call as a ladder of SVG: an end is a line downwards, a step a row.

import { s, time } from "./dom.js";

const LEFT = 96;
const NARROWEST = 150;
const WIDEST = 260;
const TOP = 58;
const ROW = 40;
const LONGEST = 26;

function cut(text, most = LONGEST) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// `room` is how wide it may become without being scrolled.
export function ladder({ ends, steps }, room, chosen, pick) {
  const column = Math.max(NARROWEST, Math.min(WIDEST, (room - LEFT) / ends.length));
  const x = new Map(ends.map((end, index) => [end.id, LEFT + column / 2 + index * column]));
  const width = LEFT + column * ends.length;
  const height = TOP + ROW * steps.length + 24;
  const drawn = s("svg", {
    class: "ladder", viewBox: `0 0 ${width} ${height}`, width, height, role: "group",
    "aria-label": `Ladder of ${ends.map((end) => end.name).join(", ")}`,
  }, head(), ends.map((end) => lane(end, x.get(end.id), column, height)),
  steps.map((step, index) => row(step, index, x, width, ends, index === chosen, pick)));
  return drawn;
}

function head() {
  return s("defs", {}, ["sip", "bad", "webhook"].map((kind) =>
    s("marker", { id: `tip-${kind}`, viewBox: "0 0 8 8", refX: "8", refY: "4", markerWidth: "8", markerHeight: "8", orient: "auto-start-reverse" },
      s("path", { class: `tip ${kind}`, d: "M0 0L8 4L0 8Z" }))));
}

function lane(end, at, column, height) {
  return s("g", { class: "lane" },
    s("line", { x1: at, y1: 36, x2: at, y2: height - 8 }),
    s("rect", { x: at - column / 2 + 6, y: 6, width: column - 12, height: 30, rx: 6 }),
    s("text", { x: at, y: 26, "text-anchor": "middle" }, s("title", {}, end.name), cut(end.name.replace(/^sips?:/, ""), Math.floor(column / 10.5))));
}

function tone(step) {
  if (step.kind === "sip") return /^[4-6]\d\d/.test(step.label) ? "bad" : "sip";
  return step.kind;
}

function row(step, index, x, width, ends, chosen, pick) {
  const y = TOP + ROW * index + 24;
  const name = (id) => ends.find((end) => end.id === id)?.name ?? id;
  const said = step.at_end ? `${step.label} at ${name(step.at_end)}` : `${step.label} from ${name(step.from)} to ${name(step.to)}`;
  const chose = () => pick(index);
  return s("g", {
    class: `step ${tone(step)}${chosen ? " chosen" : ""}`, role: "button", tabindex: "0", "data-key": `step-${index}`,
    "aria-label": `${time(step.at)} ${said}`, "aria-pressed": String(chosen),
    onclick: chose, onkeydown: (event) => keys(event, chose),
  },
  s("rect", { class: "hit", x: 0, y: y - 26, width, height: ROW, rx: 4 }),
  s("text", { class: "at", x: 8, y: y + 4 }, time(step.at).slice(0, 12)),
  step.at_end ? note(step, x.get(step.at_end), y) : arrow(step, x, y));
}

function keys(event, chose) {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    chose();
  }
  const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const other = next && event.currentTarget[next];
  if (other?.classList.contains("step")) {
    event.preventDefault();
    other.focus();
  }
}

function arrow(step, x, y) {
  const [from, to] = [x.get(step.from), x.get(step.to)];
  return [
    s("line", { class: "arrow", x1: from, y1: y + 2, x2: to, y2: y + 2, "marker-end": `url(#tip-${tone(step)})` }),
    s("text", { class: "label", x: (from + to) / 2, y: y - 5, "text-anchor": "middle" }, cut(step.label)),
  ];
}

function note(step, at, y) {
  return [
    s("rect", { class: "note", x: at - 62, y: y - 13, width: 124, height: 26, rx: 13 }),
    s("text", { class: "label", x: at, y: y + 4, "text-anchor": "middle" }, cut(step.label, 16)),
  ];
}
