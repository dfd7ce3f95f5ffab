// The pops: drawn by the hub, kept in place here. Words and focus survive every refresh.
import { isFront, on, tell } from "./tabs.js";
import { cry, say, word } from "./words.js";
import { calm, notify } from "./notify.js";
import { ring } from "./sound.js";
import { tick } from "./timers.js";

const stack = document.getElementById("pops");
const csrf = JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}")["X-CSRF-Token"];
const STAYS = 4000; // milliseconds that "Anna took it" stands there
const KEEP = 700; // milliseconds without a key before a note is kept
const CLOSED = "hub.closed";
const notes = new WeakMap(); // textarea -> timer
htmx.config.morphIgnore = [...(htmx.config.morphIgnore ?? []), "data-kept", "open"];
htmx.config.morphSkip = ".kept"; // what was said of a note outlives the next refresh

// --- What arrives -------------------------------------------------------------------------------

document.body.addEventListener("hub:hello", ({ detail }) => {
  const now = new Set(detail.pops);
  for (const pop of pops()) if (!now.has(pop.dataset.call)) leave(pop);
});
document.body.addEventListener("hub:pop", ({ detail }) => draw(detail));

export const pops = () => [...stack.querySelectorAll(".pop")];

function draw(html) {
  const id = /data-call="(\w+)"/.exec(html)?.[1];
  const stance = /data-stance="(\w+)"/.exec(html)?.[1];
  let pop = document.getElementById(`pop-${id}`);
  const leaves = html.includes(" data-leaves");
  if (!id || (!pop && leaves)) return;
  if (isClosed(id, stance)) return pop && remove(pop);
  if (!leaves) pop?.removeAttribute("data-kept-going"); // it was about to go, and rings again
  const before = pop?.dataset.stance;
  htmx.swap({ text: html, target: pop ?? stack, swap: pop ? "outerMorph" : "afterbegin", sourceElement: document.body });
  pop = document.getElementById(`pop-${id}`);
  tick(pop);
  if (!before) arrive(pop);
  if (before !== stance) changed(pop, before);
}

function arrive(pop) {
  const busy = pops().find((other) => other !== pop && other.contains(document.activeElement));
  for (const other of pops()) if (other !== pop && other !== busy) shrink(other, true);
  if (busy) shrink(pop, true);
}

function changed(pop, before) {
  const { stance, title, company, line } = pop.dataset;
  if (stance === "ringing" && isFront()) {
    cry([word("incoming"), title, company, `${word("to")} ${line}`].filter(Boolean).join(", "));
    notify(pop);
  } else if (before === "ringing") {
    say(pop.querySelector(".took")?.textContent ?? pop.querySelector(".state")?.textContent ?? "");
    calm(pop.dataset.call);
  }
  if (pop.hasAttribute("data-leaves")) later(pop, stance === "passed" ? 300 : STAYS);
  else if (stance === "wrap_up" && Number(document.body.dataset.popSeconds)) later(pop, document.body.dataset.popSeconds * 1000);
  attend();
}

// Rings as long as anything rings, in the tab in front alone.
function attend() {
  const ringing = pops().find((pop) => pop.dataset.stance === "ringing" && !pop.hasAttribute("data-ours"));
  ring(Boolean(ringing) && isFront());
  document.documentElement.dataset.ringing = ringing?.dataset.title ?? "";
  document.dispatchEvent(new Event("hub:attend"));
}
on("front", attend);

// --- What goes ----------------------------------------------------------------------------------

// Nothing vanishes under somebody's hands.
function later(pop, wait) {
  setTimeout(() => {
    if (!pop.isConnected) return;
    const stays = !pop.hasAttribute("data-leaves") && pop.dataset.stance !== "wrap_up";
    if (stays) return;
    if (pop.matches(":focus-within, :hover")) return later(pop, 1500);
    leave(pop);
  }, wait);
}

function leave(pop) {
  if (pop.matches(":focus-within")) return later(pop, 1500);
  if (pop.hasAttribute("data-kept-going")) return;
  pop.setAttribute("data-kept-going", "");
  setTimeout(() => { if (pop.hasAttribute("data-kept-going")) remove(pop); }, 200);
}

