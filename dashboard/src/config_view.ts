// The configuration in force, as text: check it, save it, read the file again. Secrets are never shown: "(secret)" keeps
// the one in force.
import { ActionButton } from "./action_button";
import type { Status } from "./api";
import { copy_text } from "./clipboard";
import { check_config, get_config, line_of, reload_config, save_config, type ConfigAnswer, type ConfigOutcome } from "./config_api";
import { report_of, type ConfigAct } from "./config_report";
import { confirmed } from "./dialog";
import { announce, element, set_hidden, set_text } from "./dom";
import { FactList } from "./fact_list";
import { TextEditor } from "./text_editor";
import type { App, View } from "./view";
import "./config_view.css";

const revision_digits = 12; // enough to tell two apart
const discard_question = { title: "Discard your changes?", text: "What you typed here and did not save is lost.", yes: "Discard", no: "Keep them" };
const reload_question = {
  title: "Reload from the file?",
  text: "The service reads the file again and applies it. What you typed here and did not save is lost.",
  yes: "Reload",
  no: "Cancel",
};

export class ConfigView implements View {
  readonly element = element("div", { class: "config_view" });
  private readonly facts = new FactList();
  private readonly trouble = element("p", { class: "report", "data-tone": "bad", role: "status", hidden: "" });
  private readonly warnings = element("ul", { class: "config_warnings" });
  private readonly why_not = element("p", { class: "config_hint", hidden: "" });
  private readonly report = element("section", { class: "report", tabindex: "-1", "aria-label": "Result", hidden: "" });
  private readonly changed = element("span", { class: "pill", "data-tone": "warn", hidden: "" }, "Not saved yet");
  private readonly editor = new TextEditor("config_title", "config_hint", () => this.show_buttons());
  private readonly buttons = {
    check: new ActionButton("Check", () => void this.act("check")),
    save: new ActionButton("Save and apply", () => void this.act("save"), "primary"),
    discard: new ActionButton("Discard changes", () => void this.discard()),
    reload: new ActionButton("Reload from file", () => void this.reload()),
  };
  private loaded = "";
  private revision = "";
  private writable = false;
  private busy = false;
  private reading = false;

  constructor(private readonly app: App) {
    const hint = element(
      "p",
      { class: "config_hint", id: "config_hint" },
      "Secrets show as (secret): leave it so to keep the one in force. Every setting is shown, also those that the file leaves out. Saving replaces the file by this text, without the comments it had; the file before it is kept beside it, with the ending .last_good.",
    );
    this.editor.field.readOnly = true;
    this.element.append(
      element("div", { class: "view_head" }, element("h1", { tabindex: "-1", id: "config_title" }, "Configuration"), this.changed),
      element("section", { class: "card section config_facts", "aria-label": "The file" }, this.facts.node, this.warnings),
      this.trouble,
      element("div", { class: "config_tools", role: "group", "aria-label": "Configuration" }, ...Object.values(this.buttons).map((button) => button.node)),
      this.why_not,
      this.report,
      element("div", { class: "card config_box" }, this.editor.node),
      hint,
    );
    addEventListener("beforeunload", (event) => this.is_changed() && event.preventDefault());
  }

  // What was typed and not saved is still there when one comes back.
  show(): void {
    this.show_buttons();
    if (!this.is_changed()) void this.read();
  }

  hide(): void {}

  update(_status: Status): void {
    this.show_buttons();
  }

  private is_changed(): boolean {
    return this.editor.text !== this.loaded;
  }

  private async read(): Promise<boolean> {
    if (this.reading) return false;
    this.reading = true;
    this.show_buttons();
    try {
      this.fill(await get_config());
      return true;
    } catch (failure) {
      set_hidden(this.trouble, false);
      set_text(this.trouble, `The configuration could not be read: ${failure instanceof Error ? failure.message : "no reason known"}.`);
      return false;
    } finally {
      this.reading = false;
      this.show_buttons();
    }
  }

  private fill(answer: ConfigAnswer): void {
    this.show_facts(answer);
    this.loaded = JSON.stringify(answer.config ?? {}, null, 2);
    this.editor.mark([]);
    this.editor.text = this.loaded;
  }

