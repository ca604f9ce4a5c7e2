// What happened, kept up to date by the event stream: the journal's newest entries, and the state.

import { get } from "./api.js";

const MOST = 5000;

export const journal = { entries: [], last: 0 };
export const state = { mode: "live", now: null, offset: 0, faults: [] };
const listeners = new Set();
const AGAIN = 1000;
let source = null;
let connecting = false;

export function listen(listener) {
  listeners.add(listener);
}

function tell(what, data) {
  for (const listener of listeners) listener(what, data);
}

export function now() {
  if (!state.now) return null;
  return state.mode === "frozen" ? new Date(state.now) : new Date(Date.now() + state.offset);
}

export async function start() {
  await connect();
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : connect()));
}

async function read() {
  const found = await get("/journal?limit=1000");
  journal.entries = found.entries;
  journal.last = found.last;
}

// A hidden tab gives its connection back; a browser has few of them for one server.
function pause() {
  source?.close();
  source = null;
  tell("stream", "paused");
}

// The journal is read anew each time: the server may be another one by now, with other numbers.
async function connect() {
  if (source || connecting) return;
  connecting = true;
  try {
    await read();
    open();
  } catch {
    later();
  } finally {
    connecting = false;
  }
}

function open() {
  source = new EventSource(`api/events?since=${journal.last}`);
  source.addEventListener("open", () => tell("stream", "connected"));
  source.addEventListener("error", later);
  source.addEventListener("entry", (event) => take(JSON.parse(event.data)));
  source.addEventListener("state", (event) => turn(JSON.parse(event.data)));
}

function later() {
  source?.close();
  source = null;
  tell("stream", "offline");
  if (!document.hidden) setTimeout(connect, AGAIN);
}

function take(entry) {
  if (entry.seq <= journal.last) return;
  journal.last = entry.seq;
  journal.entries.push(entry);
  if (journal.entries.length > MOST) journal.entries.splice(0, journal.entries.length - MOST);
  tell("entry", entry);
}

function turn(found) {
  Object.assign(state, found);
  state.offset = new Date(found.now) - Date.now();
  journal.entries = journal.entries.filter((entry) => entry.seq >= found.first);
  tell("state", state);
}
