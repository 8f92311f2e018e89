// The page of the stream that the address names. One at a time; it is made anew when another one is opened.
import type { Status } from "./api";
import { element, set_hidden, set_text } from "./dom";
import { StreamPage } from "./stream_page";
import type { App, Params, View } from "./view";

export class StreamView implements View {
  readonly element = element("div", { class: "stream_view" });
  private readonly gone = element("p", { class: "card gone", hidden: "", role: "status" });
  private page: StreamPage | null = null;

  constructor(private readonly app: App) {
    this.element.append(this.gone);
  }

  show(params: Params): void {
    if (this.page?.name !== params.stream) {
      this.page?.close();
      this.page?.node.remove();
      this.page = new StreamPage(params.stream, this.app);
      this.element.append(this.page.node);
    }
    this.page.show();
  }

  hide(): void {
    this.page?.hide();
  }

  update(status: Status): void {
    const stream = status.streams.find((one) => one.name === this.page?.name);
    set_hidden(this.gone, stream !== undefined);
    set_text(this.gone, `There is no stream of the name "${this.page?.name ?? ""}" in the configuration.`);
    if (stream) this.page?.update(stream);
    else this.page?.hide();
  }

  tick(stale: boolean): void {
    this.page?.tick(stale);
  }
}