function remove(pop) {
  if (!pop.isConnected) return;
  const held = pop.contains(document.activeElement);
  pop.remove();
  calm(pop.dataset.call);
  if (held) giveBack();
  const next = pops()[0];
  if (next && pops().every((other) => other.hasAttribute("data-kept-small"))) shrink(next, false);
  attend();
}

const group = (stance) => (stance === "ringing" || stance === "calling" ? "ring" : "talk");
const closed = () => JSON.parse(localStorage.getItem(CLOSED) ?? "[]");
const isClosed = (id, stance) => closed().includes(`${id} ${group(stance)}`);

function close(pop) {
  const key = `${pop.dataset.call} ${group(pop.dataset.stance)}`;
  keep(pop.querySelector("textarea"));
  localStorage.setItem(CLOSED, JSON.stringify([key, ...closed()].slice(0, 100)));
  tell("closed", { id: pop.dataset.call });
}
on("closed", ({ id }) => {
  const pop = document.getElementById(`pop-${id}`);
  if (pop) remove(pop);
});

function shrink(pop, small) {
  pop.toggleAttribute("data-kept-small", small);
  pop.querySelector("[data-do=shrink]")?.setAttribute("aria-expanded", String(!small));
}

// --- Where the focus was ------------------------------------------------------------------------

let origin = null;

export function jump() {
  const pop = pops().find((one) => one.dataset.stance === "ringing") ?? pops()[0];
  if (!pop) return;
  if (!stack.contains(document.activeElement)) origin = document.activeElement;
  for (const other of pops()) shrink(other, other !== pop);
  pop.focus();
}

export function giveBack() {
  const back = origin?.isConnected && origin !== document.body ? origin : document.getElementById("main");
  origin = null;
  back?.focus({ preventScroll: true });
}

// --- What people do -----------------------------------------------------------------------------

stack.addEventListener("click", (event) => {
  const pop = event.target.closest(".pop");
  const button = event.target.closest("button");
  if (!pop) return;
  if (button?.dataset.do === "close") close(pop);
  else if (button?.dataset.do === "shrink") shrink(pop, !pop.hasAttribute("data-kept-small"));
  else if (button?.dataset.post) act(pop, button.dataset.post, fieldsOf(button));
  else if (!button && pop.hasAttribute("data-kept-small")) shrink(pop, false);
});

function fieldsOf({ dataset }) {
  if (dataset.contact) return { contact: dataset.contact };
  return dataset.disposition === undefined ? {} : { disposition: dataset.disposition };
}

stack.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const pop = form.closest(".pop");
  if (form.dataset.create) act(pop, form.dataset.create, Object.fromEntries(new FormData(form)));
  if (form.dataset.note) keep(form.querySelector("textarea"));
});

stack.addEventListener("keydown", (event) => {
  if (event.key === "Escape") giveBack();
});

async function post(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "x-csrf-token": csrf, "hx-request": "true" },
    keepalive: true,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(answer.status < 500 && !text.startsWith("<") ? text : word("failed"));
  return text;
}

async function act(pop, url, fields) {
  const trouble = pop.querySelector(".trouble");
  try {
    const html = await post(url, fields);
    if (html) draw(html);
    trouble.hidden = true;
  } catch (error) {
    trouble.textContent = error instanceof TypeError ? word("failed") : error.message;
    trouble.hidden = false;
  }
}

// --- The note -----------------------------------------------------------------------------------

stack.addEventListener("input", ({ target }) => {
  if (target.name !== "note") return;
  clearTimeout(notes.get(target));
  mark(target, "");
  notes.set(target, setTimeout(() => keep(target), KEEP));
});
stack.addEventListener("focusout", ({ target }) => {
  if (target.name === "note") keep(target);
});
addEventListener("pagehide", () => { for (const pop of pops()) keep(pop.querySelector("textarea")); });

// Keeps what was typed since the last time; what the hub did not take is tried again.
async function keep(area) {
  if (!area || !notes.has(area)) return;
  clearTimeout(notes.get(area));
  notes.delete(area);
  try {
    const html = await post(area.form.dataset.note, { note: area.value });
    if (html) draw(html);
    mark(area, "words");
  } catch {
    mark(area, "failed");
    if (!notes.has(area)) notes.set(area, setTimeout(() => keep(area), 5000));
  }
}

function mark(area, what) {
  const place = area.form.querySelector(".kept");
  place.textContent = what ? place.dataset[what] : "";
}
