// Photographs of candidates. All of a question are fetched one after the other, in the order of the
// ballot, whatever the voter looks at or searches for: what is asked of the server tells nothing. Each
// is shown only if it is the one that the election's definition names.

import { hex } from "../crypto/hex.ts";
import { h } from "./dom.ts";
import type { Server } from "./server.ts";

export class Photos {
  private readonly here = new Map<string, string>(); // addresses by hash
  private readonly asked = new Set<string>();

  constructor(private readonly server: Server) {}

  // place is where a photograph is shown, as soon as it is here.
  place(hash: string | undefined): HTMLElement | undefined {
    if (!hash) return undefined;
    const place = h("span", { class: "photo", "data-photo": hash });
    this.fill(place, this.here.get(hash));
    return place;
  }

  private fill(place: HTMLElement, address: string | undefined): void {
    if (address) place.replaceChildren(h("img", { src: address, alt: "" })); // its name stands beside it
  }

  // load fetches those that are not here.
  async load(hashes: string[]): Promise<void> {
    for (const hash of hashes.filter((hash) => hash !== "" && !this.asked.has(hash))) {
      this.asked.add(hash);
      try {
        const photo = await this.server.photo(hash);
        if (hex(new Uint8Array(await crypto.subtle.digest("SHA-256", photo))) !== hash) continue; // of somebody else
        const address = URL.createObjectURL(new Blob([photo], { type: "image/jpeg" }));
        this.here.set(hash, address);
        for (const place of document.querySelectorAll<HTMLElement>(`[data-photo="${hash}"]`)) this.fill(place, address);
      } catch {
        this.asked.delete(hash); // it is asked for again with the next page
      }
    }
  }
}
