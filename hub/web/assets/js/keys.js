// The keyboard. Single keys are dead while somebody types, and can be switched off (WCAG 2.1.4).
import { giveBack, jump, pops } from "./pop.js";

const GO = { n: "/now", c: "/calls", r: "/rules" };
const help = document.getElementById("keys");
const single = document.body.dataset.shortcuts !== "off";
let going = 0; // until when `g` waits for its second key

addEventListener("keydown", (event) => {
  if (event.altKey && event.shiftKey && event.code === "KeyP") return done(event, jump);
  if (!single || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || help?.open) return;
  const act = going > event.timeStamp ? second(event.key) : first(event.key);
  going = 0;
  if (act) done(event, act);
  if (!act && event.key === "g") going = event.timeStamp + 1200;
});

function done(event, act) {
  event.preventDefault();
  act();
}

const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");

function second(key) {
  return GO[key] && (() => location.assign(GO[key]));
}

function first(key) {
  if (key === "?") return () => help?.showModal();
  if (key === "/") return press("/", document);
  if (key === "j" || key === "k") return () => move(key === "j" ? 1 : -1);
  if (key === "Enter") return isRow(document.activeElement) && (() => row().querySelector("[data-open], a[href^='/']")?.click());
  if (/^[1-9]$/.test(key)) return pick(key);
  if (key === "n" || key === "c") return press(key, card()) ?? press(key, row());
  if (key === "x") return press(key, row());
  return null;
}

// The pop that the keys mean: the one with the focus, else the first that is open.
function card() {
  const all = pops();
  return all.find((pop) => pop.contains(document.activeElement)) ?? all.find((pop) => !pop.hasAttribute("data-kept-small"));
}

function press(key, where) {
  const target = where?.querySelector(`[data-key="${key}"]`);
  if (!target) return null;
  return () => (target.matches("input, textarea") ? target.focus() : target.click());
}

function pick(key) {
  const match = card()?.querySelector(`[data-pick="${key}"]`);
  return match && (() => match.click());
}

// --- Rows ---------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("main [data-row]")];
const isRow = (element) => element?.hasAttribute?.("data-row");
const row = () => document.activeElement?.closest?.("main [data-row]");

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(row());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 && by < 0 ? all.length - 1 : at + by))];
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

help?.addEventListener("close", () => { if (document.activeElement === document.body) giveBack(); });
