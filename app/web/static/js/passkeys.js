// Passkeys: carries the questions of the server to the device and its answers back. The forms beside it work without.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
// Browsers take passkeys for a host name alone, over https or on this very computer.
const hasName = !/^[\d.]+$|:/.test(location.hostname);
const isPossible = hasName && window.isSecureContext && "PublicKeyCredential" in window;
const CANCELLED = "Nothing was done: the device's dialogue was closed, or took too long.";

async function send(url, token, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body ?? {}),
  });
  if (answer.status === 429) throw new Error("Too many tries. Wait a minute, then try again.");
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.problem ?? "Load the page again, then try once more.");
  return told;
}

const known = (list) => (list ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

function answered(credential, response) {
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    response,
  };
}

async function make(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  const { response } = credential;
  return answered(credential, {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

async function use(options) {
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { response } = credential;
  return answered(credential, {
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: response.userHandle ? toText(response.userHandle) : undefined,
  });
}

function inWords(error) {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return CANCELLED;
  if (error.name === "InvalidStateError") return "This device has a passkey of yours already.";
  return error.message;
}

for (const box of document.querySelectorAll("[data-passkey]")) {
  const said = box.querySelector("[data-passkey-said]");
  const button = box.querySelector("[data-passkey-button]");
  const form = box.closest("form") ?? document.querySelector("form[data-passkey-form]");
  box.querySelector("[data-passkey-impossible]")?.toggleAttribute("hidden", isPossible);
  box.querySelector("[data-passkey-possible]")?.toggleAttribute("hidden", !isPossible);
  const token = form.elements.csrf_token.value;
  const go = async () => {
    button.disabled = true;
    said.textContent = "";
    try {
      const options = await send(box.dataset.options, token);
      const isNew = box.dataset.passkey === "new";
      const credential = await (isNew ? make(options) : use(options));
      const more = isNew
        ? { name: form.elements.name.value }
        : { remember: form.elements.remember.checked, next: form.elements.next.value };
      const done = await send(box.dataset.finish, token, { credential, ...more });
      location.assign(done.next);
    } catch (error) {
      said.textContent = inWords(error);
      button.disabled = false;
    }
  };
  button.addEventListener("click", (event) => {
    if (button.type === "submit" && !form.reportValidity()) return;
    event.preventDefault();
    go();
  });
}
