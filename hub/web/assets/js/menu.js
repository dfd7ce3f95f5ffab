// Menus made of <details>: they close when something is chosen, at Escape, and at a click elsewhere.

const open = () => document.querySelectorAll("details.menu[open]");

addEventListener("click", ({ target }) => {
  for (const menu of open()) {
    const chosen = target.closest?.("button, a") && menu.contains(target);
    if (chosen || !menu.contains(target)) menu.open = false;
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
