// The ring tone: two soft notes, made here, heard only after the first click or key in the page.
import { ask } from "./notify.js";

const MUTED = "hub.muted";
const bell = document.getElementById("bell");
let context = null;
let tone = null; // what plays now
let wanted = false;

const volume = () => (localStorage.getItem(MUTED) ? 0 : Number(document.body.dataset.sound ?? 0.6));

export function ring(on) {
  wanted = on;
  if (on && !tone) start();
  else if (!on) stop();
}

function start() {
  if (!context || context.state !== "running" || !volume()) return;
  tone = context.createBufferSource();
  tone.buffer = notes();
  tone.loop = true;
  const gain = context.createGain();
  gain.gain.value = volume() ** 2;
  tone.connect(gain).connect(context.destination);
  tone.start();
}

function stop() {
  tone?.stop();
  tone?.disconnect();
  tone = null;
}

// Three seconds: E5, B5, and a rest.
let kept = null;
function notes() {
  if (kept) return kept;
  const rate = context.sampleRate;
  kept = context.createBuffer(1, rate * 3, rate);
  const wave = kept.getChannelData(0);
  for (const [from, pitch] of [[0, 659.26], [0.22, 987.77], [0.9, 659.26], [1.12, 987.77]]) {
    for (let i = 0; i < rate * 0.6; i++) {
      const at = i / rate;
      wave[Math.floor(from * rate) + i] += 0.4 * Math.sin(2 * Math.PI * pitch * at) * Math.min(1, at * 80) * Math.exp(-at * 7);
    }
  }
  return kept;
}

function wake() {
  context ??= new AudioContext();
  context.resume().then(() => { if (wanted && !tone) start(); });
}
for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, wake, { once: true, capture: true });

// The bell in the head of the page: sound off and on; on also asks for the system's notifications.
function show() {
  bell.setAttribute("aria-pressed", String(!localStorage.getItem(MUTED)));
}
if (bell) {
  show();
  bell.addEventListener("click", () => {
    if (localStorage.getItem(MUTED)) localStorage.removeItem(MUTED);
    else localStorage.setItem(MUTED, "1");
    show();
    if (!localStorage.getItem(MUTED)) ask();
    stop();
    ring(wanted);
  });
}
