// What scripts say, in the language of the page; and saying it aloud.

const words = document.getElementById("words")?.dataset ?? {};

export const word = (name) => words[name] ?? "";

// Politely, when the reader has finished.
export const say = (text) => put("said", text);

// At once: for a call that rings, nothing else.
export const cry = (text) => put("cried", text);

function put(id, text) {
  const place = document.getElementById(id);
  if (!place) return;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}