  private show_facts(answer: ConfigAnswer): void {
    this.revision = answer.revision;
    this.writable = answer.writable;
    this.facts.set("File", answer.path || "none: the service runs on its defaults");
    this.facts.set("Revision", answer.revision.slice(0, revision_digits));
    this.facts.set("Saving", answer.writable ? "possible" : "not possible: the service may not write this file", "", answer.writable ? "" : "warn");
    set_hidden(this.trouble, answer.error === "");
    set_text(this.trouble, answer.error ? `The file is not in force: ${answer.error} The last good configuration stays until this is corrected.` : "");
    this.warnings.replaceChildren(...(answer.warnings ?? []).map((text) => element("li", {}, text)));
  }

  private show_buttons(): void {
    const may = this.app.may_operate();
    const changed = this.is_changed();
    const busy = this.busy || this.reading ? "Under way" : "";
    const looks = may ? "" : "Your account may look only";
    const unread = this.revision === "" ? "The configuration is not read yet" : "";
    const locked = this.writable ? "" : "The service may not write the file";
    const same = changed ? "" : "Nothing was changed here";
    this.editor.field.readOnly = !may || this.revision === "";
    this.buttons.check.set_reason(looks || unread || busy);
    this.buttons.save.set_reason(looks || unread || locked || same || busy);
    this.buttons.discard.set_reason(unread || same || busy);
    this.buttons.reload.set_reason(looks || busy);
    set_hidden(this.changed, !changed);
    const reason = !may ? "Your account may look at the configuration, not change it." : !this.writable && this.revision ? "The service may not write the file: edit it on the machine, then press Reload from file." : "";
    set_text(this.why_not, reason);
    set_hidden(this.why_not, reason === "");
  }

  private async act(act: ConfigAct): Promise<void> {
    const text = this.editor.text;
    this.busy = true;
    this.show_buttons();
    const outcome = await (act === "check" ? check_config(text) : act === "save" ? save_config(text, this.revision) : reload_config());
    this.busy = false;
    if (outcome.kind === "done" && act !== "check") await this.take_over(act, text);
    this.show_report(act, outcome);
    this.show_buttons();
  }

  // What is in force now. The text that was saved stays as it was typed.
  private async take_over(act: ConfigAct, saved: string): Promise<void> {
    if (act === "save") this.loaded = saved;
    const answer = await get_config().catch(() => null);
    if (!answer) return;
    if (act === "reload") this.fill(answer);
    else this.show_facts(answer);
  }

  private show_report(act: ConfigAct, outcome: ConfigOutcome): void {
    // The lines of a reload are those of the file, not of what is typed here.
    const { tone, title, content } = report_of(act, outcome, act === "reload" ? null : (line) => this.editor.jump_to(line));
    this.report.dataset["tone"] = tone;
    const actions = outcome.kind === "changed_meanwhile" ? this.way_out() : null;
    this.report.replaceChildren(element("h2", {}, title), ...content.filter((child) => child !== null), ...(actions ? [actions] : []));
    set_hidden(this.report, false);
    announce(title);
    if (act !== "reload") this.editor.mark(outcome.kind === "faults" ? outcome.faults.map(line_of) : []);
    this.report.focus();
    this.report.scrollIntoView({ block: "nearest" });
  }

  private way_out(): HTMLElement {
    const copy = new ActionButton("Copy my text", () => void this.copy_mine(copy.node));
    const read = new ActionButton("Reload from file", () => void this.reload());
    return element("div", { class: "row" }, copy.node, read.node);
  }

  private async copy_mine(button: HTMLElement): Promise<void> {
    set_text(button, (await copy_text(this.editor.text)) ? "Copied" : "Not copied: select it in the editor");
  }

  private async discard(): Promise<void> {
    const yes = !this.is_changed() || (await confirmed(discard_question));
    if (!yes) return;
    set_hidden(this.report, true);
    if (await this.read()) announce("The configuration was read again.");
    this.editor.field.focus();
  }

  private async reload(): Promise<void> {
    if (this.is_changed() && !(await confirmed(reload_question))) return;
    await this.act("reload");
  }
}
