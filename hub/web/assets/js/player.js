// The recording's player: speed, keys, and a click on the talk of the drawing.

const drawing = document.querySelector("[data-timeline]");
const player = document.querySelector("[data-player] audio")?.closest("[data-player]");

function place(audio) {
  const { left, right, seconds, talk } = drawing.dataset;
  const head = drawing.querySelector("[data-head]");
  const share = (Number(talk) + audio.currentTime) / Number(seconds);
  const x = Number(left) + Math.min(1, share) * (Number(right) - Number(left));
  head.setAttribute("transform", `translate(${x} 0)`);
  head.setAttribute("visibility", "visible");
}

function seek(event, audio) {
  const { left, right, seconds, talk } = drawing.dataset;
  const box = drawing.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width * drawing.viewBox.baseVal.width;
  const second = (x - Number(left)) / (Number(right) - Number(left)) * Number(seconds);
  audio.currentTime = Math.max(0, second - Number(talk));
  audio.play();
}

const KEYS = {
  " ": (audio) => (audio.paused ? audio.play() : audio.pause()),
  ArrowLeft: (audio) => { audio.currentTime = Math.max(0, audio.currentTime - 5); },
  ArrowRight: (audio) => { audio.currentTime += 5; },
};

if (player) {
  const audio = player.querySelector("audio");
  for (const button of player.querySelectorAll("[data-speed]")) {
    button.addEventListener("click", () => {
      audio.playbackRate = Number(button.dataset.speed);
      for (const other of player.querySelectorAll("[data-speed]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
    });
  }
  player.addEventListener("keydown", (event) => {
    if (event.target !== player || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key](audio);
  });
  if (drawing) {
    audio.addEventListener("timeupdate", () => place(audio));
    drawing.addEventListener("click", (event) => {
      if (event.target.closest("[data-seek]")) seek(event, audio);
    });
  }
}
