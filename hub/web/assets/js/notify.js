// What tells people who look elsewhere: the system's notification, the title, the icon of the tab.
import { word } from "./words.js";

const open = new Map(); // call id -> Notification
const plain = document.title;
const icon = document.querySelector("link[rel=icon]");
const quiet = icon?.href;
const RINGS = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="13" fill="#d98a00"/><path d="M6 16h9" stroke="#fff" stroke-width="3"/><circle cx="22" cy="16" r="5" fill="#fff"/></svg>',
);

// One per call: the tag lets a second one take the first one's place.
export function notify(pop) {
  if (document.hasFocus() && !document.hidden) return;
  if (!("Notification" in self) || Notification.permission !== "granted") return;
  const { call, title, company, line } = pop.dataset;
  const shown = new Notification(title, { tag: call, body: [company, `${word("to")} ${line}`].filter(Boolean).join(", "), silent: true, requireInteraction: true });
  shown.onclick = () => { window.focus(); shown.close(); };
  open.set(call, shown);
}

export function calm(call) {
  open.get(call)?.close();
  open.delete(call);
}

export async function ask() {
  if ("Notification" in self && Notification.permission === "default") await Notification.requestPermission();
}

// The title says who rings, else how many wait.
export function badge() {
  const { ringing, missed } = document.documentElement.dataset;
  document.title = ringing ? `${word("incoming")}: ${ringing}` : Number(missed) ? `(${missed}) ${plain}` : plain;
  const wanted = ringing ? RINGS : quiet;
  if (icon && icon.href !== wanted) icon.href = wanted;
}
document.addEventListener("hub:attend", badge);
document.body.addEventListener("hub:hello", badge);
document.body.addEventListener("hub:missed", badge);
