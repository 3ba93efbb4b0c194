// Keeps the Now page up to date: asks for its regions every few seconds and puts those that changed in place.
// Ages and countdowns go on by themselves. Without this file the page is a page that one reloads.

const POLL_MS = 5000;
const ANSWER_WITHIN_MS = 8000;
const OFFLINE_AFTER_MS = 15000;
const THIN = "\u202f";

const page = document.querySelector("[data-live]");
const offline = document.getElementById("now-offline");
let tag = null;
let skewMs = 0; // the server's clock minus this one
let answeredAt = performance.now();
let isAsking = false;
let timer = 0;

const readClock = (element) => {
  skewMs = Date.parse(element.dataset.now) - Date.now();
};
const serverNow = () => Date.now() + skewMs;

function duration(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 60) return `${whole}${THIN}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${THIN}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}${THIN}h` + (minutes % 60 ? ` ${minutes % 60}${THIN}min` : "");
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day" : `${days} days`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function countOn() {
  for (const element of document.querySelectorAll("time[data-age]")) {
    const seconds = (serverNow() - Date.parse(element.dateTime)) / 1000;
    write(element, seconds < 1 ? "now" : `${duration(seconds)} ago`);
  }
  for (const element of document.querySelectorAll("time[data-countdown]")) {
    write(element, duration((Date.parse(element.dateTime) - serverNow()) / 1000));
  }
  tellWhetherOffline(!document.hidden && performance.now() - answeredAt >= OFFLINE_AFTER_MS);
}

// Figures of a page that gets no answer are late, whatever the server said of them last.
function tellWhetherOffline(isOffline) {
  offline.hidden = !isOffline;
  if (isOffline) page.dataset.stale = "late";
  else delete page.dataset.stale;
}

// Live regions

function isInUse(region) {
  const active = document.activeElement;
  return active && region.contains(active) && !active.id;
}

function replace(region, fresh) {
  const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  for (const { name } of [...region.attributes]) if (!fresh.hasAttribute(name)) region.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (region.getAttribute(name) !== value) region.setAttribute(name, value);
  region.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

// What differs in nothing but the token of a form or in an age is the same.
const essence = (element) => {
  const copy = element.cloneNode(true);
  for (const input of copy.querySelectorAll("input[name=csrf_token]")) input.remove();
  for (const time of copy.querySelectorAll("time[data-age], time[data-countdown]")) time.textContent = "";
  for (const zone of copy.querySelectorAll("[data-zone]")) zone.hidden = true;
  for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
  return copy.outerHTML;
};

function show(html) {
  const answer = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (answer.dataset.frame !== page.dataset.frame) {
    if (!page.querySelector("form[data-sent]")) location.reload();
    return false;
  }
  readClock(answer);
  let isWhole = true;
  for (const fresh of answer.querySelectorAll("[data-region]")) {
    const region = document.getElementById(fresh.id);
    if (!region || essence(region) === essence(fresh)) continue;
    if (isInUse(region)) isWhole = false; // comes with the next answer, once the focus has moved on
    else replace(region, fresh);
  }
  nameZone();
  countOn();
  return isWhole;
}

async function ask() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  clearTimeout(timer);
  try {
    const response = await fetch(page.dataset.live, {
      headers: tag ? { "If-None-Match": tag } : {},
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status === 401) location.reload(); // signed out: the page asks to sign in
    if (response.ok || response.status === 304) answeredAt = performance.now();
    if (response.ok) tag = show(await response.text()) ? response.headers.get("ETag") : null;
  } catch {
    // No answer: the banner says so after a while, and the next try comes by itself.
  } finally {
    isAsking = false;
    timer = setTimeout(ask, POLL_MS);
  }
}

// The clock of the home, where it is not that of this browser

function nameZone() {
  for (const element of document.querySelectorAll("[data-zone]")) {
    const format = (timeZone) => new Date().toLocaleString("en-AU", { timeZone });
    element.hidden = format(element.dataset.zone) === format(undefined);
  }
}

// The take-over form says what its button will do

function nameButton(form) {
  const action = form.querySelector("input[name=action]:checked");
  const minutes = form.querySelector("input[name=minutes]:checked");
  const button = form.querySelector("[data-takeover-go]");
  if (!action || !minutes || button.disabled) return;
  const words = (input) => input.closest("label").textContent.trim();
  write(button, `${words(action)} for ${words(minutes)}`);
  const until = new Date(serverNow() + Number(minutes.value) * 60000).toLocaleTimeString("en-AU", {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: form.dataset.zoneOf,
  });
  const powerW = Number(form.dataset[`${action.value}W`] ?? 0);
  const mostWh = Number(document.getElementById("now-soc")?.dataset[`${action.value}Wh`] ?? Infinity); // what fits, or what is above the reserve
  const energyWh = Math.min(powerW * Number(minutes.value) / 60, mostWh);
  const energy = powerW ? `, ${(energyWh / 1000).toFixed(1)}${THIN}kWh at most` : "";
  write(form.querySelector("[data-takeover-note]"), `Until ${until}${energy}. Then your battery goes back to what it did before.`);
}

if (page) {
  readClock(page);
  nameZone();
  const form = page.querySelector("[data-takeover]");
  if (form) {
    form.addEventListener("change", () => nameButton(form));
    nameButton(form);
  }
  setInterval(() => {
    countOn();
    if (form && new Date().getSeconds() === 0) nameButton(form);
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    answeredAt = performance.now();
    ask();
  });
  timer = setTimeout(ask, POLL_MS);
}
