// The address of a stream for other players: shown, copied, or handed over as a file that VLC opens.
import { stream_address } from "./api";
import { announce, element, set_text } from "./dom";

export function address_box(name: string): HTMLElement {
  const address = stream_address(name);
  const field = element("input", { type: "text", readonly: "", value: address, "aria-label": `Address of ${name} for other players` });
  field.addEventListener("focus", () => field.select());
  const copy = element("button", { type: "button", class: "small" }, "Copy");
  copy.addEventListener("click", () => void copy_address(field, copy));
  const file = new Blob([`#EXTM3U\n#EXTINF:-1,${name}\n${address}\n`], { type: "audio/x-mpegurl" });
  const open = element("a", { class: "button small", href: URL.createObjectURL(file), download: `${name}.m3u` }, "Open in VLC");
  open.title = "A small file that VLC and other players open";
  return element("div", { class: "address" }, field, copy, open);
}

// The clipboard exists only on https and localhost; elsewhere the old way works.
async function copy_address(field: HTMLInputElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.focus();
    field.select();
    document.execCommand("copy");
  }
  set_text(button, "Copied");
  announce("Address copied");
  setTimeout(() => set_text(button, "Copy"), 2000);
}
