// What set-up and Devices do better with a script; each works without it.

// A test takes some seconds: the button says so.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name) return; // a row more or less: nothing is tested
    const button = form.querySelector("button.btn--primary");
    button.setAttribute("aria-busy", "true");
    button.textContent = form.dataset.busy;
  });
}
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-busy] [aria-busy]")) location.reload();
});

// While the first reading is on its way the page looks again by itself.
const waiting = document.querySelector("[data-look-again]");
if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.lookAgain) * 1000);
