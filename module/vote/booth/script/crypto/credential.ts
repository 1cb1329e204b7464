// Private credentials (docs/PROTOCOL-BELENIOS.md, appendix B3): 22 characters of base 58,
// written in groups of 5, 6, 5 and 6. They have no check digit, so that a slip of the pen is
// noticed only when the public one is looked up.

import { wideHash } from "./group.ts";

// The number that signs, for the election with this uuid.
export const keyOf = (credential: string, uuid: string): bigint =>
  wideHash(`derive_credential|${uuid}|0|${credential}`, `derive_credential|${uuid}|1|${credential}`);
