// Forms that are answered with a passkey: <form data-passkey="get" data-options="…"> signs
// with one, "create" makes one. The options are the server's, JSON of WebAuthn (PublicKeyCredential
// RequestOptions or CreationOptions). What the authenticator answers is put into the form's
// field "answer" as JSON (RegistrationResponseJSON or AuthenticationResponseJSON), and the form
// is sent as any other. What goes wrong is told in the form's [data-problem] elements.

type Options = Record<string, unknown>;

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

type Described = { id: string };

// decode turns the options' base64url into bytes.
function decode(o: Options): Options {
  const named = (list: unknown) => ((list ?? []) as Described[]).map((d) => ({ ...d, id: bytes(d.id) }));
  const user = o.user as Described | undefined;
  return {
    ...o,
    challenge: bytes(o.challenge as string),
    ...(user && { user: { ...user, id: bytes(user.id) } }),
    ...(o.allowCredentials ? { allowCredentials: named(o.allowCredentials) } : {}),
    ...(o.excludeCredentials ? { excludeCredentials: named(o.excludeCredentials) } : {}),
  };
}

// encode writes a credential as JSON, as its own toJSON does where there is one.
function encode(credential: PublicKeyCredential): string {
  const r = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Record<string, unknown> = { clientDataJSON: text(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = text(r.attestationObject);
    response.transports = r.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(r.authenticatorData);
    response.signature = text(r.signature);
    if (r.userHandle) response.userHandle = text(r.userHandle);
  }
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function ask(form: HTMLFormElement): Promise<string> {
  const publicKey = decode((JSON.parse(form.dataset.options ?? "{}") as { publicKey: Options }).publicKey);
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions })
    : await navigator.credentials.get({ publicKey: publicKey as unknown as PublicKeyCredentialRequestOptions });
  return encode(credential as PublicKeyCredential);
}

function tell(form: HTMLFormElement, problem: string): void {
  for (const p of form.querySelectorAll<HTMLElement>("[data-problem]")) p.hidden = p.dataset.problem !== problem;
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    tell(form, "unsupported");
    continue;
  }
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (button) button.disabled = false;
  let asked = false;
  form.addEventListener("submit", async (event) => {
    if (asked) return;
    event.preventDefault();
    tell(form, "");
    const answer = form.elements.namedItem("answer") as HTMLInputElement;
    try {
      answer.value = await ask(form);
    } catch (e) {
      tell(form, (e as Error).name === "InvalidStateError" ? "known" : "refused");
      return;
    }
    asked = true;
    form.requestSubmit();
  });
}

// An invitation's code stands behind the # of its link, which no server and no proxy is told.
const code = document.querySelector<HTMLInputElement>("[data-from-link] input");
if (code && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
