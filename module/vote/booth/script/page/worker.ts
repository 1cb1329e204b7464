// Calls to the cryptography in its worker.

import type { Calls } from "../worker.ts";

type Result<F> = F extends (...args: never[]) => infer R ? R : never;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
type Sent<A extends unknown[]> = A extends [...infer B, (share: number) => void] ? B : A;

interface Answer {
  id: number;
  progress?: number;
  result?: unknown;
  error?: string;
}

export class Cryptography {
  private readonly waiting = new Map<number, { yes: (r: never) => void; no: (e: Error) => void }>();
  private last = 0;
  onprogress: (share: number) => void = () => {};

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.progress !== undefined) return this.onprogress(data.progress);
      const { yes, no } = this.waiting.get(data.id)!;
      this.waiting.delete(data.id);
      if (data.error === undefined) yes(data.result as never);
      else no(new Error(data.error));
    };
  }

  // start runs the worker's script, whose bytes the page names. It throws where this browser
  // cannot run it.
  static async start(integrity: string): Promise<Cryptography> {
    const script = await fetch("worker.js", { integrity });
    const address = URL.createObjectURL(new Blob([await script.arrayBuffer()], { type: "text/javascript" }));
    // Only scripts that this page names by their hash run.
    const policy = window.trustedTypes?.createPolicy("booth", { createScriptURL: () => address });
    const worker = new Worker((policy?.createScriptURL("") ?? address) as string);
    await new Promise<void>((yes, no) => {
      worker.onmessage = () => yes(); // it says that it is there
      worker.onerror = (e) => no(new Error(e.message));
    });
    return new Cryptography(worker);
  }

  call<C extends keyof Calls>(call: C, ...args: Sent<Arguments<Calls[C]>>): Promise<Result<Calls[C]>> {
    const id = ++this.last;
    this.worker.postMessage({ id, call, args });
    return new Promise((yes, no) => this.waiting.set(id, { yes, no }));
  }
}
