// Asks for an input, new or changed, until the supervisor takes it or the operator gives up. What the supervisor says is
// wrong stands at the field it is about. Escape closes; the focus goes back by itself.
import type { Monitor } from "./api";
import { ActionButton } from "./action_button";
import { announce, element, set_hidden, set_text } from "./dom";
import { fault_words } from "./input_edits";
import { fields_of, input_of, input_types, shown, type InputConfig, type InputField } from "./input_fields";
import type { ConfigOutcome } from "./config_api";
import { file_words } from "./input_words";

export interface InputQuestion {
  title: string;
  warning: string; // what viewers will notice; "" for nothing
  input: InputConfig;
  monitors: Monitor[];
  save: (input: InputConfig) => Promise<ConfigOutcome>;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

// Resolves to whether it was saved.
export function ask_for_input(question: InputQuestion): Promise<boolean> {
  return new Promise((resolve) => new InputDialog(question, resolve).open());
}

class InputDialog {
  private readonly type = element("select", { id: "input_type", name: "type" });
  private readonly fields = element("div", { class: "input_fields" });
  private readonly trouble = element("p", { class: "note input_trouble", "data-tone": "bad", role: "alert", hidden: "" });
  private readonly save = new ActionButton("Save and apply", () => undefined, "primary"); // submits
  private readonly dialog: HTMLDialogElement;
  private readonly controls = new Map<string, Control>();
  private saved = false;

  constructor(private readonly question: InputQuestion, private readonly done: (saved: boolean) => void) {
    for (const [name, { label }] of Object.entries(input_types)) this.type.append(element("option", { value: name }, label));
    this.type.value = String(question.input["type"] ?? "x11");
    this.type.addEventListener("change", () => this.make_fields());
    const cancel = element("button", { type: "button" }, "Cancel");
    cancel.addEventListener("click", () => this.dialog.close());
    const form = element(
      "form",
      { class: "input_form", method: "dialog" },
      element("div", { class: "input_field" }, element("label", { for: "input_type" }, "Type"), this.type),
      this.fields,
      this.trouble,
      element("div", { class: "dialog_buttons" }, cancel, this.save.node),
    );
    this.save.node.type = "submit";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.save.can) void this.send();
    });
    this.dialog = element(
      "dialog",
      { class: "input_dialog", "aria-labelledby": "input_dialog_title", "aria-describedby": "input_dialog_text" },
      element("h2", { id: "input_dialog_title" }, question.title),
      element("p", { id: "input_dialog_text" }, `${question.warning} ${file_words}`.trim()),
      form,
    );
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      this.done(this.saved);
    });
    this.make_fields();
  }

  open(): void {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.type.focus();
  }

  private make_fields(): void {
    this.controls.clear();
    const same = this.type.value === this.question.input["type"];
    this.fields.replaceChildren(...fields_of(this.type.value).map((field) => this.make_field(field, same ? this.question.input[field.key] : undefined)));
    set_hidden(this.trouble, true);
  }

  private make_field(field: InputField, value: unknown): HTMLElement {
    const id = `input_${field.key}`;
    const control = this.make_control(field, id);
    if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = shown(field, value) === "true";
    else control.value = shown(field, value);
    control.setAttribute("aria-describedby", `${id}_hint ${id}_fault`);
    this.controls.set(field.key, control);
    const list = field.kind === "monitor" ? this.monitor_list(`${id}_list`) : null;
    if (list) control.setAttribute("list", list.id);
    return element(
      "div",
      { class: field.kind === "flag" ? "input_field flag" : "input_field" },
      element("label", { for: id }, field.label),
      control,
      list,
      element("span", { class: "hint", id: `${id}_hint` }, field.hint ?? ""),
      element("span", { class: "field_fault", id: `${id}_fault`, hidden: "" }),
    );
  }

  private make_control(field: InputField, id: string): Control {
    const common = { id, name: field.key };
    if (field.kind === "choice") return element("select", common, ...(field.choices ?? []).map((word) => element("option", { value: word }, word)));
    if (field.kind === "pairs") return element("textarea", { ...common, rows: "2", spellcheck: "false" });
    if (field.kind === "flag") return element("input", { ...common, type: "checkbox" });
    return element("input", { ...common, type: "text", autocomplete: "off", spellcheck: "false", ...(field.kind === "number" ? { inputmode: "decimal" } : {}) });
  }

  private monitor_list(id: string): HTMLDataListElement {
    const words: [string, string][] = [["second", "the second monitor"], ["primary", "the primary monitor"], ["all", "the whole screen"]];
    for (const one of this.question.monitors) words.push([one.name, `${one.width} × ${one.height}${one.primary ? ", primary" : ""}`]);
    return element("datalist", { id }, ...words.map(([value, text]) => element("option", { value }, text)));
  }

  private written(key: string): string {
    const control = this.controls.get(key);
    if (control instanceof HTMLInputElement && control.type === "checkbox") return String(control.checked);
    return control?.value ?? "";
  }

  private async send(): Promise<void> {
    this.save.set_reason("It is being saved");
    for (const key of this.controls.keys()) this.set_fault(key, "");
    const outcome = await this.question.save(input_of(this.type.value, (key) => this.written(key)));
    this.save.set_reason("");
    if (outcome.kind === "done") {
      this.saved = true;
      return this.dialog.close();
    }
    this.show_faults(outcome);
  }

  private show_faults(outcome: ConfigOutcome): void {
    let first: Control | null = null;
    const text = fault_words(outcome, (pointer, fault) => {
      const key = /\/input\/([^/]+)/.exec(pointer)?.[1] ?? missing_key(pointer, fault);
      const control = this.controls.get(key);
      if (!control) return false;
      this.set_fault(key, fault);
      first ??= control;
      return true;
    });
    set_text(this.trouble, text ? `Not saved: ${text}` : "");
    set_hidden(this.trouble, text === "");
    const at: HTMLElement = first ?? this.save.node;
    at.focus();
    if (first) announce("Not saved: see the fields that are marked");
  }

  private set_fault(key: string, fault: string): void {
    const control = this.controls.get(key);
    const node = document.getElementById(`input_${key}_fault`);
    if (!control || !node) return;
    set_text(node, fault);
    set_hidden(node, fault === "");
    if (fault) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

// `"url" is missing` is said of the input as a whole.
function missing_key(pointer: string, fault: string): string {
  return pointer.endsWith("/input") ? (/^"([a-z_]+)" is missing/.exec(fault)?.[1] ?? "") : "";
}
