// The server's interface for booths (GET /api/openapi.json describes it).

export interface Settings {
  server: string;
  log: string; // origin of the log
  receipt: string; // verifier key that signs promises
}

export interface Voting {
  title: { ar: string; en: string };
  definition: string; // hex SHA-256
  opens?: string;
  closes?: string;
  accepting_until?: string;
  credentials: number;
  code: "none" | "sms" | "email";
  now: string;
}

export interface Accepted {
  tracker: string;
  deadline: string;
  promise: string;
}

// A ballot that waits for its voter's one-time code.
export interface Waiting {
  cast: string;
  expires: string;
}

export interface Sent {
  sent: string;
  to: string;
  again_after: number;
}

// Refusal is an answer that is not yes: reason is a stable word of the server.
export class Refusal extends Error {
  constructor(readonly status: number, readonly reason: string, readonly detail: string, readonly left?: number) {
    super(detail);
  }
}

// Unreachable: nobody knows whether the server got the request.
export class Unreachable extends Error {}

export class Server {
  constructor(readonly settings: Settings, private readonly uuid: string) {}

  private async ask(path: string, body?: string, cache: RequestCache = "no-store"): Promise<Response> {
    const request = (): Promise<Response> => fetch(`${this.settings.server}/api/v1${path}`, {
      credentials: "omit", referrerPolicy: "no-referrer", cache,
      ...(body === undefined ? {} : { method: "POST", body, headers: { "Content-Type": "application/json" } }),
      signal: AbortSignal.timeout(60_000 + (body?.length ?? 0)), // a slow network takes a second for a kilobyte
    });
    const unreachable = (): never => {
      throw new Unreachable();
    };
    // What is only read is asked for once more where it gets lost.
    const answer = await (body === undefined ? request().catch(request) : request()).catch(unreachable);
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as { reason?: string; detail?: string; attempts_left?: number };
    if (answer.status >= 500) throw new Unreachable();
    throw new Refusal(answer.status, problem.reason ?? "", problem.detail ?? "", problem.attempts_left);
  }

  private of(path: string): string {
    return `/elections/${this.uuid}${path}`;
  }

  async voting(): Promise<Voting> {
    return (await this.ask(this.of("/voting"))).json();
  }

  async definition(): Promise<string> {
    return (await this.ask(this.of("/definition"))).text();
  }

  private async credentials(prefix: string): Promise<string[]> {
    const found = (await (await this.ask(this.of(`/credentials/${prefix}`))).json()) as { credentials: string[] };
    return found.credentials;
  }

  // isListed looks a public credential up among many, so that the server does not learn
  // which one was looked for.
  async isListed(credential: string, all: number): Promise<boolean> {
    const enough = 100, most = 1600;
    let digits = 1;
    while (all / 16 ** digits > most) digits++;
    const prefixes = [credential.slice(0, digits)];
    if (all / 16 ** digits < enough) {
      for (const digit of "0123456789abcdef") if (digit !== prefixes[0]) prefixes.push(digit);
      prefixes.sort();
    }
    const lists = await Promise.all(prefixes.map((p) => this.credentials(p)));
    return lists.flat().some((c) => c.split(",")[0] === credential);
  }

  // photo is a photograph of the definition, as the server has it.
  async photo(hash: string): Promise<ArrayBuffer> {
    return (await this.ask(this.of(`/photos/${hash}`), undefined, "default")).arrayBuffer();
  }

  async cast(ballot: string): Promise<Accepted | Waiting> {
    return (await this.ask(this.of("/casts"), ballot)).json();
  }

  async sendCode(cast: string, voter: string): Promise<Sent> {
    return (await this.ask(`/casts/${cast}/code`, JSON.stringify({ voter }))).json();
  }

  async confirm(cast: string, code: string): Promise<Accepted> {
    return (await this.ask(`/casts/${cast}`, JSON.stringify({ code }))).json();
  }

  async open(opening: string): Promise<void> {
    await this.ask(this.of("/openings"), opening);
  }
}
