// The control API of the universe this page belongs to.

import { say } from "./dom.js";

const [, root, own] = /^(.*?)(?:\/_u\/([^/]+))?\/_emulator\/.*$/.exec(location.pathname);

export const universe = own ?? "main";

export function home(name) {
  return `${root}${name === "main" ? "" : `/_u/${name}`}/_emulator/`;
}

async function call(method, path, body) {
  const asked = { method };
  if (body !== undefined) {
    asked.body = JSON.stringify(body);
    asked.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(`api${path}`, asked);
  const text = await answer.text();
  const found = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(found?.error ?? `${answer.status} ${answer.statusText}`);
  return found;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body ?? {});
export const put = (path, body) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path);

// Do something that may be refused; the refusal is said, and null is the outcome.
export async function attempt(work, done) {
  try {
    const found = await work();
    if (done) say(done);
    return found ?? true;
  } catch (error) {
    say(error.message, "bad");
    return null;
  }
}

export function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== "")).toString();
}
