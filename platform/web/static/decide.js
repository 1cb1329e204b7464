// ../platform/web/script/decide.ts
var base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
var bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
async function sign(form) {
  const text = document.getElementById("text")?.textContent ?? "";
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const keys = (form.dataset.keys ?? "").split(" ").filter((id) => id !== "");
  const answer = await navigator.credentials.get({
    publicKey: {
      challenge,
      rpId: form.dataset.party,
      userVerification: "required",
      allowCredentials: keys.map((id) => ({ type: "public-key", id: bytesOf(id) }))
    }
  });
  const response = answer.response;
  fill(form, "authenticator", base64url(response.authenticatorData));
  fill(form, "client", base64url(response.clientDataJSON));
  fill(form, "signature", base64url(response.signature));
}
async function make(form) {
  const options = JSON.parse(form.dataset.options ?? "{}");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = await navigator.credentials.create({ publicKey });
  fill(form, "answer", JSON.stringify(made.toJSON()));
}
function fill(form, name, value) {
  form.elements.namedItem(name).value = value;
}
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const problem = form.querySelector("[role=alert]");
  button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    (form.dataset.passkey === "sign" ? sign(form) : make(form)).then(
      () => form.submit(),
      () => {
        button.disabled = false;
        problem.hidden = false;
      }
    );
  });
}
