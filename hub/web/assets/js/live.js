// Parts of a page that show what changes: `data-live="call"` is asked for again when a call changes.

const TOPICS = { calls: "call", missed: "missed", messages: "message", import: "import", hello: "*" };
let first = true; // the page that just came is as true as the first hello

for (const [name, topic] of Object.entries(TOPICS)) {
  document.body.addEventListener(`hub:${name}`, () => {
    if (name === "hello" && first) return void (first = false);
    const wanted = topic === "*" ? "[data-live]" : `[data-live~="${topic}"]`;
    for (const part of document.querySelectorAll(wanted)) part.dispatchEvent(new Event("live"));
  });
}
