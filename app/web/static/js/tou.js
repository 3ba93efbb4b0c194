// The plan editor: draws anew while somebody types, and lets buttons change the form in place. Without this file each button sends the form.

const TYPED_MS = 300;

const editor = document.getElementById("tou-editor");
let timer = 0;
let asked = 0;

const body = (submitter) => new URLSearchParams(new FormData(editor, submitter));

async function send(address, content) {
  const answer = await fetch(address, { method: "POST", body: content, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** What follows from the fields; the fields themselves are left alone. */
async function look() {
  const number = ++asked;
  let fresh;
  try {
    fresh = await send(editor.dataset.preview, body());
  } catch {
    return; // the next change tries again, and saving tells what is wrong
  }
  if (number === asked) for (const region of fresh.querySelectorAll("[data-region]")) replace(region);
}

function replace(region) {
  const old = document.getElementById(region.id);
  if (old && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(region));
  hideCheck();
}

/** A button that changes the form: the whole form comes back, and the keyboard stays where it was. */
async function step(button) {
  clearTimeout(timer);
  asked += 1;
  const place = { value: button.value, words: button.textContent };
  const fresh = await send(editor.action, body(button));
  const form = fresh.getElementById("tou-editor");
  for (const fold of editor.querySelectorAll("details[open][id]")) fresh.getElementById(fold.id)?.setAttribute("open", "");
  editor.replaceChildren(...form.childNodes);
  hideCheck();
  const again = [...editor.querySelectorAll("button[data-step]")].find((each) => each.value === place.value);
  const opened = ["period:", "add-period"].some((kind) => place.value.startsWith(kind));
  const target = opened ? editor.querySelector("#h-period") : again ?? editor.querySelector("#tou-periods button");
  target?.focus({ preventScroll: !opened });
}

// Everything is checked while it is typed.
function hideCheck() {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
}

if (editor) {
  hideCheck();
  editor.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPED_MS);
  });
  editor.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.hasAttribute("data-step")) return;
    event.preventDefault();
    delete editor.dataset.sent; // the same form will be sent again
    step(button).catch(() => HTMLFormElement.prototype.submit.call(withStep(button)));
  });
}

/** The form with the pressed button as a field, to be sent as the browser does it. */
function withStep(button) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "step", value: button.value });
  editor.append(field);
  return editor;
}
