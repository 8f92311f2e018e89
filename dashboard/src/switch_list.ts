// Which input followed which one, when and why; newest first.
import type { StreamStatus, Switch } from "./api";
import { element, Keyed, set_hidden, set_text } from "./dom";
import { moment } from "./format";
import { switch_words } from "./input_words";

export class SwitchList {
  readonly node: HTMLDetailsElement;
  private readonly summary = element("summary");
  private readonly list = element("ol", { class: "switches" });
  private readonly keyed = new Keyed(this.list);

  constructor() {
    this.node = element("details", { class: "switch_history" }, this.summary, this.list);
  }

  update(stream: StreamStatus): void {
    const all = stream.switches ?? [];
    set_hidden(this.node, all.length === 0);
    set_text(this.summary, `${all.length} ${all.length === 1 ? "change" : "changes"} of the input`);
    this.keyed.set(JSON.stringify(all), () => all.map((change: Switch) => element("li", {}, element("time", { datetime: change.at }, moment(change.at)), ` ${switch_words(change)}`)));
  }
}
