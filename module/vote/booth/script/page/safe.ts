// What outlives the page until the promise has come: the encrypted, signed ballot, and
// nothing else of the vote. Sent again it is the same ballot, so it is never cast twice.

export interface Kept {
  ballot: string;
  tracker: string;
  credential: string; // public
  cast?: string; // the server waits for a code
}

const name = (uuid: string): string => `bayyina.booth.${uuid}`;

// keep says whether the ballot is safe: some browsers keep nothing in private windows.
export function keep(uuid: string, k: Kept): boolean {
  try {
    localStorage.setItem(name(uuid), JSON.stringify(k));
    return true;
  } catch {
    return false;
  }
}

export function kept(uuid: string): Kept | undefined {
  try {
    const text = localStorage.getItem(name(uuid));
    return text ? (JSON.parse(text) as Kept) : undefined;
  } catch {
    return undefined;
  }
}

export function forget(uuid: string): void {
  try {
    localStorage.removeItem(name(uuid));
  } catch {
    // There was nothing to forget.
  }
}
