// ../platform/web/script/passkey.ts
var bytes = (text2) => Uint8Array.from(atob(text2.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
var text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
function decode(o) {
  const named = (list) => (list ?? []).map((d) => ({ ...d, id: bytes(d.id) }));
  const user = o.user;
  return {
    ...o,
    challenge: bytes(o.challenge),
    ...user && { user: { ...user, id: bytes(user.id) } },
    ...o.allowCredentials ? { allowCredentials: named(o.allowCredentials) } : {},
    ...o.excludeCredentials ? { excludeCredentials: named(o.excludeCredentials) } : {}
  };
}
function encode(credential) {
  const r = credential.response;
  const response = { clientDataJSON: text(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = text(r.attestationObject);
    response.transports = r.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(r.authenticatorData);
    response.signature = text(r.signature);
    if (r.userHandle) response.userHandle = text(r.userHandle);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults()
  });
}
async function ask(form) {
  const publicKey = decode(JSON.parse(form.dataset.options ?? "{}").publicKey);
  const credential = form.dataset.passkey === "create" ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
  return encode(credential);
}
function tell(form, problem) {
  for (const p of form.querySelectorAll("[data-problem]")) p.hidden = p.dataset.problem !== problem;
}
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    tell(form, "unsupported");
    continue;
  }
  const button = form.querySelector("button[type=submit]");
  if (button) button.disabled = false;
  let asked = false;
  form.addEventListener("submit", async (event) => {
    if (asked) return;
    event.preventDefault();
    tell(form, "");
    const answer = form.elements.namedItem("answer");
    try {
      answer.value = await ask(form);
    } catch (e) {
      tell(form, e.name === "InvalidStateError" ? "known" : "refused");
      return;
    }
    asked = true;
    form.requestSubmit();
  });
}
var code = document.querySelector("[data-from-link] input");
if (code && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
