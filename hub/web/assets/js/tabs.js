// Many tabs, one browser: one of them listens to the hub for all, one of them is in front.
//
// The listener holds a lock and relays what it hears. The one in front is the tab that was used
// last: it alone draws the pop in full, rings and notifies; in the others it is a pill.

const user = document.body.dataset.user;
const me = crypto.randomUUID?.() ?? String(Math.random());
const channel = user && "BroadcastChannel" in self ? new BroadcastChannel(`hub-${user}`) : null;
const hearers = new Map();
let front = "";

export const isFront = () => front === me;

export function on(kind, hear) {
  hearers.set(kind, [...(hearers.get(kind) ?? []), hear]);
}

// Tell the other tabs.
export function relay(kind, body = {}) {
  channel?.postMessage({ kind, body, from: me });
}

// Tell all tabs, this one too.
export function tell(kind, body = {}) {
  relay(kind, body);
  heard(kind, body);
}

function heard(kind, body) {
  for (const hear of hearers.get(kind) ?? []) hear(body);
}

// Runs `lead` in one tab alone; when that tab goes, in another one.
export function leading(lead) {
  if (!channel || !navigator.locks) return lead();
  navigator.locks.request(`hub-${user}`, () => {
    lead();
    return new Promise(() => {});
  });
}

function step(to) {
  front = to;
  document.documentElement.toggleAttribute("data-front", isFront());
  heard("front", { here: isFront() });
}

export function comeForward() {
  if (isFront()) return;
  step(me);
  relay("front", { tab: me });
}

if (channel) {
  channel.onmessage = ({ data }) => {
    if (data.kind === "front") step(data.body.tab);
    else if (data.kind === "left" && data.from === front) comeForward();
    else heard(data.kind, data.body);
  };
}
for (const sign of ["focus", "pointerdown", "keydown"]) addEventListener(sign, comeForward, { capture: true, passive: true });
addEventListener("pagehide", () => { if (isFront()) relay("left"); });
addEventListener("pageshow", (event) => { if (event.persisted) comeForward(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) comeForward(); });
if (!document.hidden) comeForward();
