// Text to the clipboard, also where the browser gives pages without TLS no clipboard of their own.
import { element } from "./dom";

// Whether it is there now.
export async function copy_text(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copy_by_selection(text);
  }
}

function copy_by_selection(text: string): boolean {
  const field = element("textarea", { class: "unseen", "aria-hidden": "true", readonly: "", tabindex: "-1" });
  field.value = text;
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
