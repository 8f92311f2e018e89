// The address of a stream for other players: shown, copied, or handed over as a file that VLC opens.
import { stream_address } from "./api";
import { copy_text } from "./clipboard";
import { announce, element, set_text } from "./dom";
import { icon } from "./icon";

export function address_box(name: string): HTMLElement {
  const address = stream_address(name);
  const field = element("input", { type: "text", readonly: "", value: address, "aria-label": `Address of ${name} for other players` });
  field.addEventListener("focus", () => field.select());
  const word = element("span", {}, "Copy");
  const copy = element("button", { type: "button" }, icon("copy"), word);
  copy.addEventListener("click", () => void copy_address(address, word));
  const file = new Blob([`#EXTM3U\n#EXTINF:-1,${name}\n${address}\n`], { type: "audio/x-mpegurl" });
  const open = element("a", { class: "button", href: URL.createObjectURL(file), download: `${name}.m3u` }, "Open in VLC");
  open.title = "Downloads a small file that VLC and other players open; or paste the address into Media, Open Network Stream";
  return element("div", { class: "address" }, field, copy, open);
}

async function copy_address(address: string, word: HTMLElement): Promise<void> {
  const done = await copy_text(address);
  set_text(word, done ? "Copied" : "Not copied");
  announce(done ? "Address copied" : "The address could not be copied: select and copy it by hand");
  setTimeout(() => set_text(word, "Copy"), 2000);
}
