// What a page of records does while it stays open: parts renew themselves, the site's clock is named where it is not the browser's.

const RENEW_MS = 30_000;

for (const note of document.querySelectorAll("[data-zone]")) nameZone(note);

if (document.querySelector("[data-renew]")) {
  setInterval(() => document.visibilityState === "visible" && renew(), RENEW_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && renew());
}

/** Show the note when the browser's clock differs from the site's. */
function nameZone(note) {
  const now = new Date();
  const there = now.toLocaleString("en-GB", { timeZone: note.dataset.zone });
  note.hidden = there === now.toLocaleString("en-GB");
}

/** Fetch the part of the page that changes and put it in the place of the old one. */
async function renew() {
  const address = document.querySelector("[data-renew]")?.dataset.renew;
  if (!address) return;
  let text;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    text = await answer.text();
  } catch {
    tellLost();
    return;
  }
  document.querySelector("[data-lost]")?.remove();
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of fresh.body.children) replace(document.getElementById(part.id), part);
  document.dispatchEvent(new CustomEvent("powersync:renewed"));
}

/** A part that holds the keyboard's focus waits; what was unfolded stays so. */
function replace(old, part) {
  if (!old || old.contains(document.activeElement)) return;
  for (const fold of part.querySelectorAll("details[id]")) fold.open = document.getElementById(fold.id)?.open ?? false;
  old.replaceWith(document.adoptNode(part));
  for (const note of document.getElementById(part.id).querySelectorAll("[data-zone]")) nameZone(note);
}

/** The ages on the page stand still from now on: say so. */
function tellLost() {
  if (document.querySelector("[data-lost]")) return;
  const note = document.createElement("p");
  note.className = "banner banner--error";
  note.dataset.lost = "";
  note.setAttribute("role", "alert");
  const clock = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  note.append(document.createElement("span"), `PowerSync does not answer. What you see is from ${clock} or before; this page tries again every 30 s.`);
  document.querySelector(".main__inner").prepend(note);
}
