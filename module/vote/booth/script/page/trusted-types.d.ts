// Trusted Types (W3C), which the compiler's library does not know yet.
interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(text: string): string }): { createScriptURL(text: string): unknown };
  };
}
