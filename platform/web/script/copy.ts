// Buttons that copy a code, such as a tracker or a command, into the clipboard. Without this
// script they stay hidden, and the code is selected by hand.

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = button.dataset.done ?? label;
    setTimeout(() => (button.textContent = label), 2000);
  });
}
