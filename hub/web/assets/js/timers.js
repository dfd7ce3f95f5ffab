// Times that go on by themselves: one interval for the whole page.

let ahead = 0; // milliseconds that the hub's clock is ahead of ours
let beats = 0;
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

export function setClock(iso) {
  ahead = Date.parse(iso) - Date.now();
}

export function length(iso) {
  const seconds = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(iso)) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function tick(root = document) {
  for (const time of root.querySelectorAll("[data-run]")) {
    const text = length(time.dataset.run);
    if (time.textContent !== text) time.textContent = text;
  }
}

// "5 minutes ago" grows old; what was written as a time of day stays.
function age() {
  for (const time of document.querySelectorAll("time[datetime][title]")) {
    const minutes = Math.floor((Date.now() + ahead - Date.parse(time.dateTime)) / 60000);
    if (minutes >= 1 && minutes < 60) time.textContent = relative.format(-minutes, "minute");
  }
}

setInterval(() => {
  tick();
  if (++beats % 20 === 0) age();
}, 1000);
tick();
