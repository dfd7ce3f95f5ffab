// The one place that listens to the hub: server-sent events become events of the page.
//
//   hub:hello, hub:pop, hub:calls, hub:missed, hub:messages, hub:import    on document.body
//
// The browser itself reconnects and says the last event it saw; the hub then tells what is true.
import { leading, on, relay } from "./tabs.js";
import { say, word } from "./words.js";
import { setClock } from "./timers.js";

const NAMES = ["hello", "pop", "calls", "missed", "messages", "import", "bye"];
const shown = new Map(); // call id -> the last pop heard, for tabs that come later
let source = null;
let hello = null;
let lost = 0;
let tries = 0;

if (document.body.dataset.user) {
  on("event", ({ name, data }) => arrived(name, data));
  on("hello?", replay);
  leading(listen);
  if (!source) relay("hello?");
}

function listen() {
  source = new EventSource("/stream");
  for (const name of NAMES) {
    source.addEventListener(name, ({ data }) => {
      remember(name, data);
      relay("event", { name, data });
      arrived(name, data);
    });
  }
  source.onopen = found;
  source.onerror = broken;
}

function remember(name, data) {
  if (name === "hello") {
    hello = data;
    const open = new Set(JSON.parse(data).pops);
    for (const id of shown.keys()) if (!open.has(id)) shown.delete(id);
  } else if (name === "pop") {
    const id = /data-call="(\w+)"/.exec(data)?.[1];
    shown.delete(id);
    if (!data.includes(" data-leaves")) shown.set(id, data);
  }
}

// A new tab asks what there is; only the one that listens knows.
function replay() {
  if (!source || !hello) return;
  const now = { ...JSON.parse(hello), pops: [...shown.keys()], now: undefined };
  relay("event", { name: "hello", data: JSON.stringify(now) });
  for (const data of shown.values()) relay("event", { name: "pop", data });
}

function arrived(name, data) {
  if (name === "bye") return bye();
  const detail = name === "pop" ? data : data ? JSON.parse(data) : {};
  if (detail.now) setClock(detail.now);
  if (detail.missed !== undefined) count(detail.missed);
  document.body.dispatchEvent(new CustomEvent(`hub:${name}`, { detail, bubbles: true }));
}

function bye() {
  source?.close();
  location.reload(); // leads to the sign-in
}

function count(missed) {
  for (const badge of document.querySelectorAll("[data-count=missed]")) {
    badge.hidden = !missed;
    badge.firstChild.nodeValue = missed;
  }
  document.documentElement.dataset.missed = missed;
}

function found() {
  tries = 0;
  clearTimeout(lost);
  if (document.documentElement.hasAttribute("data-lost")) say(word("back"));
  document.documentElement.removeAttribute("data-lost");
}

// A short gap is nobody's business; after a while people should know that they see the past.
function broken() {
  clearTimeout(lost);
  lost = setTimeout(() => {
    document.documentElement.setAttribute("data-lost", "");
    say(word("lost"));
  }, 4000);
  if (source.readyState === EventSource.CLOSED) again();
}

// The browser gives up for good at any answer that is no stream: a proxy's page, a sign-in that ended.
async function again() {
  source.close();
  const wait = Math.min(30000, 500 * 2 ** tries++) * (0.7 + Math.random() * 0.6);
  await new Promise((resolve) => setTimeout(resolve, wait));
  const answer = await fetch("/now/missed", { redirect: "manual", headers: { "hx-request": "true" } }).catch(() => null);
  if (answer?.status === 401) return bye();
  listen();
}
