// A backtest under way: its part of the page is fetched anew until it is over.

const POLL_MS = 2_000;

async function poll() {
  const part = document.getElementById("backtest-run");
  const address = part?.dataset.poll;
  if (!address) return;
  if (document.visibilityState === "visible") await look(part, address);
  setTimeout(poll, POLL_MS);
}

async function look(part, address) {
  let text;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return; // the next turn tries again
  }
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("backtest-run");
  if (!fresh) return;
  if (!fresh.dataset.poll) {
    location.reload(); // over: the list of runs says so too
    return;
  }
  const bar = part.querySelector("progress");
  const now = fresh.querySelector("progress");
  // The button keeps the keyboard's focus: only what moves is replaced.
  if (now.hasAttribute("value")) {
    bar.max = now.max;
    bar.value = now.value;
  }
  part.querySelector("[aria-live]").textContent = fresh.querySelector("[aria-live]").textContent;
}

setTimeout(poll, POLL_MS);
