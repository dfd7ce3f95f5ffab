// The few things that every page does: copying, and reloading what a form changed.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const word = button.querySelector("span") ?? button;
  const before = word.textContent;
  word.textContent = button.dataset.done;
  setTimeout(() => { word.textContent = before; }, 1500);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
