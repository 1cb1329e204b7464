// The signing host: a deciding key signs the text that the page shows, or is made.
// What is signed is the hash of the text as it stands in the page, and nothing else
// (docs/PROTOCOL.md section 2).

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

async function sign(form: HTMLFormElement): Promise<void> {
  const text = document.getElementById("text")?.textContent ?? "";
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const keys = (form.dataset.keys ?? "").split(" ").filter((id) => id !== "");
  const answer = (await navigator.credentials.get({
    publicKey: {
      challenge,
      rpId: form.dataset.party,
      userVerification: "required",
      allowCredentials: keys.map((id) => ({ type: "public-key", id: bytesOf(id) })),
    },
  })) as PublicKeyCredential;
  const response = answer.response as AuthenticatorAssertionResponse;
  fill(form, "authenticator", base64url(response.authenticatorData));
  fill(form, "client", base64url(response.clientDataJSON));
  fill(form, "signature", base64url(response.signature));
}

async function make(form: HTMLFormElement): Promise<void> {
  const options = JSON.parse(form.dataset.options ?? "{}") as PublicKeyCredentialCreationOptionsJSON;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  fill(form, "answer", JSON.stringify(made.toJSON()));
}

function fill(form: HTMLFormElement, name: string, value: string): void {
  (form.elements.namedItem(name) as HTMLInputElement).value = value;
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  const button = form.querySelector("button")!;
  const problem = form.querySelector<HTMLElement>("[role=alert]")!;
  button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    (form.dataset.passkey === "sign" ? sign(form) : make(form)).then(
      () => form.submit(),
      () => {
        // The person gave up, or the authenticator is not theirs: they may try again.
        button.disabled = false;
        problem.hidden = false;
      },
    );
  });
}
